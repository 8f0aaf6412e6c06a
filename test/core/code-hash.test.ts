import { describe, expect, test } from "vitest";
import { type CodeBinding, createCodeHasher } from "../../src/core/code-hash.js";
import { KEY, OTHER_KEY } from "./person.js";

const BINDING: CodeBinding = {
  user: "anna",
  purpose: "login",
  challenge: "c1",
  factor: "email",
  enrolment: "e1",
  code: "123456",
};

const hasher = createCodeHasher([KEY]);

describe("a code at rest", () => {
  const stored = hasher.hash(BINDING);

  test("names its key, is 256 bits, and cannot be read", () => {
    const [id, value, ...more] = stored.split(".");
    expect([id, more]).toEqual([KEY.id, []]);
    expect(Buffer.from(value ?? "", "base64url")).toHaveLength(32);
    expect(stored).not.toContain(BINDING.code);
    expect(stored).not.toContain(Buffer.from(BINDING.code).toString("base64url"));
  });

  test("matches what it is bound to, and is the same each time", () => {
    expect(hasher.matches(stored, { ...BINDING })).toBe(true);
    expect(hasher.hash({ ...BINDING })).toBe(stored);
  });

  test.each<Partial<CodeBinding>>([
    { user: "ben" },
    { purpose: "enrol:email" },
    { purpose: "action:payout" },
    { challenge: "c2" },
    { factor: "sms" },
    { enrolment: "e2" },
    { code: "123457" },
    { code: "0123456" },
    { code: "" },
  ])("is worth nothing for %j", (changes) => {
    expect(hasher.matches(stored, { ...BINDING, ...changes })).toBe(false);
    expect(hasher.hash({ ...BINDING, ...changes })).not.toBe(stored);
  });

  test("is not confused by parts that run into each other", () => {
    const one = hasher.hash({ ...BINDING, user: "ann", challenge: "ac1" });
    expect(hasher.matches(one, { ...BINDING, user: "anna", challenge: "c1" })).toBe(false);
    const quoted = hasher.hash({ ...BINDING, challenge: 'c1","email' });
    expect(hasher.matches(quoted, { ...BINDING, challenge: "c1" })).toBe(false);
  });

  const [id, value = ""] = stored.split(".");
  test.each([
    ["one letter changed", `${id}.${value.startsWith("A") ? "B" : "A"}${value.slice(1)}`],
    ["cut short", stored.slice(0, -4)],
    ["longer", `${stored}AAAA`],
    ["no value", `${id}.`],
    ["not even a dot", `${id}`],
    ["letters that are no base64url", `${id}.${"€".repeat(43)}`],
  ])("that was meddled with matches nothing: %s", (_, meddled) => {
    expect(hasher.matches(meddled, BINDING)).toBe(false);
  });
});

describe("keys", () => {
  const old = createCodeHasher([OTHER_KEY]);
  const rotated = createCodeHasher([KEY, OTHER_KEY]);

  test("the first hashes; what another one hashed still matches", () => {
    const before = old.hash(BINDING);
    expect(rotated.hash(BINDING)).toBe(hasher.hash(BINDING));
    expect(rotated.matches(before, BINDING)).toBe(true);
    expect(rotated.matches(before, { ...BINDING, code: "654321" })).toBe(false);
  });

  test("a hash is one key's own: under another one's name it matches nothing", () => {
    const [, value] = old.hash(BINDING).split(".");
    expect(rotated.matches(`${KEY.id}.${value}`, BINDING)).toBe(false);
  });

  test.each([old.hash(BINDING), "", "constructor.AAAA", "__proto__.AAAA"])(
    "one that is no longer there is an error that names it and no code: %j",
    (stored) => {
      expect(() => hasher.matches(stored, BINDING)).toThrow(
        expect.objectContaining({
          code: "misconfigured",
          message: expect.stringContaining(
            `key "${stored.split(".")[0]}", which is not in \`keys\`: add it back`,
          ),
        }),
      );
      expect(() => hasher.matches(stored, BINDING)).not.toThrow(BINDING.code);
    },
  );

  test("without any, nothing is hashed", () => {
    expect(() => createCodeHasher([])).toThrow("`keys` is empty");
  });
});

describe("a digest", () => {
  const digest = hasher.digest("address", "email", "anna@acme.test");

  test("is 256 bits, the same each time, and cannot be read", () => {
    expect(hasher.digest("address", "email", "anna@acme.test")).toBe(digest);
    expect(Buffer.from(digest, "base64url")).toHaveLength(32);
  });

  test.each([
    ["use", hasher.digest("browser", "email", "anna@acme.test")],
    ["first part", hasher.digest("address", "sms", "anna@acme.test")],
    ["last part", hasher.digest("address", "email", "ben@acme.test")],
    ["number of parts", hasher.digest("address", "email", "anna@acme.test", "")],
    ["parting", hasher.digest("address", "emailanna@acme.test")],
    ["key", createCodeHasher([OTHER_KEY]).digest("address", "email", "anna@acme.test")],
  ])("is another one for another %s", (_, other) => {
    expect(other).not.toBe(digest);
  });

  test("is the first key's", () => {
    expect(createCodeHasher([KEY, OTHER_KEY]).digest("address", "email", "anna@acme.test")).toBe(digest);
  });

  test("is never a code's hash: the two have keys of their own", () => {
    const parts = ["login", "anna", "c1", "email", "123456"] as const;
    const [use, ...rest] = parts;
    expect(hasher.hash(BINDING)).not.toContain(hasher.digest(use, ...rest));
  });
});
