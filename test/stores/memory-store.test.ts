import { expect, test } from "vitest";
import { memoryStore } from "../../src/stores/memory-store.js";
import { describeStore } from "../contracts/store-contract.js";

describeStore("the memory store", async () => {
  const store = memoryStore();
  const users = new Map<string, { id: string; passwordHash?: string }>();
  return {
    store,
    newUser: async (called) => {
      const user = { id: `user-${users.size + 1}`, ...(called ? { name: called } : {}) };
      users.set(user.id, user);
      store.add(user);
      return store.refOf(user);
    },
    setPassword: async ({ id }, kept) => {
      const user = users.get(id) ?? { id };
      if (kept === undefined) delete user.passwordHash;
      else user.passwordHash = kept;
    },
    nobody: { id: "nobody" },
    close: async () => undefined,
  };
});

test("users are known from the start or later, and a new object of a known user keeps the second factor", async () => {
  const store = memoryStore([{ id: "anna" }]);
  const ben = { id: "ben", name: "Ben" };
  store.add(ben);
  await store.endLogin({ id: "ben" }, "login-1");
  expect(await store.load({ id: "anna" })).toMatchObject({ user: { id: "anna" } });
  expect((await store.load({ id: "ben" }))?.user).toBe(ben);

  store.add({ id: "ben" });
  expect((await store.load({ id: "ben" }))?.standing.endedLogins).toEqual(["login-1"]);
});

test("a user's password is digested under either name, the hash first", async () => {
  const store = memoryStore([
    { id: "anna", password: "plain" },
    { id: "ben", passwordHash: "plain", password: "another" },
  ]);
  const [anna, ben] = [await store.read({ id: "anna" }), await store.read({ id: "ben" })];
  expect(anna?.passwordDigest).toMatch(/^[\w-]{43}$/);
  expect(ben?.passwordDigest).toBe(anna?.passwordDigest);
});

test("its limiter counts in the process", async () => {
  const { limiter } = memoryStore();
  const take = () => limiter.take("a", { limit: 1, seconds: 60 }, new Date("2026-11-22T12:00:00Z"));
  expect([(await take()).ok, (await take()).ok]).toEqual([true, false]);
});
