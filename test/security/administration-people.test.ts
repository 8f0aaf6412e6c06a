// Whoever acts on people: an administrator, signed in, with a fresh code for that act on that person, from our own pages.
import type { SecondFactorOptions, SecurityEvents } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import type { AdminAct } from "../../src/core/model.js";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  EVE,
  everyFactor,
  PHONE,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import {
  ACTS,
  administratedBy,
  administrator,
  askFor,
  bodyFor,
  countFailures,
  personUrl,
  prove,
  REASON,
  rememberBrowser,
  send,
  USERS,
} from "../support/people.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

const app = useApp(() => ({
  factors: everyFactor,
  options: { ...administratedBy(), actions: { payout: {} } },
}));
let told: SecurityEvents["administered"][] = [];
let url: string;
let before: object;

beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: "tom@home.test", phone: PHONE });
  await countFailures(app, TOM, 100);
  await rememberBrowser(app, TOM);
  url = await personUrl(app, TOM);
  before = await storedUser(app, TOM);
  listen();
});

function listen(): void {
  told = [];
  app.secondFactor.on("administered", (event) => told.push(event));
}

async function restart(more: Partial<SecondFactorOptions>): Promise<void> {
  const options = { ...administratedBy(), actions: { payout: {} }, ...more };
  await app.start({ clock: app.clock, factors: everyFactor, options });
  listen();
}

/** Tom is as he was, and nothing is told. */
async function expectUntouched(): Promise<void> {
  expect(await storedUser(app, TOM)).toEqual(before);
  expect(told).toEqual([]);
}

/** Each way in: the list, the person, and every act with its form. */
const DOORS: [string, (visitor: Visitor) => Promise<Reply>][] = [
  ["the list", (visitor) => visitor.get(USERS)],
  ["a search", (visitor) => visitor.get(`${USERS}?q=tom&filter=locked`)],
  ["the person", (visitor) => visitor.get(url)],
  ...ACTS.flatMap((act): [string, (visitor: Visitor) => Promise<Reply>][] => [
    [`the form to ${act}`, (visitor) => visitor.get(`${url}/${act}`)],
    [act, (visitor) => visitor.post(`${url}/${act}`, bodyFor(act))],
  ]),
];

describe("every way in is refused", () => {
  /** Each of them is answered like this, and tells nothing. */
  async function expectRefused(visitor: Visitor, status: number, code: string): Promise<void> {
    for (const [door, ask] of DOORS) {
      const reply = await ask(visitor);
      expect([door, reply.status, reply.json["code"]]).toEqual([door, status, code]);
      expect(reply.text).not.toMatch(/tom@|home\.test|totp|0123/);
    }
  }

  test("to nobody, and to whoever is no administrator: pending, signed in, with a code", async () => {
    await expectRefused(app.visitor(), 401, "no_challenge");
    await app.addUser({ email: EVE, secret: TOTP_SECRET, roles: ["admin"] });
    await expectRefused(await afterPassword(app, EVE), 401, "second_factor_required");
    const eve = await signedIn(app, EVE, TOTP_SECRET);
    await expectRefused(eve, 403, "forbidden");
    await stepUp(app, eve, TOTP_SECRET, "administer");
    await expectRefused(eve, 403, "forbidden");
    await expectUntouched();
  });

  test("to the person themself, who is no administrator", async () => {
    await app.User.collection.updateOne({ email: TOM }, { $unset: { "secondFactor.vault.failures": "" } });
    await expectRefused(await signedIn(app, TOM, TOTP_SECRET), 403, "forbidden");
    expect(told).toEqual([]);
  });

  test("to an administrator who is pending, must enrol, has signed out, or was signed out", async () => {
    const ada = await administrator(app);
    const [copy, other] = [ada.copy(), await signedIn(app, ADA, TOTP_SECRET)];
    await expectRefused(await afterPassword(app, ADA), 401, "second_factor_required");
    await ada.post("/logout");
    await expectRefused(copy, 401, "no_challenge");
    const id = (await personUrl(app, ADA)).slice(USERS.length + 1);
    await app.secondFactor.admin.endSessions(id, { by: "cli:root", reason: REASON });
    await expectRefused(other, 401, "no_challenge");
    await restart({ authorizeAdmin: () => true });
    await app.addUser({ email: EVE, roles: ["admin"] });
    await expectRefused(await afterPassword(app, EVE), 401, "enrolment_required");
    await expectUntouched();
  });

  test.each<[string, unknown]>([
    ["1", 1],
    ["yes", "yes"],
    ["an object", {}],
    ["a promise of text", Promise.resolve("true")],
    ["nothing", undefined],
  ])("where authorizeAdmin says %s, which is not true, of the visit or of the person", async (_, says) => {
    await restart({ authorizeAdmin: () => says as boolean });
    await expectRefused(await administrator(app), 403, "forbidden");
    await restart({ authorizeAdmin: (_req, user) => (user ? (says as boolean) : true) });
    const ada = await administrator(app);
    expect((await ada.get(USERS)).json).toEqual({ people: [] });
    for (const [door, ask] of DOORS.slice(2)) expect([door, (await ask(ada)).status]).toEqual([door, 404]);
    await expectUntouched();
  });

  test("where there is no authorizeAdmin", async () => {
    await app.start({ clock: app.clock, factors: everyFactor });
    await expectRefused(await administrator(app), 403, "forbidden");
  });

  const broken = new Error("the directory is away");
  test.each<[string, SecondFactorOptions["authorizeAdmin"]]>([
    [
      "throws",
      () => {
        throw broken;
      },
    ],
    ["rejects", () => Promise.reject(broken)],
    ["rejects about the person", (_req, user) => (user ? Promise.reject(broken) : true)],
  ])("where authorizeAdmin %s: 5xx, and nothing changed", async (_, authorizeAdmin) => {
    await restart({ authorizeAdmin: authorizeAdmin ?? (() => true) });
    const ada = await administrator(app);
    for (const [door, ask] of DOORS) expect([door, (await ask(ada)).status]).toEqual([door, 500]);
    expect(new Set(app.errors)).toEqual(new Set([broken]));
    await expectUntouched();
  });
});

