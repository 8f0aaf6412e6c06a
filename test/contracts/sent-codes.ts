// The contract's part on codes that are sent: counted before they leave, taken back, spent once.
import { describe, expect, test } from "vitest";
import { later } from "../../src/core/clock.js";
import type { Challenge, Enrolment, PendingEnrolment, SentCode } from "../../src/core/model.js";
import type { Completion, SendReservation } from "../../src/core/store.js";
import {
  challenge,
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

export function describeSentCodes({ store, ref, state, vault, open }: Subject): void {
  const reserve = (changes: Partial<SendReservation> = {}) =>
    store().reserveSend(ref(), sendReservation(changes));
  const undo = (changes: Partial<SendReservation> = {}) => store().undoSend(ref(), sendReservation(changes));
  const codeOf = async (id = "c1") => (await vault()).challenges.find((it) => it.id === id)?.code;
  const withEmail = () => store().importEnrolment(ref(), "email", enrolled());
  const complete = (changes: Partial<Completion> = {}) =>
    store().completeChallenge(ref(), completion(changes));
  /** Sends so many codes, at these moments, for a challenge of each one's own. */
  const sendAt = async (...times: Date[]) => {
    for (const at of times) {
      const login = `at-${at.getTime()}`;
      const other = challenge({ id: login, login, expiresAt: later(at, 600) });
      await store().openChallenge(ref(), other);
      const code = sentCode({ sentAt: at, hash: login });
      await store().reserveSend(ref(), sendReservation({ login, challenge: other, code, quotas: [] }));
      await store().closeChallenge(ref(), other);
    }
  };

  describe("reserving a code to be sent", () => {
    test("puts it on its challenge alone, and notes the time", async () => {
      await open({}, { id: "c2", ...ENROL }, { id: "c3", login: "login-3" });
      expect(await reserve()).toBe(true);
      const { challenges, sends } = await vault();
      expect(challenges).toEqual([
        challenge({ code: sentCode() }),
        challenge({ id: "c2", ...ENROL }),
        challenge({ id: "c3", login: "login-3" }),
      ]);
      expect(sends).toEqual([NOW]);
    });

    test("puts it in the place of the one before, and keeps the attempts", async () => {
      await open({ attempts: 4, code: sentCode() });
      const code = sentCode({ hash: "hash-2", sentAt: inMinutes(2), resent: true });
      expect(await reserve({ code })).toBe(true);
      expect((await vault()).challenges).toEqual([challenge({ attempts: 4, code })]);
    });

    test.each<[string, Partial<Challenge>, Partial<SendReservation>]>([
      ["no challenge", { login: "other" }, {}],
      ["one for another purpose", { purpose: "action:payout" }, {}],
      ["another than was read", { id: "c2" }, {}],
      ["an expired one", { expiresAt: NOW }, {}],
      ["one without attempts left", { attempts: 5 }, {}],
      ["one to be renewed that has attempts left", { attempts: 4 }, { renewedAs: "c2" }],
      ["an expired one to be renewed", { attempts: 5, expiresAt: NOW }, { renewedAs: "c2" }],
    ])("%s: lost, and nothing changes", async (_, changes, wanted) => {
      await open(changes);
      const before = await state();
      expect(await reserve(wanted)).toBe(false);
      expect(await state()).toEqual(before);
    });

    test("a challenge whose attempts are used up begins afresh under the new id, and its expiry stays", async () => {
      await open({ attempts: 5, code: sentCode({ hash: "hash-0" }) });
      expect(await reserve({ renewedAs: "c2" })).toBe(true);
      expect((await vault()).challenges).toEqual([challenge({ id: "c2", code: sentCode() })]);
    });

    test.each<[string, number[], boolean]>([
      ["another 59 seconds ago", [-59], false],
      ["another 60 seconds ago", [-60], true],
      ["three, the first within ten minutes", [-599, -300, -60], false],
      ["three, the first ten minutes ago", [-600, -300, -60], true],
      ["two, both just outside a minute", [-61, -60], true],
    ])("%s: allowed as the quotas say", async (_, seconds, allowed) => {
      await sendAt(...seconds.map((second) => later(NOW, second)));
      await open({});
      const before = await state();
      expect(await reserve()).toBe(allowed);
      if (!allowed) expect(await state()).toEqual(before);
      else expect((await vault()).sends[0]).toEqual(NOW);
    });

    test("ten times are remembered, the newest first", async () => {
      const times = Array.from({ length: 12 }, (_, index) => inMinutes(index));
      await sendAt(...times);
      expect((await vault()).sends).toEqual(times.slice(2).reverse());
    });

    test("the tenth of the last day is seen", async () => {
      await sendAt(...Array.from({ length: 10 }, (_, index) => inMinutes(index - 120)));
      await open({});
      const quotas = (minutes: number) => [{ count: 10, since: inMinutes(minutes) }];
      expect(await reserve({ quotas: quotas(-121) })).toBe(false);
      expect(await reserve({ quotas: quotas(-120) })).toBe(true);
    });

    test("of twenty at once one wins", async () => {
      await open({});
      const results = await racers(20, (index) => reserve({ code: sentCode({ hash: `hash-${index}` }) }));
      expect(wins(results)).toBe(1);
      expect((await vault()).sends).toEqual([NOW]);
      expect((await codeOf())?.hash).toBe(`hash-${results.indexOf(true)}`);
    });

    test("of twenty at once over four challenges one wins", async () => {
      const logins = ["a", "b", "c", "d"];
      await open(...logins.map((login) => ({ id: login, login })));
      const results = await racers(20, (index) => {
        const login = logins[index % 4] ?? "";
        return reserve({ login, challenge: challenge({ id: login, login }) });
      });
      expect(wins(results)).toBe(1);
      expect((await vault()).challenges.filter(({ code }) => code !== undefined)).toHaveLength(1);
    });

    test("of twenty renewals at once one wins", async () => {
      await open({ attempts: 5 });
      const results = await racers(20, (index) => reserve({ renewedAs: `new-${index}`, quotas: [] }));
      expect(wins(results)).toBe(1);
      expect((await vault()).challenges[0]?.id).toBe(`new-${results.indexOf(true)}`);
    });
  });

  describe("undoing a send", () => {
    const OLD = sentCode({ hash: "hash-0", sentAt: inMinutes(-5) });

    test("gives its time back, and leaves no code where there was none", async () => {
      await sendAt(inMinutes(-5));
      await open({ attempts: 2 });
      const before = await state();
      await reserve();
      expect(await undo()).toBe(true);
      expect(await state()).toEqual(before);
      expect(await reserve()).toBe(true);
    });

    test("restores the code before, on its challenge alone", async () => {
      await open({ code: OLD }, { id: "c2", ...ENROL, code: sentCode({ hash: "hash-9" }) });
      const before = await state();
      const mine = { challenge: challenge({ code: OLD }) };
      await reserve(mine);
      expect(await undo(mine)).toBe(true);
      expect(await state()).toEqual(before);
    });

    test("is done once", async () => {
      await sendAt(inMinutes(-5));
      await open({});
      await reserve();
      const results = await racers(20, () => undo());
      expect(wins(results)).toBe(1);
      expect((await vault()).sends).toEqual([inMinutes(-5)]);
    });

    test("is lost where another code was sent since", async () => {
      await open({});
      await reserve();
      const code = sentCode({ hash: "hash-2", sentAt: inMinutes(2) });
      await reserve({ code });
      const before = await state();
      expect(await undo()).toBe(false);
      expect(await state()).toEqual(before);
    });

    test.each<[string, Partial<Challenge>]>([
      ["with another code", { code: sentCode({ hash: "hash-2" }) }],
      ["without a code", {}],
    ])("leaves a challenge alone that was opened anew since, %s", async (_, changes) => {
      await open({ code: OLD });
      const mine = { challenge: challenge({ code: OLD }) };
      await reserve(mine);
      await open({ id: "c2", ...changes });
      expect(await undo(mine)).toBe(true);
      const { challenges, sends } = await vault();
      expect(challenges).toEqual([challenge({ id: "c2", ...changes })]);
      expect(sends).toEqual([]);
    });

    test("gives the time back also where the challenge is gone", async () => {
      await open({});
      await reserve();
      await store().closeChallenge(ref(), LOGIN);
      expect(await undo()).toBe(true);
      expect((await vault()).sends).toEqual([]);
    });

    test("of nothing is lost", async () => {
      expect(await undo()).toBe(false);
      await open({ code: sentCode() });
      expect(await undo()).toBe(false);
      expect(await codeOf()).toEqual(sentCode());
    });

    test("does not undo a renewal, and brings no code back that was bound to the old id", async () => {
      await open({ attempts: 5, code: OLD });
      const mine = { renewedAs: "c2", challenge: challenge({ attempts: 5, code: OLD }) };
      await reserve(mine);
      expect(await undo(mine)).toBe(true);
      expect((await vault()).challenges).toEqual([challenge({ id: "c2" })]);
      expect((await vault()).sends).toEqual([]);
    });
  });

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
      await reserve();
      await reserve({ code: sentCode({ hash: "hash-2", sentAt: inMinutes(2) }) });
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
