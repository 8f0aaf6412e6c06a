// Somebody who holds a session, or a mailbox, tries to make codes go elsewhere, or to undo what stopped them.
import { createOutbox } from "passport-second-factor";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  afterPassword,
  everyFactor,
  nextCode,
  PHONE,
  SEND,
  sentCode,
  signedIn,
  stepUp,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { brokenLinks, expectDead, mailedLink, scan } from "./account-links.js";

const OLD = "tom.private@mail.test";
const EVIL = "eve@mail.test";
const EVIL_PHONE = { country: "US", number: "+14155550199" };
const ENROL_EMAIL = "/second-factor/enrol/email";
const ENROL_SMS = "/second-factor/enrol/sms";
const CHANGE = "change-address";

/** The address on file, which is another mailbox than the one codes go to. */
let onFile = createOutbox();
const app = useApp(() => {
  onFile = createOutbox();
  return {
    factors: everyFactor,
    options: { notices: { delivery: onFile.mail({ from: "acme@acme.test" }) } },
  };
});

async function waitIsOver(): Promise<void> {
  await app.User.collection.updateMany({}, { $set: { "secondFactor.vault.sends": [] } });
  await app.connection.collection("second_factor_limits").deleteMany({});
}

/** Tom with an app and an address for codes, in a session that has proven nothing since. */
async function tomAtHome(fields = {}): Promise<Visitor> {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: OLD, ...fields });
  return signedIn(app, TOM, TOTP_SECRET);
}

/** Everything that a change of where codes go takes. */
async function change(visitor: Visitor, body: object = { address: EVIL }, path = ENROL_EMAIL): Promise<void> {
  await waitIsOver();
  expect((await visitor.post(path, body)).json).toMatchObject({ code: "step_up_required", action: CHANGE });
  await stepUp(app, visitor, TOTP_SECRET, CHANGE);
  expect((await visitor.post(path, body)).status).toBe(200);
  expect((await visitor.post(`${path}/confirm`, { code: sentCode(app) })).status).toBe(200);
}

const loginOf = async (kind: string) => {
  await waitIsOver();
  const visitor = await afterPassword(app, TOM);
  return { visitor, sent: await visitor.post(SEND, { factor: kind }) };
};

interface Slot {
  active?: { address?: string; blockedAt?: Date };
}
async function slots(): Promise<Record<string, Slot>> {
  const user = (await storedUser(app, TOM)) as {
    secondFactor: { vault: { enrolments: Record<string, Slot> } };
  };
  return user.secondFactor.vault.enrolments;
}

describe("a proof for one new address", () => {
  let tom: Visitor;
  beforeEach(async () => {
    tom = await tomAtHome();
    await waitIsOver();
    await tom.post(ENROL_EMAIL, { address: EVIL });
  });

  test("says whose address it is for, covered, before a code is given", async () => {
    const { json } = await tom.get(`/second-factor/challenge?action=${CHANGE}`);
    expect(json).toMatchObject({ action: CHANGE, description: "change your address to e***@mail.test" });
  });

  test("allows that one and no other, once", async () => {
    await stepUp(app, tom, TOTP_SECRET, CHANGE);
    const other = await tom.post(ENROL_EMAIL, { address: "other@mail.test" });
    expect(other.json).toMatchObject({ code: "step_up_required" });
    expect((await tom.post(ENROL_SMS, EVIL_PHONE)).json).toMatchObject({ code: "step_up_required" });
    expect((await tom.post(ENROL_EMAIL, { address: EVIL })).status).toBe(200);
    await waitIsOver();
    const third = await tom.post(ENROL_EMAIL, { address: "third@mail.test" });
    expect(third.json).toMatchObject({ code: "step_up_required" });
    expect((await slots())["email"]?.active?.address).toBe(OLD);
  });

  test("is not one for a change of factors, nor the other way round", async () => {
    await stepUp(app, tom, TOTP_SECRET, CHANGE);
    const removal = await tom.post("/second-factor/factors/email/remove");
    expect(removal.json).toMatchObject({ code: "step_up_required" });
    await tom.post(ENROL_EMAIL, { address: EVIL });
    await waitIsOver();
    const again = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, again, TOTP_SECRET);
    const begun = await again.post(ENROL_EMAIL, { address: EVIL });
    expect(begun.json).toMatchObject({ code: "step_up_required", action: CHANGE });
  });

  test("is no other login's, and is over after five minutes", async () => {
    await stepUp(app, tom, TOTP_SECRET, CHANGE);
    const thief = await signedIn(app, TOM, TOTP_SECRET);
    expect((await thief.post(ENROL_EMAIL, { address: EVIL })).status).toBe(401);
    app.clock.advance({ minutes: 5 });
    expect((await tom.post(ENROL_EMAIL, { address: EVIL })).status).toBe(401);
  });

  test("a code for one target is void once another is asked about", async () => {
    const code = await nextCode(app);
    const first = await tom.post(ENROL_EMAIL, { address: EVIL });
    await tom.post(ENROL_EMAIL, { address: "other@mail.test" });
    const body = { action: CHANGE, code, target: first.json["target"] };
    expect((await tom.post(VERIFY, body)).status).not.toBe(200);
    expect((await tom.post(ENROL_EMAIL, { address: EVIL })).status).toBe(401);
  });

  test("by a page: the form is asked for the proof, and filled in again afterwards", async () => {
    const sent = await tom.form(ENROL_EMAIL, { address: EVIL });
    expect([sent.status, sent.location]).toEqual([303, `/second-factor/challenge?action=${CHANGE}`]);
    const challenge = await tom.page(sent.location ?? "");
    expect(challenge.text).toContain("change your address to e***@mail.test");
    const [, target = ""] = /name="target" value="([^"]+)"/.exec(challenge.text) ?? [];
    const proven = await tom.form(VERIFY, { action: CHANGE, target, code: await nextCode(app) });
    expect(proven.location).toBe(ENROL_EMAIL);
    const form = await tom.page(ENROL_EMAIL);
    expect(form.text).toContain(`value="${EVIL}"`);
    expect(form.text).not.toContain('class="notice danger"');
    const begun = await tom.form(ENROL_EMAIL, { address: EVIL });
    expect([begun.status, begun.location]).toEqual([303, ENROL_EMAIL]);
    expect(app.outbox.messages()[0]?.to).toBe(EVIL);
  });
});

