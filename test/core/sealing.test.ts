import { describe, expect, test } from "vitest";
import { createSealer, type Key, type SealContext, subkey } from "../../src/core/sealing.js";
import { KEY, OTHER_KEY, random } from "./person.js";

const CONTEXT: SealContext = { user: "anna", kind: "totp", record: "e1" };
const PLAIN = new TextEncoder().encode("twenty bytes of key.");
const sealer = createSealer([KEY], random);

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bodyOf = (sealed: string) => Buffer.from(sealed.split(".")[2] ?? "", "base64url");
const sealedAs = (body: Uint8Array) => `v1.${KEY.id}.${Buffer.from(body).toString("base64url")}`;

describe("a sealed secret", () => {
  test("opens where it belongs, and says that its key is the first", () => {
    const { plain, stale } = sealer.open(sealer.seal(PLAIN, CONTEXT), CONTEXT);
    expect(textOf(plain)).toBe("twenty bytes of key.");
    expect(stale).toBe(false);
  });

  test("names its version and key, and shows nothing of what it holds", () => {
    const sealed = sealer.seal(PLAIN, CONTEXT);
    expect(sealed).toMatch(/^v1\.2026-11\.[A-Za-z0-9_-]+$/);
    expect(bodyOf(sealed).includes(Buffer.from(PLAIN))).toBe(false);
  });

  test("never looks the same twice", () => {
    expect(sealer.seal(PLAIN, CONTEXT)).not.toBe(sealer.seal(PLAIN, CONTEXT));
  });

  test("may be empty", () => {
    expect(sealer.open(sealer.seal(new Uint8Array(), CONTEXT), CONTEXT).plain).toHaveLength(0);
  });

  test.each([
    ["user", { user: "ben" }],
    ["kind", { kind: "recovery-code" }],
    ["record", { record: "e2" }],
  ])("does not open for another %s", (_, other) => {
    const sealed = sealer.seal(PLAIN, CONTEXT);
    expect(() => sealer.open(sealed, { ...CONTEXT, ...other })).toThrow(
      expect.objectContaining({ code: "store_unavailable" }),
    );
  });

  test.each([",", '","', "/", ".", "\0"])(
    "does not open where %j parts the same letters differently",
    (mark) => {
      const sealed = sealer.seal(PLAIN, { user: `a${mark}b`, kind: "c", record: "d" });
      const other = { user: "a", kind: `b${mark}c`, record: "d" };
      expect(() => sealer.open(sealed, other)).toThrow(/does not open/);
    },
  );

  test("does not open with any one of its bytes changed", () => {
    const body = bodyOf(sealer.seal(PLAIN, CONTEXT));
    for (let i = 0; i < body.length; i++) {
      const changed = Buffer.from(body);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => sealer.open(sealedAs(changed), CONTEXT), `byte ${i}`).toThrow(/altered/);
    }
  });

  test("does not open cut short anywhere, nor made longer", () => {
    const body = bodyOf(sealer.seal(PLAIN, CONTEXT));
    for (let length = 0; length < body.length; length++) {
      expect(() => sealer.open(sealedAs(body.subarray(0, length)), CONTEXT), `${length} bytes`).toThrow(
        /altered/,
      );
    }
    expect(() => sealer.open(sealedAs(Buffer.concat([body, Buffer.from([0])])), CONTEXT)).toThrow(/altered/);
  });

  test.each(["", "v1", "v1.2026-11", "v2.2026-11.AAAA", "plain text", ".."])("is not %j", (malformed) => {
    expect(() => sealer.open(malformed, CONTEXT)).toThrow(
      expect.objectContaining({ code: "store_unavailable" }),
    );
  });

  test("keeps why it did not open", () => {
    expect(() => sealer.open(sealedAs(Buffer.alloc(40)), CONTEXT)).toThrow(
      expect.objectContaining({ cause: expect.any(Error) }),
    );
  });
});

describe("keys change", () => {
  test("what an older key sealed still opens, and is to be sealed anew", () => {
    const sealed = sealer.seal(PLAIN, CONTEXT);
    const rotated = createSealer([OTHER_KEY, KEY], random);
    expect(rotated.open(sealed, CONTEXT)).toMatchObject({ stale: true });
    expect(textOf(rotated.open(sealed, CONTEXT).plain)).toBe(textOf(PLAIN));
    expect(rotated.seal(PLAIN, CONTEXT)).toMatch(/^v1\.2027-01\./);
  });

  test("a key that was taken away is missed by name", () => {
    const sealed = sealer.seal(PLAIN, CONTEXT);
    expect(() => createSealer([OTHER_KEY], random).open(sealed, CONTEXT)).toThrow(
      expect.objectContaining({ code: "misconfigured", message: expect.stringContaining('"2026-11"') }),
    );
  });

  test("another secret under the same name opens nothing", () => {
    const sealed = sealer.seal(PLAIN, CONTEXT);
    const changed = createSealer([{ ...KEY, secret: OTHER_KEY.secret }], random);
    expect(() => changed.open(sealed, CONTEXT)).toThrow(/its key was changed/);
  });

  test("a value relabelled with another known key does not open", () => {
    const both = createSealer([KEY, OTHER_KEY], random);
    const relabelled = both.seal(PLAIN, CONTEXT).replace(KEY.id, OTHER_KEY.id);
    expect(() => both.open(relabelled, CONTEXT)).toThrow(/altered/);
  });
});

describe("keys are checked at construction", () => {
  const long = "x".repeat(32);
  const cases: [string, readonly unknown[], RegExp][] = [
    ["none", [], /`keys` is empty/],
    ["a secret of 31 characters", [{ id: "a", secret: "x".repeat(31) }], /key "a" is shorter than 32/],
    ["a second secret that is too short", [KEY, { id: "b", secret: "short" }], /key "b" is shorter/],
    ["no secret", [{ id: "a" }], /key "a" is shorter/],
    ["an empty id", [{ id: "", secret: long }], /1 to 32 letters/],
    ["an id with a dot", [{ id: "a.b", secret: long }], /1 to 32 letters/],
    ["an id of 33 letters", [{ id: "i".repeat(33), secret: long }], /1 to 32 letters/],
    ["an id that is no text", [{ id: 2026, secret: long }], /1 to 32 letters/],
    ["two of one id", [KEY, { ...OTHER_KEY, id: KEY.id }], /the same `id`/],
  ];
  test.each(cases)("%s: refused, with what to write instead", (_, keys, message) => {
    expect(() => createSealer(keys as Key[], random)).toThrow(
      expect.objectContaining({ code: "misconfigured", message: expect.stringMatching(message) }),
    );
  });

  test("a secret of 32 characters and an id of 32 letters will do", () => {
    const key = { id: "i".repeat(32), secret: long };
    expect(createSealer([key], random).seal(PLAIN, CONTEXT)).toContain(key.id);
  });
});

describe("a subkey", () => {
  const hex = (key: Key, use: string) => Buffer.from(subkey(key, use)).toString("hex");

  test("is 256 bits, the same every time", () => {
    expect(subkey(KEY, "seal")).toHaveLength(32);
    expect(hex(KEY, "seal")).toBe(hex(KEY, "seal"));
  });

  test("differs by use and by secret, and not by the key's name", () => {
    expect(hex(KEY, "seal")).not.toBe(hex(KEY, "code"));
    expect(hex(KEY, "seal")).not.toBe(hex(OTHER_KEY, "seal"));
    expect(hex(KEY, "seal")).toBe(hex({ ...KEY, id: "renamed" }, "seal"));
  });
});
