// The HTTP contract of whatever is asked for wrongly, and of addresses of the app's own choice.
import { MemoryStore } from "express-session";
import { beforeEach, expect, test } from "vitest";
import { PASSWORD, signedIn, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { useApp } from "../support/suite.js";
import { BASE, expectProblem, sees } from "./json-contract.js";

const app = useApp(() => ({ sessionStore: new MemoryStore() }));
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});

test("an answer is 404 where there is nothing, 405 with the methods there are, 415 for another type, 403 from elsewhere", async () => {
  const tom = await signedIn(app, TOM, TOTP_SECRET);
  expectProblem(await tom.get(`${BASE}/nothing`), "not_found");
  const wrong = await tom.get(VERIFY);
  expectProblem(wrong, "method_not_allowed");
  expect(wrong.headers.get("allow")).toBe("POST");
  const text = { method: "POST", body: "code=1", headers: { "content-type": "text/plain" } };
  expectProblem(await tom.ask(VERIFY, text), "unsupported_media_type");
  const evil = { method: "POST", body: {}, headers: { origin: "https://evil.test" } };
  expectProblem(await tom.ask(VERIFY, evil), "cross_origin");
});

test("an error as a page has a heading, the status, and a way on", async () => {
  const tom = await signedIn(app, TOM, TOTP_SECRET);
  const page = await tom.page(`${BASE}/nothing`);
  expect(page.status).toBe(404);
  expect(page.text).toMatch(/<h1>Nothing is here<\/h1>/);
  expect(page.text).toMatch(/href="\/"/);
});

test("with a base path and login path of one's own, every address says so", async () => {
  const options = { basePath: "/account/2fa", loginPath: "/sign-in", open: ["/login"] };
  await app.start({ sessionStore: new MemoryStore(), options });
  const tom = app.visitor();
  const login = await tom.post("/login", { email: TOM, password: PASSWORD });
  expect(login.json).toMatchObject({ challengeUrl: "/account/2fa/challenge" });
  const page = await tom.page("/account/2fa/challenge");
  expect(page.text).toContain('action="/account/2fa/challenge/verify"');
  expect(page.text).not.toContain('"/second-factor');
  expect(sees(await tom.form("/account/2fa/challenge/cancel"))).toEqual([303, "/sign-in"]);
  expect((await tom.get("/second-factor")).status).toBe(404);
});
