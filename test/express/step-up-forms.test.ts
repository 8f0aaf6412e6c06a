// The guard as people see it: what the page says, where they go on, and what a second tab may do.
import { describe, expect, test } from "vitest";
import { nextCode, signedIn, TOM, TOTP_SECRET, VERIFY } from "../support/app.js";
import { actionApp, addTom, type Done, prove } from "../support/step-up.js";
import { useApp } from "../support/suite.js";

const CHALLENGE = "/second-factor/challenge";
const done: Done[] = [];
const app = useApp(() => {
  done.length = 0;
  return actionApp(done);
});

async function tom() {
  await addTom(app);
  return signedIn(app, TOM, TOTP_SECRET);
}

describe("a form", () => {
  const FORM = "http://shop.test/settings?tab=2";

  test("that is guarded on GET asks before it is filled in, and its code covers sending it", async () => {
    const visitor = await tom();
    expect((await visitor.page("/password")).location).toBe(`${CHALLENGE}?action=change-password`);
    const code = await nextCode(app);
    const sent = await visitor.form(VERIFY, { action: "change-password", factor: "totp", code });
    expect([sent.status, sent.location]).toEqual([303, "/password"]);
    expect((await visitor.page("/password")).json).toEqual({ form: "password" });
    expect((await visitor.form("/password")).json).toEqual({ done: "change-password" });
    expect((await visitor.form("/password")).location).toBe(`${CHALLENGE}?action=change-password`);
  });

  test.each([
    ["this host", () => `${app.url}/settings?tab=2`, "/settings?tab=2"],
    ["an origin of the app", () => "https://acme.test/settings", "/settings"],
    ["another site", () => FORM, "/"],
    ["another site that looks like one", () => "https://acme.test.evil.test/settings", "/"],
    ["two slashes", () => `${app.url}//evil.test/x`, "/"],
    ["nonsense", () => "not a url", "/"],
    ["no page", () => undefined, "/"],
  ])("that is sent from %s goes back there, with the code waiting", async (_what, from, back) => {
    const visitor = await tom();
    const referer = from();
    const headers = {
      accept: "text/html",
      "content-type": "application/x-www-form-urlencoded",
      ...(referer ? { referer } : {}),
    };
    const body = "to=100";
    const send = () => visitor.ask("/payout", { method: "POST", headers, body });
    expect((await send()).location).toBe(`${CHALLENGE}?action=payout`);
    const page = await visitor.page(`${CHALLENGE}?action=payout`);
    expect(page.text).toContain("Enter a new code to <bdi>pay 100</bdi>");
    const target = /name="target" value="([\w-]{43})"/.exec(page.text)?.[1] ?? "";
    const code = await nextCode(app);
    const proven = await visitor.form(VERIFY, { action: "payout", factor: "totp", code, target });
    expect([proven.status, proven.location]).toEqual([303, back]);
    expect((await send()).json).toEqual({ done: "payout" });
    expect((await send()).status).toBe(303);
  });

  test("shows the target escaped, on one line, and lets nobody turn it round", async () => {
    const visitor = await tom();
    await visitor.form("/payout", { to: "<img src=x onerror=alert(1)>\u202e\"\n'&" });
    const page = await visitor.page(`${CHALLENGE}?action=payout`);
    expect(page.text).toContain("<bdi>pay &lt;img src=x onerror=alert(1)> ");
    expect(page.text).not.toMatch(/<img|\u202e/);
  });

  test("in another tab is told that its code is void, and nothing is compared", async () => {
    const visitor = await tom();
    await visitor.form("/payout", { to: "a" });
    const first = /name="target" value="([\w-]{43})"/.exec(
      (await visitor.page(`${CHALLENGE}?action=payout`)).text,
    )?.[1];
    await visitor.form("/payout", { to: "b" });
    const code = await nextCode(app);
    const fields = { action: "payout", factor: "totp", code };
    for (const target of [{ target: first ?? "" }, {}]) {
      const reply = await visitor.form(VERIFY, { ...fields, ...target });
      expect(reply.status).toBe(409);
      expect(reply.text).toContain("That code is void");
    }
    for (const to of ["a", "b"]) expect((await visitor.post("/payout", { to })).status).toBe(401);
    expect((await visitor.post(VERIFY, fields)).status).toBe(200);
    expect((await visitor.post("/payout", { to: "b" })).status).toBe(200);
  });

  test("can be cancelled, which leads back to the app", async () => {
    const visitor = await tom();
    await visitor.page("/password");
    const page = await visitor.page(`${CHALLENGE}?action=change-password`);
    expect(page.text).toMatch(/<a [^>]*href="\/"[^>]*>Cancel/);
  });
});

describe("a target by the address", () => {
  test("is asked about on a GET, and opens that address alone", async () => {
    const visitor = await tom();
    expect((await visitor.page("/payouts/7")).location).toBe(`${CHALLENGE}?action=payout`);
    await prove(app, visitor, "payout");
    expect((await visitor.get("/payouts/8")).status).toBe(401);
    expect((await visitor.get("/payouts/7")).json).toEqual({ done: "look" });
  });
});
