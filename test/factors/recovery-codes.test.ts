import { describe, expect, test } from "vitest";
import { createCodeHasher } from "../../src/core/code-hash.js";
import type { Tools } from "../../src/core/factor.js";
import type { Challenge, RecoverySet, UserState } from "../../src/core/model.js";
import { createSealer } from "../../src/core/sealing.js";
import { recoveryCodes } from "../../src/factors/recovery-codes.js";
import { emptyState } from "../../src/stores/memory-state.js";
import { manualClock } from "../../src/testing/index.js";
import { KEY, random } from "../core/person.js";

const clock = manualClock();
const tools: Tools = {
  clock,
  random,
  sealer: createSealer([KEY], random),
  codes: createCodeHasher([KEY]),
  issuer: "Acme",
  origin: "https://acme.test",
};
const challenge: Challenge = {
  id: "c1",
  login: "login-1",
  purpose: "login",
  createdAt: clock.now(),
  expiresAt: clock.now(),
  attempts: 1,
};
const CODE = /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/;

async function printed({ count = 2, user = "anna" } = {}) {
  const factor = recoveryCodes({ count });
  const { set, codes } = await factor.generate(user, tools);
  return { factor, set, codes: codes as [string, string] };
}

function verify(set: RecoverySet | undefined, typed: string, user = "anna") {
  const factor = recoveryCodes();
  const empty = emptyState();
  const vault = { ...empty.vault, ...(set ? { recoveryCodes: set } : {}) };
  const state: UserState = { ...empty, factors: ["totp", "recovery-code"], vault };
  const attempt = { user, state, challenge, code: factor.parse(typed) ?? "", at: clock.now() };
  return factor.verify(attempt, tools);
}

describe("a printed set", () => {
  test("has ten codes of 16 letters in groups of four, 80 bits each, none like another", async () => {
    const { set, codes } = await recoveryCodes().generate("anna", tools);
    expect(codes).toHaveLength(10);
    expect(codes.filter((code) => CODE.test(code))).toEqual(codes);
    expect(new Set(codes).size).toBe(10);
    expect(set).toMatchObject({ createdAt: clock.now(), id: expect.stringMatching(/^.{22}$/) });
  });

  test("draws every letter of the alphabet, from every byte alike", async () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
    const counted = (from: number) => ({
      bytes: (length: number) => (length === 16 ? bytes.map((b) => b + from) : bytes),
    });
    const [low, high, wrapped] = await Promise.all(
      [0, 16, 224].map((from) =>
        recoveryCodes({ count: 1 }).generate("anna", { ...tools, random: counted(from) }),
      ),
    );
    expect(low?.codes[0]).toBe("0123-4567-89AB-CDEF");
    expect(high?.codes[0]).toBe("GHJK-MNPQ-RSTV-WXYZ");
    expect(wrapped?.codes[0]).toBe("0123-4567-89AB-CDEF");
  });

  test("is kept without a code in it that could be read, and with a salt of its own", async () => {
    const [one, other] = await Promise.all([printed(), printed()]);
    const kept = JSON.stringify(one.set);
    for (const code of one.codes) {
      expect(kept).not.toContain(code);
      expect(kept).not.toContain(code.replaceAll("-", ""));
    }
    expect(Buffer.from(one.set.salt, "base64url")).toHaveLength(16);
    expect(one.set.salt).not.toBe(other.set.salt);
    expect(new Set(one.set.codes.map(({ id }) => id)).size).toBe(2);
  });

  test("holds hashes of 256 bits", async () => {
    const { set } = await printed({ count: 1 });
    const [entry] = set.codes;
    const context = { user: "anna", kind: "recovery-code", record: `${set.id}/${entry?.id}` };
    expect(tools.sealer.open(entry?.hash ?? "", context).plain).toHaveLength(32);
  });
});

