import { describe, expect, test } from "vitest";
import { answerChallenge } from "../../src/core/challenge.js";
import { confirmEnrolment } from "../../src/core/confirmation.js";
import { type Progress, rotateKeys } from "../../src/core/rotate-keys.js";
import { temporaryContext } from "../../src/core/sealing.js";
import { sendCode } from "../../src/core/sent-code.js";
import { authenticator } from "../../src/testing/index.js";
import { KEY, newPerson, type Person, personWithPost, personWithRecoveryCodes, SECRET } from "./person.js";
import { bothKeys, enrolling, LOST, newKeyOnly, people } from "./rotation.js";

const LOGIN = { login: "login-1", purpose: "login" } as const;
const ALL_DONE = { people: 1, resealed: 1, failed: [] };

const expectOldKeyGone = async (person: Person) =>
  expect(JSON.stringify(await person.vault())).not.toContain(KEY.id);

describe("a change of keys", () => {
  test("seals app and recovery codes anew, after which they open without the old key", async () => {
    const person = await personWithRecoveryCodes();
    expect(await rotateKeys(bothKeys(person.parts))).toEqual(ALL_DONE);
    await expectOldKeyGone(person);
    const asked = { ...LOGIN, allowed: ["totp", "recovery-code"] } as const;
    const codes = {
      totp: await authenticator(SECRET, person.clock).code(),
      "recovery-code": person.codes[1],
    };
    for (const factor of ["totp", "recovery-code"] as const) {
      await person.open();
      const answer = { ...asked, factor, code: codes[factor] };
      expect(await answerChallenge(newKeyOnly(person.parts), person.ref, answer)).toMatchObject({ ok: true });
    }
  });

  test("seals a temporary password anew", async () => {
    const { store, ref, parts, clock, vault } = newPerson();
    const context = temporaryContext("anna", "t1");
    const hash = parts.tools.sealer.seal(Buffer.from("a hash"), context);
    const temporary = { id: "t1", salt: "salt", hash, replaces: "digest", expiresAt: clock.now() };
    await store.setTemporaryPassword(ref, temporary);
    expect(await rotateKeys(bothKeys(parts))).toEqual(ALL_DONE);
    const { temporaryPassword: kept } = await vault();
    expect(kept).toEqual({ ...temporary, hash: expect.any(String) });
    const { plain } = newKeyOnly(parts).tools.sealer.open(kept?.hash ?? "", context);
    expect(Buffer.from(plain).toString()).toBe("a hash");
  });

  test("finds nothing the second time", async () => {
    const person = await personWithRecoveryCodes();
    await rotateKeys(bothKeys(person.parts));
    const before = await person.state();
    expect(await rotateKeys(bothKeys(person.parts))).toEqual({ ...ALL_DONE, resealed: 0 });
    expect(await person.state()).toEqual(before);
  });

  test("looks at nobody of whom nothing is kept", async () => {
    const { parts } = newPerson();
    expect(await rotateKeys(bothKeys(parts))).toEqual({ people: 0, resealed: 0, failed: [] });
  });

  test("reaches an enrolment that waits for its first code, which then makes it active", async () => {
    const person = await enrolling();
    await rotateKeys(bothKeys(person.parts));
    await expectOldKeyGone(person);
    const confirmed = confirmEnrolment(newKeyOnly(person.parts), person.ref, await person.firstCode());
    expect(await confirmed).toMatchObject({ ok: true });
  });

  test("takes an enrolment away that nobody finished, though its key is gone already", async () => {
    const person = await enrolling();
    person.clock.advance({ hours: 1 });
    expect(await rotateKeys(newKeyOnly(person.parts))).toEqual(ALL_DONE);
    expect((await person.vault()).enrolments).toEqual({ totp: {} });
  });

  test("drops a code on its way, which costs the person nothing, and they ask for another", async () => {
    const person = await personWithPost();
    const asked = { ...LOGIN, allowed: ["email"], factor: "email" } as const;
    const send = { ...asked, account: "anna", opensFor: 600 };
    await sendCode(person.parts, person.ref, send);
    const code = person.post.code();
    expect(await rotateKeys(bothKeys(person.parts))).toEqual(ALL_DONE);
    await expectOldKeyGone(person);
    const parts = newKeyOnly(person.parts);
    const expired = { ok: false, reason: "challenge-expired", over: false };
    expect(await answerChallenge(parts, person.ref, { ...asked, code })).toEqual(expired);
    expect(await person.failures()).toBe(0);
    person.clock.advance({ minutes: 1 });
    expect(await sendCode(parts, person.ref, send)).toMatchObject({ ok: true });
  });

  test("tells how far it is, of how many", async () => {
    const told: Progress[] = [];
    await rotateKeys(bothKeys(await people(20)), { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => ({ done: i + 1, total: 20 })));
  });
});

describe("somebody whose values do not open", () => {
  test("is named with why, stays as they are, and holds nobody up", async () => {
    const parts = await people(3);
    await parts.store.importEnrolment({ id: "user-1" }, "passkey", LOST);
    const before = await parts.store.read({ id: "user-1" });
    const why = expect.stringContaining('key "lost", which is not in `keys`');
    const failed = [{ user: "user-1", why }];
    expect(await rotateKeys(bothKeys(parts))).toEqual({ people: 3, resealed: 2, failed });
    expect(await parts.store.read({ id: "user-1" })).toEqual(before);
  });

  test("is told of without the value, where it was altered", async () => {
    const parts = await people(1);
    const altered = { ...LOST, secret: `v1.${KEY.id}.c2VjcmV0` };
    await parts.store.importEnrolment({ id: "user-0" }, "passkey", altered);
    const { failed } = await rotateKeys(bothKeys(parts));
    expect(failed).toEqual([{ user: "user-0", why: expect.stringContaining("does not open") }]);
    expect(JSON.stringify(failed)).not.toContain("c2VjcmV0");
  });

  test("is told of where it is no text at all", async () => {
    const parts = await people(1);
    await parts.store.importEnrolment({ id: "user-0" }, "passkey", { ...LOST, secret: 7 as never });
    const { failed } = await rotateKeys(bothKeys(parts));
    expect(failed).toMatchObject([{ user: "user-0", why: expect.any(String) }]);
  });
});
