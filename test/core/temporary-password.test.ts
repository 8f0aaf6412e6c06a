// A password that is handed over: what it looks like, what is kept of it, and that nothing else is taken for it.
import { expect, test } from "vitest";
import { isTemporary, makeTemporaryPassword, temporaryIn } from "../../src/core/temporary-password.js";
import { memoryStore } from "../../src/stores/memory-store.js";
import { NOBODY, newPerson } from "./person.js";

async function made() {
  const { parts, ref, clock } = newPerson();
  const result = await makeTemporaryPassword(parts, ref);
  const state = await parts.store.read(ref);
  const temporary = state && temporaryIn(state);
  if (!result || !temporary) throw new Error("none was made");
  const is = (typed: string) => isTemporary(parts.tools, ref, temporary, typed);
  return { ...result, parts, ref, clock, temporary, is };
}

test("is 80 bits in groups that can be read out, works for a day, and is kept only as a sealed hash", async () => {
  const { password, expiresAt, clock, temporary, parts, ref } = await made();
  expect(password).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(expiresAt.getTime() - clock.now().getTime()).toBe(24 * 60 * 60 * 1000);
  expect(temporary.hash).toMatch(/^v1\./);
  const kept = JSON.stringify(await parts.store.read(ref));
  for (const text of [password, password.replaceAll("-", "")]) expect(kept).not.toContain(text);
});

test("is never the same twice, and the newest is the one", async () => {
  const first = await made();
  const second = await makeTemporaryPassword(first.parts, first.ref);
  expect(second?.password).not.toBe(first.password);
  const state = await first.parts.store.read(first.ref);
  expect(state?.vault.temporaryPassword?.id).not.toBe(first.temporary.id);
});

test.each<[string, (password: string) => string]>([
  ["as it was shown", (it) => it],
  ["in lower case", (it) => it.toLowerCase()],
  ["without hyphens", (it) => it.replaceAll("-", "")],
  ["with blanks around", (it) => `  ${it.replaceAll("-", " ")} `],
  ["with letters that look alike", (it) => it.replaceAll("0", "O").replaceAll("1", "l")],
])("is taken %s", async (_, typed) => {
  const { password, is } = await made();
  expect(await is(typed(password))).toBe(true);
});

test.each<[string, (password: string) => string]>([
  ["nothing", () => ""],
  ["its first half", (it) => it.slice(0, 9)],
  ["one more sign", (it) => `${it}0`],
  ["another", (it) => (it.startsWith("0") ? `1${it.slice(1)}` : `0${it.slice(1)}`)],
  ["something long", () => "x".repeat(1000)],
])("is not %s", async (_, typed) => {
  const { password, is } = await made();
  expect(await is(typed(password))).toBe(false);
});

test("is nobody's who is not there", async () => {
  expect(await makeTemporaryPassword(newPerson().parts, NOBODY)).toBeUndefined();
});

test("somebody who goes meanwhile gets none", async () => {
  const { parts, ref } = newPerson();
  const store = { ...parts.store, setTemporaryPassword: async () => false };
  expect(await makeTemporaryPassword({ ...parts, store }, ref)).toBeUndefined();
});

test("is void where the app has set another password since", async () => {
  const { parts } = newPerson();
  const user = { id: "ben", passwordHash: "first" };
  const store = memoryStore([user]);
  await makeTemporaryPassword({ ...parts, store }, { id: "ben" });
  const inPlace = async () => {
    const state = await store.read({ id: "ben" });
    return state && temporaryIn(state);
  };
  expect(await inPlace()).toBeDefined();
  user.passwordHash = "second";
  expect(await inPlace()).toBeUndefined();
});

test("somebody without a password may have one as well", async () => {
  const { parts } = newPerson();
  const store = memoryStore([{ id: "new" }]);
  await makeTemporaryPassword({ ...parts, store }, { id: "new" });
  const state = await store.read({ id: "new" });
  expect(state && temporaryIn(state)).toMatchObject({ replaces: "" });
});
