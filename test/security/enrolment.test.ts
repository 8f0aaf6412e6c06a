// Setting a factor up: what somebody gains who has the password, or an open session, or a page left open.
import { MemoryStore } from "express-session";
import { recoveryCodes, totp } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import {
  afterPassword,
  CONFIRM,
  codes,
  ENROL,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const OTHER_SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";

const app = useApp(() => {
  const factors = [totp(), recoveryCodes({ count: 2 })];
  return { sessionStore: new MemoryStore(), options: { factors } };
});

const secretOf = (reply: Reply) => String(reply.json["secret"]);

/** Confirms a pairing that was begun, with the first code of its app. */
async function confirm(visitor: Visitor, secret: string): Promise<Reply> {
  return visitor.post(CONFIRM, { code: await codes(app.clock, secret).code() });
}

async function enrol(visitor: Visitor): Promise<string> {
  const secret = secretOf(await visitor.post(ENROL));
  expect((await confirm(visitor, secret)).status).toBe(200);
  app.clock.advance({ seconds: 30 });
  return secret;
}

async function vault(email = TOM): Promise<Record<string, unknown>> {
  const { secondFactor } = (await storedUser(app, email)) as { secondFactor?: { vault?: object } };
  return { ...secondFactor?.vault };
}

const isTom = async (visitor: Visitor) => (await visitor.get("/whoami")).json["user"] === TOM;

const stepUpRequired = {
  status: 401,
  json: {
    code: "step_up_required",
    action: "change-factors",
    challengeUrl: "/second-factor/challenge?action=change-factors",
  },
};

describe("a thief at an open session of somebody who has a factor", () => {
  const changes = [
    ["replaces the authenticator app", ENROL],
    ["removes the authenticator app", "/second-factor/factors/totp/remove"],
    ["makes new recovery codes", "/second-factor/recovery-codes"],
  ] as const;

  test.each(changes)("who %s without a fresh code is asked for one, and nothing changes", async (_, path) => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    const before = await storedUser(app, TOM);
    for (const body of [{}, { restart: true }, { restart: "on" }]) {
      expect(await thief.post(path, body)).toMatchObject(stepUpRequired);
    }
    const form = await thief.form(path);
    expect([form.status, form.location]).toEqual([303, "/second-factor/challenge?action=change-factors"]);
    expect(await storedUser(app, TOM)).toEqual(before);
  });

  test.each(changes)(
    "who %s while the factor is blocked is asked for a code all the same",
    async (_, path) => {
      await app.addUser({ email: TOM, secret: TOTP_SECRET });
      const thief = await signedIn(app, TOM, TOTP_SECRET);
      const blocked = { count: 100, lastAt: app.clock.now() };
      const $set = {
        "secondFactor.vault.failures.login": blocked,
        "secondFactor.vault.failures.signedIn": blocked,
      };
      await app.User.collection.updateOne({ email: TOM }, { $set });
      const before = await storedUser(app, TOM);
      expect(await thief.post(path)).toMatchObject(stepUpRequired);
      expect(await storedUser(app, TOM)).toEqual(before);
    },
  );

  test("cannot confirm an enrolment that was never begun", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    const before = await storedUser(app, TOM);
    expect((await confirm(thief, OTHER_SECRET)).status).toBe(410);
    expect(await storedUser(app, TOM)).toEqual(before);
  });

  test("finds no step-up in a login that has just proven the factor: the action itself must be approved", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const thief = await afterPassword(app, TOM);
    await thief.post(VERIFY, { code: await codes(app.clock).code() });
    expect(await thief.post(ENROL)).toMatchObject(stepUpRequired);
  });
});

describe("a pending login", () => {
  const doors = [
    ["GET", "/second-factor"],
    ["GET", "/second-factor/enrol"],
    ["GET", ENROL],
    ["POST", ENROL],
    ["POST", CONFIRM],
    ["GET", "/second-factor/recovery-codes"],
    ["GET", "/second-factor/recovery-codes/new"],
    ["POST", "/second-factor/recovery-codes"],
    ["POST", "/second-factor/recovery-codes/saved"],
    ["GET", "/second-factor/factors/totp/remove"],
    ["POST", "/second-factor/factors/totp/remove"],
  ] as const;

  test.each(doors)("that owes a code is refused at %s %s", async (method, path) => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const thief = await afterPassword(app, TOM);
    const before = await storedUser(app, TOM);
    const reply = await thief.ask(path, {
      method,
      ...(method === "POST" ? { body: { code: "123456" } } : {}),
    });
    expect(reply).toMatchObject({ status: 401, json: { code: "second_factor_required" } });
    expect(reply.text).not.toMatch(/otpauth|secret"|svg/i);
    expect(await storedUser(app, TOM)).toEqual(before);
  });

  test("that must enrol reaches the enrolment and nothing else of the settings", async () => {
    await app.addUser({ email: TOM, roles: ["admin"] });
    const tom = await afterPassword(app, TOM);
    for (const path of ["/second-factor", "/second-factor/recovery-codes", "/account"]) {
      expect(await tom.get(path)).toMatchObject({ status: 401, json: { code: "enrolment_required" } });
    }
    expect((await tom.get("/second-factor/enrol")).json).toEqual({
      factors: [{ kind: "totp" }],
      required: true,
    });
  });
});

