import { expect, test } from "vitest";
import { memoryStore } from "../../src/stores/memory-store.js";
import { describeStore } from "../contracts/store-contract.js";

describeStore("the memory store", async () => {
  const store = memoryStore();
  let users = 0;
  return {
    store,
    newUser: async () => {
      const user = { id: `user-${++users}` };
      store.add(user);
      return store.refOf(user);
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
