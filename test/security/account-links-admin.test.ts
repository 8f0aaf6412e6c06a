// An administrator mails somebody a link to choose a new password: what it costs, what it opens, who is told.
import { createOutbox, SecondFactorError } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { memoryEvents } from "../../src/stores/event-log.js";
import { choose, NEW_PASSWORD, withAccount } from "../support/account.js";
import {
  everyFactor,
  nextCode,
  SEND,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import {
  administratedBy,
  administrator,
  perform,
  personUrl,
  prove,
  REASON,
  send,
} from "../support/people.js";
import { type Setup, useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { brokenLinks, expectDead, mailedLink, scan } from "./account-links.js";

const BECAUSE = { by: "root@acme.test", reason: REASON };
const GUS = "gus@acme.test";

let mails = createOutbox();
let onFile = createOutbox();
const setup = (account: object = {}, options: Setup["options"] = {}): Setup => {
  const notices = { delivery: onFile.mail({ from: "acme@acme.test" }) };
  return withAccount(
    {
      factors: everyFactor,
      options: { ...administratedBy(), eventLog: memoryEvents(), notices, ...options },
    },
    { delivery: mails.mail({ from: "acme@acme.test" }), ...account },
  );
};
const app = useApp(() => {
  mails = createOutbox();
  onFile = createOutbox();
  return setup();
});

let ada: Visitor;
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: GUS });
  ada = await administrator(app);
});
const idOf = async (email: string) => String((await storedUser(app, email))["_id"]);

/** The link that an administrator has mailed to Tom. */
async function link(options: { disable?: boolean } = {}): Promise<string> {
  expect(await app.secondFactor.admin.sendResetLink(await idOf(TOM), BECAUSE, options)).toBe(true);
  return mailedLink(mails, "reset", TOM);
}

describe("the act", () => {
  test("takes a fresh code for it on this person, and a reason; it is recorded, and the person is told", async () => {
    expect((await send(app, ada, TOM, "reset")).json).toMatchObject({ code: "step_up_required" });
    await prove(app, ada, GUS, "reset");
    expect((await send(app, ada, TOM, "reset")).json).toMatchObject({ code: "step_up_required" });
    await prove(app, ada, TOM, "disable");
    expect((await send(app, ada, TOM, "reset")).json).toMatchObject({ code: "step_up_required" });
    expect(mails.messages()).toEqual([]);
    const reply = await perform(app, ada, TOM, "reset");
    expect([reply.status, reply.json]).toEqual([200, { state: "done", act: "reset" }]);
    await app.secondFactor.settled();
    const [notice] = onFile.messages().filter(({ to }) => to === TOM);
    expect(notice?.text).toContain(`A link to choose a new password was e-mailed to you. Reason: ${REASON}.`);
    const { events } = (await ada.get(await personUrl(app, TOM))).json as { events: object[] };
    expect(events).toContainEqual(
      expect.objectContaining({
        event: "administered",
        detail: { act: "reset", by: "ada@acme.test", reason: REASON },
      }),
    );
  });

  test("without a reason: 400, and the code is not used up", async () => {
    await prove(app, ada, TOM, "reset");
    expect((await send(app, ada, TOM, "reset", { reason: " " })).status).toBe(400);
    expect((await send(app, ada, TOM, "reset")).status).toBe(200);
    expect((await send(app, ada, TOM, "reset")).status).toBe(401);
  });

  test("nobody else's: not a person's, not a stranger's", async () => {
    const gus = await signedIn(app, GUS);
    for (const visitor of [gus, app.visitor()])
      expect([401, 403]).toContain((await send(app, visitor, TOM, "reset")).status);
    expect(mails.messages()).toEqual([]);
  });

  test("changes nothing about the person until the link is used", async () => {
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const before = (await storedUser(app, TOM)) as { secondFactor: { vault: object } };
    await link({ disable: true });
    const after = (await storedUser(app, TOM)) as typeof before;
    expect(after.secondFactor).toEqual({
      ...before.secondFactor,
      vault: { ...before.secondFactor.vault, links: expect.any(Array) },
    });
    expect((await tom.get("/account")).status).toBe(200);
  });

  test("mail that is down: 503, nothing recorded, and the page keeps the reason", async () => {
    const down = { channel: "email", send: () => Promise.reject(new Error("down")) } as const;
    await app.start({ ...setup({ delivery: down }), clock: app.clock });
    ada = await administrator(app);
    const acts: unknown[] = [];
    app.secondFactor.on("administered", (event) => acts.push(event));
    const reply = await perform(app, ada, TOM, "reset");
    expect([reply.status, reply.json["code"]]).toEqual([503, "delivery_failed"]);
    await prove(app, ada, TOM, "reset");
    const page = await ada.form(`${await personUrl(app, TOM)}/reset`, { reason: REASON, disable: "on" });
    expect(page.status).toBe(503);
    expect(page.text).toContain("The link could not be mailed.");
    expect(page.text).toMatch(new RegExp(`value="${REASON}"`));
    expect(page.text).toMatch(/id="disable"[^>]* checked/);
    await expect(app.secondFactor.admin.sendResetLink(await idOf(TOM), BECAUSE)).rejects.toMatchObject({
      code: "delivery_failed",
    });
    expect(acts).toEqual([]);
  });

  test("somebody without an address on file: nothing to do, and it says so", async () => {
    await app.start({ ...setup({ addressOf: () => undefined }), clock: app.clock });
    ada = await administrator(app);
    expect((await perform(app, ada, TOM, "reset")).json).toMatchObject({ code: "conflict" });
    expect((await ada.get(`${await personUrl(app, TOM)}/reset`)).status).toBe(200);
    expect(await app.secondFactor.admin.sendResetLink(await idOf(TOM), BECAUSE)).toBe(false);
  });

  test("the page offers to switch the second factor off to whoever has one", async () => {
    await prove(app, ada, TOM, "reset");
    expect((await ada.page(`${await personUrl(app, TOM)}/reset`)).text).toContain(
      "Also switch off two-factor authentication",
    );
    await prove(app, ada, GUS, "reset");
    expect((await ada.page(`${await personUrl(app, GUS)}/reset`)).text).not.toContain("Also switch off");
  });

  test("is not there where nothing can be mailed", async () => {
    await app.start({ ...setup({ delivery: undefined }), clock: app.clock });
    ada = await administrator(app);
    expect((await send(app, ada, TOM, "reset")).status).toBe(404);
    const sent = app.secondFactor.admin.sendResetLink(await idOf(TOM), BECAUSE);
    await expect(sent).rejects.toBeInstanceOf(SecondFactorError);
  });
});

