// The contract's part on codes that were sent and come back: each is spent once, and only the newest.
import { describe, expect, test } from "vitest";
import type { Enrolment, PendingEnrolment, SentCode } from "../../src/core/model.js";
import type { Completion } from "../../src/core/store.js";
import {
  confirmation,
  ENROL,
  inMinutes,
  LOGIN,
  NOW,
  pending,
  racers,
  type Subject,
  sendReservation,
  sentCode,
  wins,
} from "./store-records.js";

const ADDRESS = "anna@acme.test";

/** An enrolment of an address, which has no secret. */
function enrolled(changes: Partial<PendingEnrolment> = {}): PendingEnrolment {
  const { secret: _, ...enrolment } = pending({ id: "e-mail", address: ADDRESS, ...changes });
  return enrolment;
}

function completion(changes: Partial<Completion> = {}): Completion {
  const spend = { kind: "sent-code", factor: "email", enrolment: "e-mail", hash: "hash-1" } as const;
  return { ...LOGIN, at: NOW, spend, reset: [], ...changes };
}

export function describeSpentCodes({ store, ref, state, vault, open }: Subject): void {
  const withEmail = () => store().importEnrolment(ref(), "email", enrolled());
  const complete = (changes: Partial<Completion> = {}) =>
    store().completeChallenge(ref(), completion(changes));

  describe("completing with a code that was sent", () => {
    test("closes the challenge, which takes the code with it, and notes the use", async () => {
      await withEmail();
      await open({ code: sentCode() }, { id: "c2", ...ENROL });
      expect(await complete({ at: inMinutes(1) })).toBe(true);
      const { challenges, enrolments } = await vault();
      expect(challenges.map(({ id }) => id)).toEqual(["c2"]);
      expect(enrolments.email?.active).toEqual<Enrolment>({
        id: "e-mail",
        address: ADDRESS,
        createdAt: NOW,
        confirmedAt: NOW,
        lastUsedAt: inMinutes(1),
      });
      expect(await complete({ at: inMinutes(1) })).toBe(false);
    });

    test.each<[string, Partial<SentCode> | undefined, Partial<Completion>]>([
      ["a superseded code", { hash: "hash-2" }, {}],
      ["a challenge that no code was sent for", undefined, {}],
      ["an expired code", { expiresAt: inMinutes(5) }, { at: inMinutes(5) }],
      ["an expired challenge", { expiresAt: inMinutes(60) }, { at: inMinutes(10) }],
      ["another login", {}, { login: "other" }],
      ["another purpose", {}, { purpose: "action:payout" }],
      [
        "another enrolment",
        {},
        { spend: { kind: "sent-code", factor: "email", enrolment: "e-old", hash: "hash-1" } },
      ],
      [
        "another factor",
        {},
        { spend: { kind: "sent-code", factor: "sms", enrolment: "e-mail", hash: "hash-1" } },
      ],
    ])("%s: lost, and nothing changes", async (_, code, changes) => {
      await withEmail();
      await open(code ? { code: sentCode(code) } : {});
      const before = await state();
      expect(await complete({ reset: ["login"], ...changes })).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("a code on one challenge does not complete another", async () => {
      await withEmail();
      await open({ code: sentCode() }, { id: "c2", login: "login-2" });
      expect(await complete({ login: "login-2" })).toBe(false);
    });

    test("a code that was superseded between reading and spending is lost", async () => {
      await withEmail();
      await open({});
      await store().reserveSend(ref(), sendReservation());
      const code = sentCode({ hash: "hash-2", sentAt: inMinutes(2) });
      await store().reserveSend(ref(), sendReservation({ code }));
      expect(await complete({ at: inMinutes(2) })).toBe(false);
      const spend = { kind: "sent-code", factor: "email", enrolment: "e-mail", hash: "hash-2" } as const;
      expect(await complete({ at: inMinutes(2), spend })).toBe(true);
    });

    test("of fifty at once one wins", async () => {
      await withEmail();
      await open({ code: sentCode() });
      expect(wins(await racers(50, () => complete()))).toBe(1);
      expect((await vault()).challenges).toEqual([]);
    });
  });

  describe("confirming an enrolment with a code that was sent", () => {
    const ENROL_EMAIL = { login: "login-1", purpose: "enrol:email" } as const;
    const { step: _, ...plain } = confirmation({ kind: "email", enrolment: enrolled(), code: "hash-1" });
    const confirm = (changes = {}) => store().confirmEnrolment(ref(), { ...plain, ...changes });
    const withPending = async (code: SentCode | undefined) => {
      await store().beginEnrolment(ref(), "email", enrolled(), { at: NOW });
      await open({ id: "c-enrol", ...ENROL_EMAIL, expiresAt: inMinutes(20), ...(code ? { code } : {}) });
    };

    test("keeps the address as the factor's, and takes away what was suggested", async () => {
      await store().suggestAddress(ref(), "email", "old@acme.test");
      await store().suggestAddress(ref(), "sms", "+15005550006");
      await withPending(sentCode());
      expect(await confirm({ at: inMinutes(1) })).toBe(true);
      expect((await state()).factors).toEqual(["email"]);
      expect((await vault()).enrolments).toEqual({
        email: {
          active: {
            id: "e-mail",
            address: ADDRESS,
            createdAt: NOW,
            confirmedAt: inMinutes(1),
            lastUsedAt: inMinutes(1),
          },
        },
        sms: { suggested: "+15005550006" },
      });
    });

    test.each<[string, SentCode | undefined, object]>([
      ["a superseded code", sentCode({ hash: "hash-2" }), {}],
      ["no code on the challenge", undefined, {}],
      ["an expired code", sentCode(), { at: inMinutes(10) }],
    ])("%s: not confirmed, and nothing changes", async (_, code, changes) => {
      await withPending(code);
      const before = await state();
      expect(await confirm(changes)).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("the code must be on the enrolment's own challenge", async () => {
      await withPending(undefined);
      await open({ code: sentCode() });
      expect(await confirm({ closesLogin: true })).toBe(false);
    });

    test("of fifty at once one wins", async () => {
      await withPending(sentCode());
      expect(wins(await racers(50, () => confirm()))).toBe(1);
      expect((await state()).sessionGeneration).toBe(1);
    });
  });
}
