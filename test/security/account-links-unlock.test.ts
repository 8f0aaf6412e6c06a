// Codes that were switched off after a hundred wrong ones: who gets them switched on again by mail, and how often.
import { createOutbox } from "passport-second-factor";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { afterPassword, nextCode, storedUser, TOM, TOTP_SECRET, VERIFY, WRONG_CODE } from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply } from "../support/visitor.js";
import { brokenLinks, expectDead, mailedLink, scan } from "./account-links.js";

let onFile = createOutbox();
const app = useApp(() => {
  onFile = createOutbox();
  return { options: { notices: { delivery: onFile.mail({ from: "acme@acme.test" }) } } };
});

const FAILURES = "secondFactor.vault.failures";
const mails = () => onFile.messages().filter(({ subject }) => subject === "Wrong codes on your account");

/** Wrong codes until they are switched off: all but the last were counted before. */
async function blocked(counted = 99): Promise<void> {
  const before = mails().length;
  const failures = { count: counted, lastAt: new Date(app.clock.now().getTime() - 3_600_000) };
  await app.User.collection.updateOne({ email: TOM }, { $set: { [`${FAILURES}.login`]: failures } });
  const eve = await afterPassword(app, TOM);
  expect((await eve.post(VERIFY, { code: WRONG_CODE })).json["code"]).toBe("wrong_code");
  await vi.waitFor(() => expect(mails()).toHaveLength(before + 1));
}

interface Kept {
  vault: { failures: { login?: { count: number; lastAt: Date } } };
}
const secondFactor = async () => (await storedUser(app, TOM))["secondFactor"] as Kept;
const failures = async () => (await secondFactor()).vault.failures.login;

async function tryRight(): Promise<Reply> {
  const visitor = await afterPassword(app, TOM);
  return visitor.post(VERIFY, { code: await nextCode(app) });
}

async function tryWrong(): Promise<Reply> {
  const visitor = await afterPassword(app, TOM);
  return visitor.post(VERIFY, { code: WRONG_CODE });
}

beforeEach(async () => {
  await app.connection.collection("second_factor_limits").deleteMany({});
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  await app.addUser({ email: "ada@acme.test", secret: TOTP_SECRET });
  await blocked();
});

test("the right code is refused, and the page says where the way back is", async () => {
  expect((await tryRight()).json).toMatchObject({ code: "locked", blocked: true });
  const tom = await afterPassword(app, TOM);
  await tom.form(VERIFY, { code: WRONG_CODE });
  const page = await tom.page("/second-factor/challenge");
  expect(page.text).toContain("This way is switched off. Use the link we e-mailed you, or ask");
});

describe("the link", () => {
  let path: string;
  beforeEach(async () => {
    path = await mailedLink(onFile, "unlock", TOM);
  });

  test("says until when it works", () => {
    const until = new Date(app.clock.now().getTime() + 72 * 3_600_000).toISOString().slice(0, 10);
    expect(mails()[0]?.text).toContain(`Switch codes on again, until ${until}: https://acme.test${path}`);
  });

  test("lets codes be tried again, signs nobody in, and a right one forgets the wrong ones", async () => {
    app.clock.advance({ hours: 1 });
    const reader = app.visitor();
    expect((await reader.post(path)).json).toEqual({ state: "unlocked" });
    expect((await reader.get("/whoami")).json["user"]).toBeNull();
    expect((await tryRight()).status).toBe(200);
    expect(await failures()).toBeUndefined();
  });

  test("goes on at the old pace: an hour's pause from the last wrong code, and one after each five", async () => {
    await app.visitor().post(path);
    expect((await tryRight()).json).toMatchObject({ code: "locked", blocked: false });
    app.clock.advance({ hours: 1 });
    for (let turn = 0; turn < 5; turn++) expect((await tryWrong()).json["code"]).toBe("wrong_code");
    expect((await failures())?.count).toBe(25);
    app.clock.advance({ minutes: 59 });
    expect((await tryWrong()).json).toMatchObject({ code: "locked", blocked: false });
  });

  test("is mailed once a week: blocked again, only an administrator helps", async () => {
    await app.visitor().post(path);
    await blocked();
    expect(mails()[0]?.text).not.toContain("/unlock/");
    expectDead(await app.visitor().post(path));
    app.clock.advance({ days: 14 });
    await app.User.collection.updateOne({ email: TOM }, { $unset: { [FAILURES]: "" } });
    await blocked();
    expect(await mailedLink(onFile, "unlock", TOM)).not.toBe(path);
  });

  test("changes no factor, session or browser", async () => {
    const before = await secondFactor();
    await app.visitor().post(path);
    const lastAt = (await failures())?.lastAt;
    expect(await secondFactor()).toEqual({
      ...before,
      vault: { ...before.vault, links: [], failures: { login: { count: 20, lastAt } } },
    });
  });

  test("survives whatever reads mail", async () => {
    const before = await storedUser(app, TOM);
    expect(await scan(app.visitor(), path)).toEqual([200, 200, 200, 200]);
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await app.visitor().page(path)).text).toContain("Switch codes on again?");
    expect((await app.visitor().form(path)).text).toContain("Codes work again");
  });

  test("fifty at once: one", async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => app.visitor().post(path)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const reply of replies.filter(({ status }) => status !== 200)) expectDead(reply);
  });

  test("is over after 72 hours, by the clock", async () => {
    app.clock.advance({ hours: 72 });
    expectDead(await app.visitor().post(path));
    expect((await failures())?.count).toBe(100);
  });

  test("a link that is not quite it: 410 and nothing happens", async () => {
    const before = await storedUser(app, TOM);
    for (const [what, broken] of await brokenLinks(app, path, "ada@acme.test")) {
      const replies = [await app.visitor().get(broken), await app.visitor().post(broken)];
      expect([what, ...replies.map(({ status }) => status)]).toEqual([what, 410, 410]);
    }
    expect(await storedUser(app, TOM)).toEqual(before);
  });
});
