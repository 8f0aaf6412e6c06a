// The contract's part on codes being sent: counted and in force before they leave, and taken back.
import { describe, expect, test } from "vitest";
import { later } from "../../src/core/clock.js";
import type { Challenge } from "../../src/core/model.js";
import type { SendReservation } from "../../src/core/store.js";
import {
  challenge,
  ENROL,
  inMinutes,
  LOGIN,
  NOW,
  racers,
  type Subject,
  sendReservation,
  sentCode,
  wins,
} from "./store-records.js";

export function describeSentCodes({ store, ref, state, vault, open }: Subject): void {
  const reserve = (changes: Partial<SendReservation> = {}) =>
    store().reserveSend(ref(), sendReservation(changes));
  const undo = (changes: Partial<SendReservation> = {}) => store().undoSend(ref(), sendReservation(changes));
  const codeOf = async (id = "c1") => (await vault()).challenges.find((it) => it.id === id)?.code;
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

    test("sets the challenge's end, and puts it back where the message was not sent", async () => {
      await open({});
      const before = (await vault()).challenges;
      const reservation = sendReservation({ expiresAt: inMinutes(25), quotas: [] });
      expect(await store().reserveSend(ref(), reservation)).toBe(true);
      expect((await vault()).challenges[0]?.expiresAt).toEqual(inMinutes(25));
      expect(await store().undoSend(ref(), reservation)).toBe(true);
      expect((await vault()).challenges).toEqual(before);
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
}
