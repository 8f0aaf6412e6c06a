// Apps inside apps: wherever the login sits and wherever the app is mounted, every address leads to pages that exist.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nextCode, PASSWORD, type Parts, TOM, TOTP_SECRET } from "../support/app.js";
import { useApp } from "../support/suite.js";
import { Visitor } from "../support/visitor.js";

const credentials = { email: TOM, password: PASSWORD };

let outer: Server | undefined;

const app = useApp(() => ({ routes: subApp }));
beforeEach(async () => {
  outer = undefined;
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
});
afterEach(() => {
  outer?.closeAllConnections();
  outer?.close();
});

/** A login, and pages of its own, in an app inside the one with the gate. */
function subApp({ app: root, passport, secondFactor }: Parts): void {
  const sub = express();
  sub.post("/login", passport.authenticate("local", { successRedirect: "/target" }));
  sub.post("/plain", passport.authenticate("local"), (_req, res) => void res.json({ welcome: true }));
  sub.get("/guarded", secondFactor.require(), (_req, res) => void res.json({ guarded: true }));
  sub.get(
    "/fresh",
    secondFactor.require({ maxAgeSeconds: 60 }),
    (_req, res) => void res.json({ fresh: true }),
  );
  sub.post(
    "/fresh",
    secondFactor.require({ maxAgeSeconds: 60 }),
    (_req, res) => void res.json({ fresh: true }),
  );
  root.use("/auth", sub);
}

/** Mounts the app in another, and visits that one. */
async function mountedAt(path: string): Promise<Visitor> {
  outer = express().use(path, app.app).listen(0, "127.0.0.1");
  await once(outer, "listening");
  return new Visitor(`http://127.0.0.1:${(outer.address() as AddressInfo).port}`);
}

/** Every address of this site in a page. */
function urlsIn(html: string): string[] {
  return [...html.matchAll(/\s(?:href|action|src)="([^"]*)"/g)].map(([, url = ""]) => url);
}

describe("a login route in a sub-app under a gate on the root app", () => {
  test("as a form goes to the challenge of the root app, and after the code to its target", async () => {
    const tom = app.visitor();
    const login = await tom.form("/auth/login", credentials);
    expect([login.status, login.location]).toEqual([303, "/second-factor/challenge"]);
    expect((await tom.page("/second-factor/challenge")).status).toBe(200);
    const right = await tom.form("/second-factor/challenge/verify", { code: await nextCode(app) });
    expect([right.status, right.location]).toEqual([303, "/target"]);
    expect((await tom.get("/auth/guarded")).json).toEqual({ guarded: true });
  });

  test("as JSON says where the challenge is, and after the code where to go", async () => {
    const tom = app.visitor();
    const login = await tom.post("/auth/plain", credentials);
    expect([login.status, login.json["challengeUrl"]]).toEqual([401, "/second-factor/challenge"]);
    const right = await tom.post("/second-factor/challenge/verify", { code: await nextCode(app) });
    expect(right.json).toEqual({ state: "satisfied", returnTo: "/" });
  });

  test("of somebody who must enrol goes to the enrolment of the root app", async () => {
    await app.addUser({ email: "new@acme.test", roles: ["admin"] });
    const admin = { email: "new@acme.test", password: PASSWORD };
    expect((await app.visitor().form("/auth/login", admin)).location).toBe("/second-factor/enrol");
    expect((await app.visitor().post("/auth/login", admin)).json["challengeUrl"]).toBe(
      "/second-factor/enrol",
    );
  });

  test("a guard there sends nobody, and who needs a new code, to pages of the root app", async () => {
    const nobody = app.visitor();
    expect((await nobody.page("/auth/guarded")).location).toBe("/login");
    expect((await nobody.get("/auth/guarded")).json).toMatchObject({
      challengeUrl: "/second-factor/challenge",
      loginUrl: "/login",
    });
    const tom = app.visitor();
    await tom.post("/auth/login", credentials);
    await tom.post("/second-factor/challenge/verify", { code: await nextCode(app) });
    app.clock.advance({ minutes: 2 });
    const confirm = "/second-factor/challenge?action=confirm";
    expect((await tom.get("/auth/fresh")).json["challengeUrl"]).toBe(confirm);
    for (const [way, returnTo] of [
      ["page", "/auth/fresh"],
      ["form", "/"],
    ] as const) {
      expect((await tom[way]("/auth/fresh")).location).toBe(confirm);
      const fields = { code: await nextCode(app), action: "confirm" };
      expect((await tom.form("/second-factor/challenge/verify", fields)).location).toBe(returnTo);
      app.clock.advance({ minutes: 2 });
    }
  });
});

describe("an app mounted in another", () => {
  const mounts = [
    ["/shop", "/shop"],
    ["/shop", "/SHOP"],
    ["/:tenant", "/acme"],
    ["/:tenant/shop", "/acme/shop"],
    [["/shop", "/store"] as unknown as string, "/store"],
  ] as const;

  test.each(mounts)("at %s, asked for at %s, has all its pages there", async (path, at) => {
    const tom = await mountedAt(path);
    const login = await tom.form(`${at}/login`, credentials);
    expect([login.status, login.location]).toEqual([303, `${at}/second-factor/challenge`]);
    const challenge = await tom.page(`${at}/second-factor/challenge`);
    const right = await tom.form(`${at}/second-factor/challenge/verify`, { code: await nextCode(app) });
    expect([right.status, right.location]).toEqual([303, `${at}/`]);
    const overview = await tom.page(`${at}/second-factor`);
    for (const page of [challenge, overview]) {
      expect(page.status).toBe(200);
      const urls = urlsIn(page.text);
      expect(urls).toContainEqual(expect.stringContaining(`${at}/second-factor/assets/style.css`));
      expect(urls.filter((url) => !url.startsWith(`${at}/`) && !url.startsWith("#"))).toEqual([]);
    }
    expect((await tom.get(`${at}/account`)).json).toEqual({ page: "account", user: TOM });
  });

  test.each(mounts)("at %s, asked for at %s, tells JSON clients addresses there", async (path, at) => {
    const tom = await mountedAt(path);
    const nobody = await tom.get(`${at}/auth/guarded`);
    expect(nobody.json).toMatchObject({
      challengeUrl: `${at}/second-factor/challenge`,
      loginUrl: `${at}/login`,
    });
    const login = await tom.post(`${at}/auth/plain`, credentials);
    expect(login.json).toMatchObject({
      code: "second_factor_required",
      challengeUrl: `${at}/second-factor/challenge`,
    });
    const right = await tom.post(`${at}/second-factor/challenge/verify`, { code: await nextCode(app) });
    expect(right.json).toEqual({ state: "satisfied", returnTo: `${at}/` });
    expect((await tom.post(`${at}/second-factor/enrol/totp`)).json).toMatchObject({
      code: "step_up_required",
      challengeUrl: `${at}/second-factor/challenge?action=change-factors`,
    });
  });

  test("holds a pending login however the mount is spelled", async () => {
    const tom = await mountedAt("/shop");
    await tom.post("/shop/login", credentials);
    for (const at of ["/shop", "/SHOP", "/Shop"]) {
      const reply = await tom.get(`${at}/account`);
      expect([reply.status, reply.json["code"]]).toEqual([401, "second_factor_required"]);
    }
  });
});