describe("a recovery code", () => {
  /** Tom has lost the app; he has just signed in with a printed code. */
  async function recovered(): Promise<Visitor> {
    const tom = await tomAtHome();
    await stepUp(app, tom, TOTP_SECRET);
    const [code] = (await tom.post("/second-factor/recovery-codes")).json["recoveryCodes"] as string[];
    const again = await afterPassword(app, TOM);
    expect((await again.post(VERIFY, { factor: "recovery-code", code })).status).toBe(200);
    await waitIsOver();
    return again;
  }

  test("stands for the address that was lost: one change, which is told to the old one all the same", async () => {
    const tom = await recovered();
    expect((await tom.post(ENROL_EMAIL, { address: "tom.new@mail.test" })).status).toBe(200);
    const second = await tom.post(ENROL_SMS, EVIL_PHONE);
    expect(second.status).not.toBe(200);
    const code = sentCode(app, "tom.new@mail.test");
    expect((await tom.post(`${ENROL_EMAIL}/confirm`, { code })).status).toBe(200);
    await mailedLink(app.outbox, "stop", OLD);
    await waitIsOver();
    const third = await tom.post(ENROL_EMAIL, { address: EVIL });
    expect(third.json).toMatchObject({ code: "step_up_required" });
  });

  test("is no proof in another session of the same person", async () => {
    await recovered();
    const other = await signedIn(app, TOM, TOTP_SECRET);
    expect((await other.post(ENROL_EMAIL, { address: EVIL })).json).toMatchObject({
      code: "step_up_required",
    });
  });
});

describe("a second change", () => {
  test("kills the first, also from another session: the code that went there counts for nothing", async () => {
    const one = await tomAtHome();
    const two = await signedIn(app, TOM, TOTP_SECRET);
    await waitIsOver();
    await one.post(ENROL_EMAIL, { address: EVIL });
    await stepUp(app, one, TOTP_SECRET, CHANGE);
    expect((await one.post(ENROL_EMAIL, { address: EVIL })).status).toBe(200);
    const code = sentCode(app, EVIL);
    await waitIsOver();
    await two.post(ENROL_EMAIL, { address: "tom.new@mail.test" });
    await stepUp(app, two, TOTP_SECRET, CHANGE);
    expect((await two.post(ENROL_EMAIL, { address: "tom.new@mail.test" })).status).toBe(200);
    expect((await one.post(`${ENROL_EMAIL}/confirm`, { code })).status).not.toBe(200);
    expect((await slots())["email"]?.active?.address).toBe(OLD);
  });
});