describe("a step-up grant", () => {
  test("is spent by one change", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    expect((await tom.post("/second-factor/recovery-codes")).status).toBe(200);
    expect(await tom.post("/second-factor/recovery-codes")).toMatchObject(stepUpRequired);
    expect(await tom.post(ENROL)).toMatchObject(stepUpRequired);
    expect(await tom.post("/second-factor/factors/totp/remove")).toMatchObject(stepUpRequired);
  });

  test("is spent by one of many parallel changes", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const tries = Array.from({ length: 10 }, () => tom.copy().post("/second-factor/recovery-codes"));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(9);
  });

  test("is good for five minutes, and not a moment longer", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    app.clock.advance({ minutes: 4, seconds: 30 });
    expect(await tom.post("/second-factor/recovery-codes")).toMatchObject(stepUpRequired);
    await stepUp(app, tom, TOTP_SECRET);
    app.clock.advance({ minutes: 4, seconds: 29 });
    expect((await tom.post("/second-factor/recovery-codes")).status).toBe(200);
  });

  test("belongs to the login that earned it", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const elsewhere = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    expect(await elsewhere.post(ENROL)).toMatchObject(stepUpRequired);
    expect(await elsewhere.post("/second-factor/factors/totp/remove")).toMatchObject(stepUpRequired);
  });

  test("ends with its login, also where the same person signs in again", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    await tom.post("/logout");
    const again = await signedIn(app, TOM, TOTP_SECRET);
    expect(await again.post("/second-factor/recovery-codes")).toMatchObject(stepUpRequired);
  });

  test("of another person is worth nothing", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await app.addUser({ email: "eve@acme.test", secret: OTHER_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const eve = await signedIn(app, "eve@acme.test", OTHER_SECRET);
    await stepUp(app, eve, OTHER_SECRET);
    expect(await tom.post("/second-factor/factors/totp/remove", { user: "eve@acme.test" })).toMatchObject(
      stepUpRequired,
    );
  });

  test("for another action does not change a factor", async () => {
    await app.start({ options: { actions: { payout: {} } } });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    for (const action of ["payout", "confirm"]) await stepUp(app, tom, TOTP_SECRET, action);
    expect(await tom.post(ENROL)).toMatchObject(stepUpRequired);
    expect(await tom.post("/second-factor/recovery-codes")).toMatchObject(stepUpRequired);
  });

  test("is not earned with a recovery code", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    const { recoveryCodes: printed } = (await confirm(tom, secret)).json as { recoveryCodes: string[] };
    const reply = await tom.post(VERIFY, {
      code: printed[0],
      factor: "recovery-code",
      action: "change-factors",
    });
    expect(reply).toMatchObject({ status: 403, json: { code: "factor_not_allowed" } });
    expect(await tom.post("/second-factor/recovery-codes")).toMatchObject(stepUpRequired);
  });
});

describe("an abandoned enrolment", () => {
  test("leaves the old factor, and what it protects, as they were", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const active = ((await vault())["enrolments"] as { totp: { active: object } }).totp.active;
    const fresh = secretOf(await tom.post(ENROL));
    await tom.post(CONFIRM, { code: "000000" });
    expect(((await vault())["enrolments"] as { totp: object }).totp).toMatchObject({ active });

    const later = await afterPassword(app, TOM);
    const withNew = await later.post(VERIFY, { code: await codes(app.clock, fresh).code() });
    expect(withNew).toMatchObject({ status: 401, json: { code: "wrong_code" } });
    const withOld = await later.post(VERIFY, { code: await codes(app.clock).code() });
    expect(withOld.status).toBe(200);
  });

  test("of somebody who must enrol signs nobody in", async () => {
    await app.addUser({ email: TOM, roles: ["admin"] });
    const tom = await afterPassword(app, TOM);
    await tom.post(ENROL);
    expect((await tom.get("/account")).json).toMatchObject({ code: "enrolment_required" });
    expect((await (await afterPassword(app, TOM)).get("/account")).json).toMatchObject({
      code: "enrolment_required",
    });
  });

  test("dies after 30 minutes: its code turns nothing on", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    app.clock.advance({ minutes: 30 });
    expect(await confirm(tom, secret)).toMatchObject({ status: 410, json: { code: "challenge_expired" } });
    expect((await tom.get(ENROL)).status).toBe(404);
    expect(secretOf(await tom.post(ENROL))).not.toBe(secret);
  });

  test("is not kept alive by looking at it", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    app.clock.advance({ minutes: 29 });
    expect(secretOf(await tom.post(ENROL))).toBe(secret);
    app.clock.advance({ minutes: 1 });
    expect((await confirm(tom, secret)).status).toBe(410);
  });
});

