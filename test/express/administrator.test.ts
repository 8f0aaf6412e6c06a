// An administrator's fresh code that is bound to one act on one person: asked for, looked at, used up.
import type { Request } from "express";
import { describe, expect, test } from "vitest";
import { actionsOf } from "../../src/core/actions.js";
import { answerChallenge, openChallenge } from "../../src/core/challenge.js";
import { type Administrator, hasProven, spendProof } from "../../src/express/administrator.js";
import { noteAsked } from "../../src/express/route.js";
import type { Runtime } from "../../src/express/runtime.js";
import type { SignedIn } from "../../src/express/session.js";
import { personWithTotp } from "../core/person.js";

const ON_BOB = "disable bob";
const ADMINISTER = { action: "administer", returnTo: "/second-factor/admin/users/bob" };

/** Anna, who may administer, at her keyboard. */
async function anna() {
  const person = await personWithTotp();
  const runtime = { ...person.parts, actions: actionsOf({}) } as Runtime;
  const record = { state: "signed-in", user: person.ref.id, login: "login-1" } as SignedIn;
  const standing = await person.state();
  const administrator = { person: { ref: person.ref, standing }, record } as unknown as Administrator;
  const request = (accept: string) =>
    ({
      session: { secondFactor: record },
      get: (name: string) => (name === "accept" ? accept : undefined),
    }) as unknown as Request;
  return {
    record,
    ask: (target?: string, words?: string, accept = "text/html") =>
      noteAsked(runtime, request(accept), {
        ...ADMINISTER,
        ...(target ? { target } : {}),
        ...(words ? { words } : {}),
      }),
    /** Answers what was asked last. */
    async prove() {
      const { target } = record.stepUp ?? {};
      const key = { login: "login-1", purpose: "action:administer" as const, ...(target ? { target } : {}) };
      await openChallenge(runtime, person.ref, { ...key, seconds: 600 });
      const code = await person.app.code();
      person.clock.advance({ seconds: 30 });
      return answerChallenge(runtime, person.ref, { ...key, allowed: ["totp"], factor: "totp", code });
    },
    has: (target?: string) => hasProven(runtime, administrator, target),
    spend: (target?: string) => spendProof(runtime, administrator, target),
  };
}

describe("a code for an act on one person", () => {
  test("is good for that, once, and for nothing else", async () => {
    const { ask, prove, has, spend } = await anna();
    ask(ON_BOB);
    expect(await prove()).toMatchObject({ ok: true });
    expect([await has(ON_BOB), await has("disable eve"), await has()]).toEqual([true, false, false]);
    expect([await spend("disable eve"), await spend()]).toEqual([false, false]);
    expect([await spend(ON_BOB), await spend(ON_BOB)]).toEqual([true, false]);
  });

  test("is not what a code for any act is", async () => {
    const { ask, prove, has, spend } = await anna();
    ask();
    await prove();
    expect([await has(ON_BOB), await spend(ON_BOB)]).toEqual([false, false]);
    expect([await has(), await spend()]).toEqual([true, true]);
  });

  test("is asked for in words of its own, and kept as a digest", async () => {
    const { ask, record } = await anna();
    const { target } = ask(ON_BOB, "switch it off for bob");
    expect(target).toMatch(/^[\w-]{43}$/);
    expect(record.stepUp).toEqual({ ...ADMINISTER, target, words: "switch it off for bob" });
    ask(ON_BOB);
    expect(record.stepUp?.words).toBe("change settings for everybody");
  });

  test("asked for by a client leaves a page that waits for the same its way back, and no other", async () => {
    const { ask, record } = await anna();
    const asked = ask(ON_BOB);
    ask(ON_BOB, undefined, "*/*");
    expect(record.stepUp).toEqual({ ...asked, returnTo: ADMINISTER.returnTo });
    ask("disable eve", undefined, "*/*");
    expect(record.stepUp).not.toHaveProperty("returnTo");
    expect(record.stepUp?.target).not.toBe(asked.target);
  });
});
