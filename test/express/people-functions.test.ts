// Acts of administrators beyond the plain answer: nothing to do, numbers, functions for trusted code, shard keys.
import { createOutbox, type SecondFactorOptions } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import type { AdminAct } from "../../src/core/model.js";
import { memoryEvents } from "../../src/stores/event-log.js";
import {
  ADA,
  afterPassword,
  codes,
  everyFactor,
  PHONE,
  SENDER,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import {
  ACTS,
  administratedBy,
  administrator,
  bodyFor,
  countFailures,
  perform,
  personUrl,
  prove,
  REASON,
  rememberBrowser,
  send,
} from "../support/people.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { expectProblem } from "./json-contract.js";

const STEP_UP = { action: "administer", challengeUrl: "/second-factor/challenge?action=administer" };
const _bound = { ...STEP_UP, target: expect.stringMatching(/^[\w.-]{20,}$/) };

const options = (more: Partial<SecondFactorOptions> = {}): Partial<SecondFactorOptions> => ({
  ...administratedBy(),
  eventLog: memoryEvents(),
  ...more,
});
const app = useApp(() => ({ factors: everyFactor, options: options() }));

let ada: Visitor;
let url: string;
const person = async () => (await ada.get(url)).json;

/** Tom has everything that can be taken away. */
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: "tom@home.test", phone: PHONE });
  const tom = await afterPassword(app, TOM);
  await tom.post(VERIFY, { factor: "totp", code: await codes(app.clock).code(), trustBrowser: true });
  app.clock.advance({ seconds: 30 });
  ada = await administrator(app);
  url = await personUrl(app, TOM);
  await countFailures(app, TOM, 100);
});

describe("where there is nothing to do", () => {
  const plain: AdminAct[] = ["disable", "unlock", "forget-browsers"];
  beforeEach(() => app.addUser({ email: "new@acme.test" }));

  test.each(plain)("%s says so, and uses no code up", async (act) => {
    const target = await personUrl(app, "new@acme.test");
    await prove(app, ada, "new@acme.test", act);
    const code = act === "disable" ? "factor_not_enrolled" : "conflict";
    expectProblem(await ada.post(`${target}/${act}`, bodyFor(act)), code);
    const page = await ada.form(`${target}/${act}`, bodyFor(act));
    expect([page.status, page.location]).toEqual([303, `${target}?notice=unchanged`]);
    expect((await ada.get(`${target}/${act}`)).status).toBe(200);
    await app.secondFactor.settled();
    expect((await ada.get(target)).json["events"]).toEqual([]);
  });

  test("a second administrator who is late is told, and nothing is recorded twice", async () => {
    const other = await administrator(app);
    await prove(app, ada, TOM, "disable");
    await prove(app, other, TOM, "disable");
    const replies = await Promise.all([ada, other].map((who) => send(app, who, TOM, "disable")));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    await app.secondFactor.settled();
    const { events } = (await person()) as { events: { event: string }[] };
    expect(events.filter(({ event }) => event === "administered")).toHaveLength(1);
  });
});

describe("a number that an administrator fills in", () => {
  const FULL = "+14155550199";
  const suggested = async () =>
    ((await storedUser(app, TOM)) as { secondFactor: { vault: { enrolments: { sms: object } } } })
      .secondFactor.vault.enrolments.sms;

  test("waits beside the one that is active, to which codes still go", async () => {
    await perform(app, ada, TOM, "set-phone");
    expect(await suggested()).toMatchObject({ suggested: FULL, active: { address: PHONE } });
    expect((await person())["suggestedPhone"]).toBe("+1********99");
    const tom = await afterPassword(app, TOM);
    await app.User.collection.updateOne({ email: TOM }, { $unset: { "secondFactor.vault.failures": "" } });
    await tom.post("/second-factor/challenge/send", { factor: "sms" });
    expect(app.outbox.messages().map(({ to }) => to)).toEqual([PHONE]);
  });

  test("stays when everything is switched off, and the person proves it before it counts", async () => {
    await perform(app, ada, TOM, "set-phone");
    await perform(app, ada, TOM, "disable");
    const tom = await signedIn(app, TOM);
    expect((await tom.get("/account")).status).toBe(200);
    expect((await tom.page("/second-factor/enrol/sms")).text).toContain("(415) 555-0199");
    expect((await person())["factors"]).toEqual([]);
  });

  test.each([
    [{ number: "12" }, "country"],
    [{ country: "US", number: "" }, "number"],
    [{ country: "US", number: "call me" }, "number"],
    [{ country: "US", number: "9005550199" }, "number"],
  ])("and that cannot be one is said at its field, and uses no code up: %j", async (given, field) => {
    await prove(app, ada, TOM, "set-phone");
    const reply = await send(app, ada, TOM, "set-phone", { reason: REASON, ...given });
    expectProblem(reply, "invalid_input", { errors: [{ field, message: expect.any(String) }] });
    const page = await ada.form(`${url}/set-phone`, { reason: REASON, ...given });
    expect(page.status).toBe(400);
    expect(page.text).toContain(REASON);
    expect(await suggested()).not.toHaveProperty("suggested");
    expect((await send(app, ada, TOM, "set-phone")).status).toBe(200);
  });

  test("is no act where no texts are sent", async () => {
    const { totp } = await import("passport-second-factor");
    await app.start({ clock: app.clock, factors: () => [totp()], options: options() });
    const again = await administrator(app);
    expectProblem(await again.get(`${url}/set-phone`), "not_found");
    expectProblem(await again.post(`${url}/set-phone`, bodyFor("set-phone")), "not_found");
  });
});