describe("the pending secret", () => {
  test("stays over reloads and typos, and a restart makes a new one that replaces it", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    expect(secretOf(await tom.get(ENROL))).toBe(secret);
    await tom.post(CONFIRM, { code: "000000" });
    expect(secretOf(await tom.post(ENROL))).toBe(secret);
    const restarted = secretOf(await tom.post(ENROL, { restart: true }));
    expect(restarted).not.toBe(secret);
    expect(await confirm(tom, secret)).toMatchObject({ status: 401, json: { code: "wrong_code" } });
    expect((await confirm(tom, restarted)).status).toBe(200);
  });

  test("is shown to nobody but the login that began it", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const other = await signedIn(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    const seen = await other.get(ENROL);
    expect(seen.status).toBe(404);
    expect(seen.text).not.toContain(secret);
    expect((await confirm(other, secret)).status).toBe(410);
  });

  test("is not shown again once it is confirmed, as JSON or as a page", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = await enrol(tom);
    const inFours = secret.match(/.{4}/g)?.join(" ") ?? "";
    for (const path of [ENROL, "/second-factor/enrol", "/second-factor", "/second-factor/recovery-codes"]) {
      for (const reply of [await tom.get(path), await tom.page(path)]) {
        expect(reply.text).not.toContain(secret);
        expect(reply.text).not.toContain(inFours);
        expect(reply.text).not.toContain("otpauth:");
      }
    }
    expect((await tom.get(ENROL)).status).toBe(404);
  });

  test("of a replacement is not the old one", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    expect(secretOf(await tom.post(ENROL))).not.toBe(TOTP_SECRET);
  });
});

describe("two first enrolments", () => {
  test("of the owner and of a password thief at once: one wins, and the other is refused", async () => {
    await app.addUser({ email: TOM, roles: ["admin"] });
    const owner = await afterPassword(app, TOM);
    const thief = await afterPassword(app, TOM);
    const begun = await Promise.all([owner.post(ENROL), thief.post(ENROL)]);
    const [first, second] = begun.map(secretOf) as [string, string];
    const confirmed = await Promise.all([confirm(owner, first), confirm(thief, second)]);
    expect(confirmed.map(({ status }) => status).sort()).toEqual([200, 410]);
    const [won, lost] = confirmed[0].status === 200 ? [owner, thief] : [thief, owner];
    expect(await isTom(won)).toBe(true);
    expect((await lost.get("/account")).status).toBe(401);
  });

  test("confirmed twenty times at once turn on one factor and print one set of recovery codes", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = secretOf(await tom.post(ENROL));
    const replies = await Promise.all(Array.from({ length: 20 }, () => confirm(tom.copy(), secret)));
    const won = replies.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(won[0]?.json["recoveryCodes"]).toHaveLength(2);
  });

  test("begun by a thief, then another confirmed by the owner: the thief's can no longer be confirmed", async () => {
    await app.addUser({ email: TOM, roles: ["admin"] });
    const thief = await afterPassword(app, TOM);
    const bait = secretOf(await thief.post(ENROL));
    const owner = await afterPassword(app, TOM);
    const secret = await enrol(owner);
    const before = await vault();
    expect((await confirm(thief, bait)).status).toBe(410);
    expect([401, 409]).toContain((await thief.post(ENROL, { restart: true })).status);
    expect(await vault()).toMatchObject({ enrolments: before["enrolments"] });
    const later = await afterPassword(app, TOM);
    expect((await later.post(VERIFY, { code: await codes(app.clock, secret).code() })).status).toBe(200);
  });

  test("begun by a thief, then a factor imported by the app: neither that key nor a new one replaces it", async () => {
    const user = await app.addUser({ email: TOM, roles: ["admin"] });
    const thief = await afterPassword(app, TOM);
    const bait = secretOf(await thief.post(ENROL));
    expect(await app.secondFactor.importTotp(user, TOTP_SECRET)).toBe(true);
    expect((await confirm(thief, bait)).status).toBe(410);
    const restarted = await thief.post(ENROL, { restart: true });
    expect([restarted.status, restarted.json["secret"]]).toEqual([401, undefined]);
    expect((await thief.get("/account")).status).not.toBe(200);
    const owner = await signedIn(app, TOM, TOTP_SECRET);
    expect(await isTom(owner)).toBe(true);
  });
});