describe("the notice", () => {
  test("goes to the old address and to the one on file, with the link and where codes go now, covered", async () => {
    const tom = await tomAtHome();
    await change(tom);
    const path = await mailedLink(app.outbox, "stop", OLD);
    expect(await mailedLink(onFile, "stop", TOM)).toBe(path);
    const [mail] = app.outbox.messages().filter(({ to }) => to === OLD);
    expect(mail?.subject).toBe("Your codes now go elsewhere");
    const until = new Date(app.clock.now().getTime() + 7 * 86_400_000).toISOString().slice(0, 10);
    expect(mail?.text).toContain(`New: e***@mail.test. Stop this until ${until}: https://acme.test${path}`);
    expect(app.outbox.messages().some(({ to, text }) => to === EVIL && text.includes("/stop/"))).toBe(false);
  });

  test("of a number goes there by text message", async () => {
    const tom = await tomAtHome({ phone: PHONE });
    await change(tom, EVIL_PHONE, ENROL_SMS);
    await mailedLink(app.outbox, "stop", PHONE);
  });

  test("that fails changes nothing, and is told of", async () => {
    const failed: unknown[] = [];
    const broken = () => Promise.reject(new Error("down"));
    await app.start({
      factors: (outbox) =>
        everyFactor(outbox).map((factor) => ({
          ...factor,
          ...(factor.sends ? { sends: { ...factor.sends, tell: broken } } : {}),
        })),
    });
    app.secondFactor.on("notice-failed", ({ about }) => failed.push(about));
    const tom = await tomAtHome();
    await change(tom);
    await vi.waitFor(() => expect(failed).toEqual(["address-changed"]));
    expect((await slots())["email"]?.active?.address).toBe(EVIL);
  });
});

describe("the link that stops a change", () => {
  let eve: Visitor;
  let path: string;
  beforeEach(async () => {
    eve = await tomAtHome();
    await app.addUser({ email: "ada@acme.test", secret: TOTP_SECRET });
    await change(eve);
    path = await mailedLink(app.outbox, "stop", OLD);
  });

  test("survives whatever reads mail, and says what the button does", async () => {
    const before = await storedUser(app, TOM);
    expect(await scan(app.visitor(), path)).toEqual([200, 200, 200, 200]);
    expect(await storedUser(app, TOM)).toEqual(before);
    const page = await app.visitor().page(path);
    expect(page.text).toContain("Stop this change?");
    expect(page.text).toContain('content="strict-origin"');
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("ends every session, and the new address neither gets a code nor answers one", async () => {
    const { visitor: pending } = await loginOf("email");
    const code = sentCode(app, EVIL);
    expect((await app.visitor().post(path)).json).toEqual({ state: "stopped" });
    expect((await eve.get("/account")).json["page"]).toBe("forbidden");
    expect((await pending.post(VERIFY, { factor: "email", code })).status).toBe(401);
    const { visitor, sent } = await loginOf("email");
    expect([sent.status, sent.json["code"], sent.json["blocked"]]).toEqual([429, "locked", true]);
    expect((await visitor.post(VERIFY, { factor: "email", code })).status).toBe(429);
    expect(await slots()).toMatchObject({
      email: { active: { address: EVIL, blockedAt: expect.any(Date) } },
    });
  });

  test("leaves another factor as it was, with which the owner gets in and gives a new address", async () => {
    await app.visitor().form(path);
    app.clock.advance({ seconds: 30 });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await change(tom, { address: OLD });
    expect((await slots())["email"]?.active).not.toHaveProperty("blockedAt");
    expect((await loginOf("email")).sent.status).toBe(202);
  });

  test("the challenge asks for the other factor first, and says that this way is off", async () => {
    await app.visitor().form(path);
    await waitIsOver();
    const visitor = await afterPassword(app, TOM);
    expect((await visitor.get("/second-factor/challenge")).json).toMatchObject({ preferred: "totp" });
    await visitor.form(SEND, { factor: "email" });
    const page = await visitor.page("/second-factor/challenge?factor=email");
    expect(page.text).toContain("This way is switched off. Use the link we e-mailed you, or ask");
    expect(page.text).toContain("/second-factor/challenge/choose");
    const other = await visitor.page("/second-factor/challenge?factor=totp");
    expect(other.text).toContain("Open your authenticator app");
  });

  test("what was set up since goes with it, and what was there before does not", async () => {
    await app.User.collection.updateOne({ email: TOM }, { $set: { "secondFactor.vault.sends": [] } });
    await stepUp(app, eve, TOTP_SECRET);
    expect((await eve.post(ENROL_SMS, EVIL_PHONE)).status).toBe(200);
    expect((await eve.post(`${ENROL_SMS}/confirm`, { code: sentCode(app) })).status).toBe(200);
    await stepUp(app, eve, TOTP_SECRET);
    const printed = await eve.post("/second-factor/recovery-codes");
    const [code] = printed.json["recoveryCodes"] as string[];
    await app.visitor().post(path);
    expect((await loginOf("sms")).sent.json).toMatchObject({ code: "locked", blocked: true });
    const thief = await afterPassword(app, TOM);
    expect((await thief.post(VERIFY, { factor: "recovery-code", code })).status).not.toBe(200);
    expect((await slots())["totp"]?.active).not.toHaveProperty("blockedAt");
    expect((await thief.post(VERIFY, { factor: "totp", code: await nextCode(app) })).status).toBe(200);
  });

  test("stops what came after a second change as well", async () => {
    await change(eve, { address: "eve.two@mail.test" });
    expect((await app.visitor().post(path)).status).toBe(200);
    expect((await loginOf("email")).sent.json).toMatchObject({ code: "locked", blocked: true });
  });

  test("cannot be pushed out by more changes", async () => {
    for (let turn = 0; turn < 6; turn++) {
      app.clock.advance({ minutes: 30 });
      await change(eve, { address: `eve${turn}@mail.test` });
    }
    expect((await app.visitor().post(path)).status).toBe(200);
    expect((await loginOf("email")).sent.json).toMatchObject({ code: "locked" });
  });

  test("the mailbox gets nothing back: the old address is no factor, and nobody enrols in the stopped one's place", async () => {
    await app.visitor().post(path);
    const { visitor } = await loginOf("email");
    for (const address of [OLD, EVIL]) {
      expect((await visitor.post(ENROL_EMAIL, { address })).json).toMatchObject({
        code: "second_factor_required",
      });
    }
    expect(await scan(app.visitor(), path)).toEqual([410, 410, 410, 410]);
  });

  test("fifty at once: one", async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => app.visitor().post(path)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 200)) expectDead(reply);
  });

  test("is over after seven days, by the clock", async () => {
    app.clock.advance({ days: 7 });
    expectDead(await app.visitor().get(path));
    expectDead(await app.visitor().post(path));
    expect((await app.visitor().page(path)).text).toContain("Links work once and expire.");
    expect((await slots())["email"]?.active).not.toHaveProperty("blockedAt");
  });

  test("a link that is not quite it: 410 and nothing happens", async () => {
    const before = await storedUser(app, TOM);
    for (const [what, broken] of await brokenLinks(app, path, "ada@acme.test")) {
      const replies = [await app.visitor().get(broken), await app.visitor().post(broken)];
      expect([what, ...replies.map(({ status }) => status)]).toEqual([what, 410, 410]);
    }
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await app.visitor().post(path)).status).toBe(200);
  });

  test("from another site: refused, and it still works", async () => {
    const headers = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    expect((await app.visitor().ask(path, { method: "POST", headers })).status).toBe(403);
    expect((await app.visitor().post(path)).status).toBe(200);
  });
});