describe.each(ACTS)("%s takes a fresh code for this act on this person:", (act) => {
  const other: AdminAct = act === "disable" ? "unlock" : "disable";
  const expectStepUp = async (visitor: Visitor) => {
    const reply = await send(app, visitor, TOM, act);
    expect(reply).toMatchObject({ status: 401, json: { code: "step_up_required", action: "administer" } });
    await expectUntouched();
  };

  test("none was given, or one for something else", async () => {
    const ada = await administrator(app);
    await expectStepUp(ada);
    for (const action of ["change-factors", "payout", "confirm"]) {
      await stepUp(app, ada, TOTP_SECRET, action);
      await expectStepUp(ada);
    }
  });

  test("one to change settings for everybody is not one, nor the reverse", async () => {
    const ada = await administrator(app);
    await stepUp(app, ada, TOTP_SECRET, "administer");
    await expectStepUp(ada);
    await app.addUser({ email: EVE });
    await prove(app, ada, TOM, act);
    const policy = { policy: {}, version: 0 };
    const saved = await ada.ask("/second-factor/admin/policy", { method: "PUT", body: policy });
    expect(saved.status).not.toBe(200);
  });

  test("one for another act on them, or for this act on another", async () => {
    await app.addUser({ email: EVE, secret: TOTP_SECRET, phone: "+14155550188" });
    await countFailures(app, EVE, 7);
    await rememberBrowser(app, EVE);
    const ada = await administrator(app);
    await prove(app, ada, TOM, other);
    await expectStepUp(ada);
    await prove(app, ada, EVE, act);
    await expectStepUp(ada);
    // Each of them is still good for what it was given for.
    expect((await send(app, ada, EVE, act)).status).toBe(200);
  });

  test("one that was asked for something else meanwhile", async () => {
    const ada = await administrator(app);
    await askFor(app, ada, TOM, act);
    await askFor(app, ada, TOM, other);
    const code = await codes(app.clock).code();
    expect((await ada.post(VERIFY, { code, action: "administer" })).status).toBe(200);
    await expectStepUp(ada);
  });

  test("one given in another session, by another administrator, or five minutes ago", async () => {
    await restart(administratedBy(EVE));
    await app.addUser({ email: EVE, secret: TOTP_SECRET });
    const [one, two] = [await administrator(app), await administrator(app)];
    const eve = await signedIn(app, EVE, TOTP_SECRET);
    await prove(app, one, TOM, act);
    await expectStepUp(two);
    await expectStepUp(eve);
    app.clock.advance({ minutes: 5 });
    await expectStepUp(one);
  });

  test("one that was spent, also of fifty at once", async () => {
    const ada = await administrator(app);
    await prove(app, ada, TOM, act);
    const replies = await Promise.all(Array.from({ length: 50 }, () => send(app, ada.copy(), TOM, act)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => [200, 401, 409].includes(status))).toBe(true);
    expect(told).toMatchObject([{ act, by: ADA, reason: REASON }]);
  });

  test("never a recovery code", async () => {
    const ada = await administrator(app);
    await stepUp(app, ada, TOTP_SECRET);
    const made = await ada.post("/second-factor/recovery-codes");
    const [code] = made.json["recoveryCodes"] as string[];
    await askFor(app, ada, TOM, act);
    const refused = await ada.post(VERIFY, { factor: "recovery-code", code, action: "administer" });
    expect(refused.status).not.toBe(200);
    await expectStepUp(ada);
  });

  test("never the administrator's trusted browser, nor what they proved at login", async () => {
    await administrator(app);
    const ada = await afterPassword(app, ADA);
    await ada.post(VERIFY, { code: await codes(app.clock).code(), trustBrowser: true });
    app.clock.advance({ seconds: 30 });
    await expectStepUp(ada);
    await ada.post("/logout");
    await ada.post("/login", credentials(ADA));
    expect((await ada.get("/account")).status).toBe(200);
    await expectStepUp(ada);
  });
});