describe("a typed code is read", () => {
  const { parse } = recoveryCodes();

  test.each([
    ["as it is printed", "0123-4567-89AB-CDEF"],
    ["without hyphens", "0123456789ABCDEF"],
    ["in lower case", "0123-4567-89ab-cdef"],
    ["with blanks", " 0123 4567 89AB CDEF\n"],
    ["with another dash, and a mark that pasting brings", "0123–4567—89AB-CDEF\u200b"],
    ["in full-width letters", "０１２３-４５６７-８９ＡＢ-ＣＤＥＦ"],
    ["with the letter O for zero", "o123-4567-89AB-CDEF"],
    ["with the letters I and L for one", "0I23-4567-89AB-CDEF"],
    ["with a small l for one", "0l23-4567-89AB-CDEF"],
  ])("%s", (_, typed) => {
    expect(parse(typed)).toBe("0123456789ABCDEF");
  });

  test.each([
    ["nothing", ""],
    ["15 letters", "0123-4567-89AB-CDE"],
    ["17 letters", "0123-4567-89AB-CDEF0"],
    ["the letter U, which the alphabet leaves out", "U123-4567-89AB-CDEF"],
    ["a letter of another script", "Ж123-4567-89AB-CDEF"],
    ["a star", "*123-4567-89AB-CDEF"],
    ["ten thousand letters", "A".repeat(10_240)],
    ["an array", ["0123456789ABCDEF"]],
    ["a number", 1234567890123456],
    ["an object", { $gt: "" }],
    ["null", null],
    ["undefined", undefined],
  ])("not: %s", (_, typed) => {
    expect(parse(typed)).toBeUndefined();
  });
});

describe("a code", () => {
  test("of the set is right, each of them, and says which it is", async () => {
    const { set, codes } = await printed();
    for (const [i, code] of codes.entries()) {
      const spend = {
        kind: "recovery-code",
        set: set.id,
        code: set.codes[i]?.id,
        left: set.codes.length - 1,
      };
      expect(await verify(set, code)).toEqual({ ok: true, spend });
    }
  });

  test("that was used says so; the others are still right", async () => {
    const { set, codes } = await printed();
    const [first] = set.codes;
    if (first) first.usedAt = clock.now();
    expect(await verify(set, codes[0])).toEqual({ ok: false, hint: "used" });
    expect(await verify(set, codes[1])).toMatchObject({ ok: true });
  });

  test("of another set is wrong, and so is one that is nobody's", async () => {
    const [one, other] = await Promise.all([printed(), printed()]);
    expect(await verify(one.set, other.codes[0])).toEqual({ ok: false });
    expect(await verify(one.set, "0000-0000-0000-0000")).toEqual({ ok: false });
  });

  test("is wrong where the person has no set", async () => {
    const { codes } = await printed();
    expect(await verify(undefined, codes[0])).toEqual({ ok: false });
  });

  test("is wrong under another salt", async () => {
    const { set, codes } = await printed();
    const { set: other } = await printed({ count: 1 });
    expect(await verify({ ...set, salt: other.salt }, codes[0])).toEqual({ ok: false });
  });
});

describe("a set that was meddled with in the database proves nothing", () => {
  const broken = { code: "store_unavailable" };

  test("a changed hash", async () => {
    const { set, codes } = await printed();
    const [first] = set.codes;
    if (first) first.hash = first.hash.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    await expect(verify(set, codes[0])).rejects.toMatchObject(broken);
  });

  test("two codes in each other's place", async () => {
    const { set, codes } = await printed();
    const [first, second] = set.codes;
    const swapped = [
      { ...first, id: second?.id ?? "", hash: first?.hash ?? "" },
      { ...second, id: first?.id ?? "", hash: second?.hash ?? "" },
    ];
    await expect(verify({ ...set, codes: swapped }, codes[0])).rejects.toMatchObject(broken);
  });

  test("codes moved to another set, as after a renewal, or to another person", async () => {
    const { set, codes } = await printed();
    await expect(verify({ ...set, id: "another" }, codes[0])).rejects.toMatchObject(broken);
    await expect(verify(set, codes[0], "ben")).rejects.toMatchObject(broken);
  });
});

describe("options", () => {
  test.each([0, 21, -1, 2.5, Number.NaN, "10"])("count: %j is refused", (count) => {
    expect(() => recoveryCodes({ count: count as number })).toThrow(
      expect.objectContaining({ code: "misconfigured", message: expect.stringContaining("1 to 20") }),
    );
  });

  test.each([1, 20])("count: %i will do", async (count) => {
    const factor = recoveryCodes({ count });
    expect(factor.count).toBe(count);
    expect((await factor.generate("anna", tools)).codes).toHaveLength(count);
  });
});

test("recovery codes cannot be guessed, count for no step-up, and nobody enrols them alone", () => {
  const factor = recoveryCodes();
  expect(factor).toMatchObject({ kind: "recovery-code", guessable: false, primary: false });
  expect(factor.enrol).toBeUndefined();
});