test("a link is built from the configured origin, whatever the request says of its host", async () => {
  const tom = await tomAtHome();
  await waitIsOver();
  const headers = { host: "evil.test", "x-forwarded-host": "evil.test", "x-forwarded-proto": "http" };
  await tom.post(ENROL_EMAIL, { address: EVIL });
  await stepUp(app, tom, TOTP_SECRET, CHANGE);
  await tom.ask(ENROL_EMAIL, { method: "POST", body: { address: EVIL }, headers });
  const body = { code: sentCode(app) };
  expect((await tom.ask(`${ENROL_EMAIL}/confirm`, { method: "POST", body, headers })).status).toBe(200);
  await mailedLink(app.outbox, "stop", OLD);
});

test("somebody whose only way was stopped gets in by nothing of it; an administrator lets them begin anew", async () => {
  await app.addUser({ email: TOM, address: OLD });
  const { visitor: tom } = await loginOf("email");
  await tom.post(VERIFY, { factor: "email", code: sentCode(app) });
  await waitIsOver();
  await tom.post(ENROL_EMAIL, { address: EVIL });
  await tom.post(SEND, { factor: "email", action: CHANGE });
  const proof = { factor: "email", code: sentCode(app), action: CHANGE };
  expect((await tom.post(VERIFY, proof)).status).toBe(200);
  await waitIsOver();
  await tom.post(ENROL_EMAIL, { address: EVIL });
  await tom.post(`${ENROL_EMAIL}/confirm`, { code: sentCode(app) });
  await app.visitor().post(await mailedLink(app.outbox, "stop", OLD));
  expect((await loginOf("email")).sent.json).toMatchObject({ code: "locked", blocked: true });
  const id = String((await storedUser(app, TOM))["_id"]);
  await app.secondFactor.admin.disable(id, { by: "root", reason: "address stolen" });
  expect((await (await afterPassword(app, TOM)).get("/account")).status).toBe(200);
});