describe("as functions, for code that is trusted", () => {
  const because = { by: "cli:root", reason: REASON };
  const id = () => url.split("/").at(-1) ?? "";

  test("each act is done, recorded, and says whether there was anything to do", async () => {
    const { admin } = app.secondFactor;
    expect(await admin.unlock(id(), because)).toBe(true);
    expect(await admin.unlock(id(), because)).toBe(false);
    expect(await admin.forgetBrowsers(id(), because)).toBe(true);
    expect(await admin.setPhone(id(), { number: "+14155550199" }, because)).toMatchObject({ ok: true });
    expect(await admin.setPhone(id(), { number: "12" }, because)).toMatchObject({ ok: false });
    expect(await admin.endSessions(id(), because)).toBe(true);
    expect(await admin.disable(id(), because)).toBe(true);
    expect(await admin.disable(id(), because)).toBe(false);
    await app.secondFactor.settled();
    const { events } = (await person()) as {
      events: { event: string; detail: { act: string; by: string } }[];
    };
    const done = events.filter(({ event }) => event === "administered");
    expect(done.map(({ detail }) => detail.act)).toEqual(
      ["unlock", "forget-browsers", "set-phone", "end-sessions", "disable"].toReversed(),
    );
    expect(new Set(done.map(({ detail }) => detail.by))).toEqual(new Set(["cli:root"]));
    expect(await admin.status(id())).toMatchObject({ account: TOM, factors: [], coverage: "off" });
  });

  test("each refuses nobody, and no reason", async () => {
    const { disable, unlock, forgetBrowsers, endSessions, status } = app.secondFactor.admin;
    for (const act of [disable, unlock, forgetBrowsers, endSessions]) {
      for (const nobody of ["ffffffffffffffffffffffff", "", "$ne", "\0"])
        await expect(act(nobody, because)).rejects.toMatchObject({ code: "not_found", status: 404 });
      for (const wrong of [{ ...because, by: "" }, { ...because, reason: "\n" }, {}])
        await expect(act(id(), wrong as never)).rejects.toMatchObject({ code: "invalid_input" });
    }
    await expect(status("ffffffffffffffffffffffff")).rejects.toMatchObject({ code: "not_found" });
  });

  test("a notice of each goes to the address on file, with what was done and why", async () => {
    const kept = createOutbox();
    const delivery = kept.mail({ from: SENDER });
    await app.start({ clock: app.clock, factors: everyFactor, options: options({ notices: { delivery } }) });
    ada = await administrator(app);
    for (const act of ACTS.toReversed()) {
      await countFailures(app, TOM, 5);
      if (act === "forget-browsers") await rememberBrowser(app, TOM);
      expect((await perform(app, ada, TOM, act)).status).toBe(200);
      await app.secondFactor.settled();
      const [newest] = kept.messages();
      expect(newest).toMatchObject({ to: TOM, subject: "An administrator changed your sign-in" });
      expect(newest?.text).toContain(`Reason: ${REASON}.`);
      expect(newest?.text).not.toMatch(/0199|undefined|node/);
    }
    expect(kept.messages().filter(({ to }) => to === TOM)).toHaveLength(ACTS.length);
    expect(new Set(kept.messages().map(({ text }) => text.split(".")[0])).size).toBeGreaterThan(
      ACTS.length - 1,
    );
  });
});

test("in a sharded collection each act and each notice finds its way by the id alone", async () => {
  const kept = createOutbox();
  const notices = { delivery: kept.mail({ from: SENDER }) };
  await app.start({
    clock: app.clock,
    factors: everyFactor,
    options: options({ notices }),
    store: { key: ({ tenant }: { tenant: string }) => ({ tenant }) },
    schema: (schema) => schema.add({ tenant: String }),
  });
  await app.User.collection.deleteMany({});
  await app.addUser({ email: ADA, tenant: "a", secret: TOTP_SECRET });
  await app.addUser({ email: TOM, tenant: "b", secret: TOTP_SECRET });
  ada = await administrator(app);
  for (const act of ACTS.toReversed()) {
    await countFailures(app, TOM, 5);
    if (act === "forget-browsers") await rememberBrowser(app, TOM);
    expect((await perform(app, ada, TOM, act)).status).toBe(200);
  }
  await app.secondFactor.settled();
  const told = kept.messages().filter(({ subject }) => subject === "An administrator changed your sign-in");
  expect(told.map(({ to }) => to)).toEqual(ACTS.map(() => TOM));
});