describe("a change of factors", () => {
  test("that turns the first one on ends the person's other sessions and pending logins", async () => {
    await app.addUser({ email: TOM });
    const other = await signedIn(app, TOM);
    const tom = await signedIn(app, TOM);
    await enrol(tom);
    expect(await isTom(other)).toBe(false);
    expect((await other.get("/account")).status).toBe(403);
    expect(await isTom(tom)).toBe(true);
  });

  test.each([
    ["replaces one", async (tom: Visitor) => void (await enrol(tom))],
    [
      "removes one",
      async (tom: Visitor) => {
        expect((await tom.post("/second-factor/factors/totp/remove")).json).toEqual({ removed: "totp" });
      },
    ],
  ])("that %s ends other sessions, pending logins, challenges and grants", async (_, change) => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, other, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const pending = await afterPassword(app, TOM);
    await change(tom);
    expect(await vault()).toMatchObject({ challenges: [], grants: [] });
    expect(await isTom(tom)).toBe(true);
    expect(await isTom(other)).toBe(false);
    expect(await pending.post(VERIFY, { code: "000000" })).toMatchObject({
      status: 401,
      json: { code: "no_challenge" },
    });
    expect((await pending.get("/account")).status).not.toBe(200);
  });

  test("ends a copy of an old session that missed it, at its next request", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const copy = other.copy();
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    await tom.post("/second-factor/factors/totp/remove");
    expect(await copy.get("/account")).toMatchObject({ status: 403 });
    expect((await other.get("/second-factor")).status).toBe(401);
  });

  test("that is refused ends nobody's session", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    await thief.post("/second-factor/factors/totp/remove");
    await thief.post(ENROL);
    expect(await isTom(other)).toBe(true);
  });
});

describe("removing a factor", () => {
  test("that is the last one while the policy requires one is refused, and costs no grant", async () => {
    await app.addUser({ email: TOM, roles: ["admin"], secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const before = await storedUser(app, TOM);
    expect(await tom.post("/second-factor/factors/totp/remove")).toMatchObject({
      status: 403,
      json: { code: "forbidden" },
    });
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await tom.post(ENROL)).status).toBe(200);
  });

  test("takes the recovery codes with the last one: nothing is left that a thief could find and use", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = await enrol(tom);
    await stepUp(app, tom, secret);
    await tom.post("/second-factor/factors/totp/remove");
    const { recoveryCodes: set, enrolments } = await vault();
    expect([set, enrolments]).toEqual([undefined, {}]);
  });

  test.each(["recovery-code", "passkey", "email", "constructor", "__proto__", "toString", "%00", "totp%00"])(
    "by the name %s, which is none of theirs, changes nothing",
    async (kind) => {
      await app.addUser({ email: TOM, secret: TOTP_SECRET });
      const tom = await signedIn(app, TOM, TOTP_SECRET);
      await stepUp(app, tom, TOTP_SECRET);
      const before = await storedUser(app, TOM);
      expect(await tom.post(`/second-factor/factors/${kind}/remove`)).toMatchObject({
        status: 409,
        json: { code: "factor_not_enrolled" },
      });
      expect(await storedUser(app, TOM)).toEqual(before);
    },
  );

  test("twenty times at once with one grant happens once", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    const tries = Array.from({ length: 20 }, () => tom.copy().post("/second-factor/factors/totp/remove"));
    const won = (await Promise.all(tries)).filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
  });
});

describe("guessing the first code of an enrolment", () => {
  test("is limited as a login is: five, then a pause that a restart does not lift", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    await tom.post(ENROL);
    for (const attemptsLeft of [4, 3, 2, 1, 0]) {
      expect((await tom.post(CONFIRM, { code: "000000" })).json).toMatchObject({ attemptsLeft });
    }
    const restarted = secretOf(await tom.post(ENROL, { restart: true }));
    const locked = await confirm(tom, restarted);
    expect(locked).toMatchObject({ status: 429, json: { code: "locked" } });
    expect(locked.headers.get("retry-after")).toBe("30");
  });

  test("that begins again and again resets no count of wrong codes", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    await tom.post(ENROL);
    for (let wrong = 1; wrong <= 3; wrong++) await tom.post(CONFIRM, { code: "000000" });
    const counted = (await vault())["failures"];
    expect(counted).toMatchObject({ signedIn: { count: 3 } });
    await tom.post(ENROL, { restart: true });
    await tom.post(ENROL);
    expect((await vault())["failures"]).toEqual(counted);
  });
});
