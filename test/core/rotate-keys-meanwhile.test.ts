// A change of keys while the app runs: what people do meanwhile is not undone, and nothing old comes back.
import { expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { confirmEnrolment } from "../../src/core/confirmation.js";
import { rotateKeys } from "../../src/core/rotate-keys.js";
import { KEY, type Person, personWithRecoveryCodes } from "./person.js";
import { bothKeys, enrolling, people, withVerbs } from "./rotation.js";

const expectOldKeyGone = async (person: Person) =>
  expect(JSON.stringify(await person.vault())).not.toContain(KEY.id);

const LOGIN = { login: "login-1", purpose: "login", allowed: ["totp"], factor: "totp" } as const;

test("somebody signs in between the reading and the writing: both hold", async () => {
  const person = await personWithRecoveryCodes();
  const parts = bothKeys(person.parts);
  let signedIn: unknown;
  const racing = withVerbs(parts, {
    async reseal(ref, resealing) {
      signedIn ??= await answerChallenge(parts, ref, { ...LOGIN, code: await person.app.code() });
      return parts.store.reseal(ref, resealing);
    },
  });
  await person.open();
  expect(await rotateKeys(racing)).toEqual({ people: 1, resealed: 1, failed: [] });
  expect(signedIn).toMatchObject({ ok: true });
  expect((await person.vault()).enrolments.totp?.active?.lastStep).toBeGreaterThan(0);
  await expectOldKeyGone(person);
});

test("it happens between the two writes of a sign-in: both hold", async () => {
  const person = await personWithRecoveryCodes();
  const parts = bothKeys(person.parts);
  const racing = withVerbs(parts, {
    async completeChallenge(ref, completion) {
      await rotateKeys(parts);
      return parts.store.completeChallenge(ref, completion);
    },
  });
  await person.open();
  const answer = { ...LOGIN, code: await person.app.code() };
  expect(await answerChallenge(racing, person.ref, answer)).toMatchObject({ ok: true });
  await expectOldKeyGone(person);
});

test("it happens between the two writes of an enrolment: the old value does not come back, and the next code is right", async () => {
  const person = await enrolling();
  const parts = bothKeys(person.parts);
  const racing = withVerbs(parts, {
    async confirmEnrolment(ref, confirmation) {
      await rotateKeys(parts);
      return parts.store.confirmEnrolment(ref, confirmation);
    },
  });
  const lost = { ok: false, reason: "nothing-pending" };
  expect(await confirmEnrolment(racing, person.ref, await person.firstCode())).toEqual(lost);
  await expectOldKeyGone(person);
  expect(await person.failures("signedIn")).toBe(0);
  expect(await confirmEnrolment(parts, person.ref, await person.firstCode())).toMatchObject({ ok: true });
  await expectOldKeyGone(person);
});

test("somebody is deleted: there is nothing left to do, and nothing failed", async () => {
  const parts = bothKeys(await people(3));
  const { store } = parts;
  const gone = withVerbs(parts, {
    reseal: async (ref, resealing) => ref.id !== "user-1" && store.reseal(ref, resealing),
    read: async (ref) => (ref.id === "user-1" ? undefined : store.read(ref)),
  });
  expect(await rotateKeys(gone)).toEqual({ people: 3, resealed: 2, failed: [] });
});

test("somebody changes again and again: they are named, for the next run", async () => {
  const parts = bothKeys(await people(3));
  const { store } = parts;
  const busy = withVerbs(parts, {
    reseal: async (ref, resealing) => ref.id !== "user-1" && store.reseal(ref, resealing),
  });
  const failed = [{ user: "user-1", why: expect.stringContaining("run this again") }];
  expect(await rotateKeys(busy)).toEqual({ people: 3, resealed: 2, failed });
});

test("the database goes away: it ends at once, and the next run does the rest", async () => {
  const parts = bothKeys(await people(100));
  const { store } = parts;
  let writes = 0;
  const dying = withVerbs(parts, {
    async reseal(ref, resealing) {
      if (++writes > 20) throw new Error("the database is away");
      return store.reseal(ref, resealing);
    },
  });
  await expect(rotateKeys(dying)).rejects.toThrow("the database is away");
  expect(writes).toBeLessThan(40);
  expect(await rotateKeys(parts)).toEqual({ people: 100, resealed: 80, failed: [] });
});