describe("the link", () => {
  test("stands for the password alone: the code is asked for, and then a new password", async () => {
    const tom = app.visitor();
    expect((await tom.post(await link())).json).toMatchObject({ code: "second_factor_required" });
    expect((await tom.get("/account")).status).toBe(401);
    const proven = await tom.post(VERIFY, { code: await nextCode(app) });
    expect(proven.json).toMatchObject({ code: "password_change_required" });
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    expect((await tom.get("/account")).json).toMatchObject({ user: TOM });
  });

  test("for a lost phone: the factor goes off with it, and there is one record for both", async () => {
    const acts: object[] = [];
    app.secondFactor.on("administered", ({ act, disables }) => acts.push({ act, disables }));
    const path = await link({ disable: true });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const tom = app.visitor();
    expect((await tom.post(path)).json).toMatchObject({ code: "password_change_required" });
    expect((await storedUser(app, TOM))["secondFactor"]).toMatchObject({ factors: [] });
    expect((await other.get("/account")).json["page"]).toBe("forbidden");
    expect((await choose(tom, NEW_PASSWORD)).status).toBe(200);
    expect(acts).toEqual([{ act: "reset", disables: true }]);
    await app.secondFactor.settled();
    const notices = onFile.messages().map(({ text }) => text);
    expect(notices.some((text) => text.includes("two-factor authentication goes off with it"))).toBe(true);
  });

  test("until then a password alone gets nowhere: the factor still stands", async () => {
    await link({ disable: true });
    const eve = await app.visitor().post("/login", { email: TOM, password: "correct horse" });
    expect(eve.json).toMatchObject({ code: "second_factor_required" });
  });

  test("a newer link without it takes the place of one that switches off", async () => {
    const first = await link({ disable: true });
    const second = await link();
    expectDead(await app.visitor().post(first));
    expect((await app.visitor().post(second)).json).toMatchObject({ code: "second_factor_required" });
  });

  test("somebody who must have a factor sets one up anew", async () => {
    await app.start({ ...setup({}, { policy: { organisation: "required" } }), clock: app.clock });
    const tom = app.visitor();
    await tom.post(await link({ disable: true }));
    expect((await choose(tom, NEW_PASSWORD)).json).toMatchObject({ code: "enrolment_required" });
    expect((await tom.post(SEND, { factor: "totp" })).status).not.toBe(202);
    expect((await tom.post("/second-factor/enrol/totp")).status).toBe(200);
  });

  test("survives whatever reads mail, works once of fifty, and nothing else is it", async () => {
    const path = await link();
    expect(await scan(app.visitor(), path)).toEqual([200, 200, 200, 200]);
    for (const [what, broken] of await brokenLinks(app, path, GUS)) {
      expect([what, (await app.visitor().post(broken)).status]).toEqual([what, 410]);
    }
    const replies = await Promise.all(Array.from({ length: 50 }, () => app.visitor().post(path)));
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 401)) expectDead(reply);
  });

  test("is over after an hour, by the clock", async () => {
    const path = await link({ disable: true });
    app.clock.advance({ hours: 1 });
    expectDead(await app.visitor().post(path));
    expect((await storedUser(app, TOM))["secondFactor"]).toMatchObject({ factors: ["totp"] });
  });
});
