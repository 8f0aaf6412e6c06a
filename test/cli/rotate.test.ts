// What a change of keys says: how far it is, what may be dropped, and what is left.
import { describe, expect, test } from "vitest";
import { rotate } from "../../src/cli/rotate.js";
import { createSealer, secretContext } from "../../src/core/sealing.js";
import { createSettingsSigner } from "../../src/core/settings.js";
import { memorySettings } from "../../src/stores/settings-store.js";
import { NEW_KEY, OLD_KEY } from "./command.js";
import { appOf, fakeTerminal } from "./fake-terminal.js";

const random = { bytes: (length: number) => new Uint8Array(length) };
const enrolment = { id: "e1", createdAt: new Date(0), expiresAt: new Date(0), login: "", first: false };

/** So many people with an authenticator app each, under the old key. */
async function appWith(count: number, options: Parameters<typeof appOf>[1] = {}) {
  const users = Array.from({ length: count }, (_, i) => ({ id: `${i}`, email: `user-${i}@acme.test` }));
  const app = appOf(users, options);
  const { seal } = createSealer([OLD_KEY], random);
  for (const { id } of users) {
    const secret = seal(Buffer.from(id), secretContext(id, "totp", "e1"));
    await app.store.importEnrolment({ id }, "totp", { ...enrolment, secret });
  }
  return app;
}

describe("at the end", () => {
  test("it says what was done, and which keys may go", async () => {
    const { secondFactor } = await appWith(3);
    const terminal = fakeTerminal();
    await rotate(terminal, secondFactor);
    expect(terminal.out()).toBe(
      "People looked at: 3; sealed anew: 3.\n" +
        "Everything is sealed under key new-key. These can be dropped from `keys`: old-key.\n",
    );
    await rotate(terminal, secondFactor);
    expect(terminal.out()).toContain("People looked at: 3; sealed anew: 0.\n");
  });

  test("with one key there is none to drop", async () => {
    const { secondFactor } = await appWith(3, { keys: [OLD_KEY] });
    const terminal = fakeTerminal();
    await rotate(terminal, secondFactor);
    expect(terminal.out()).toContain("Everything is sealed under key old-key. There is no other in `keys`.");
  });

  test("people whose secrets do not open are named, and no key may go", async () => {
    const { secondFactor } = await appWith(2, { keys: [NEW_KEY] });
    const terminal = fakeTerminal();
    const rotating = rotate(terminal, secondFactor);
    await expect(rotating).rejects.toThrow(
      /^Keep every key for now\.\n.*\(2\).*\n {2}0: .*"old-key".*\n {2}1: /,
    );
    expect(terminal.out()).toBe("People looked at: 2; sealed anew: 0.\n");
  });
});

describe("settings", () => {
  const saved = {
    policy: {},
    generation: { number: 0 },
    savedAt: "2026-11-22T12:00:00.000Z",
    savedBy: "ada",
  };

  test("are signed anew with the rest", async () => {
    const settings = memorySettings();
    await settings.write(createSettingsSigner([OLD_KEY]).sign(1, saved));
    const { secondFactor } = await appWith(1, { settings });
    await rotate(fakeTerminal(), secondFactor);
    expect(await settings.read()).toMatchObject({ version: 2, mac: expect.stringMatching(/^new-key\./) });
  });

  test("that somebody else wrote stay as they are, and no key may go", async () => {
    const settings = memorySettings();
    const forged = { ...createSettingsSigner([OLD_KEY]).sign(1, saved), body: '{"policy":{}}' };
    await settings.write(forged);
    const { secondFactor } = await appWith(1, { settings });
    const terminal = fakeTerminal();
    await expect(rotate(terminal, secondFactor)).rejects.toThrow(
      "Keep every key for now.\nThe settings were not written by this app",
    );
    expect(terminal.out()).toBe("People looked at: 1; sealed anew: 1.\n");
    expect(await settings.read()).toEqual(forged);
  });

  test("whose key is gone end it before anything is done", async () => {
    const settings = memorySettings();
    await settings.write(createSettingsSigner([OLD_KEY]).sign(1, saved));
    const { secondFactor } = await appWith(1, { settings, keys: [NEW_KEY] });
    await expect(rotate(fakeTerminal(), secondFactor)).rejects.toThrow(
      'key "old-key", which is not in `keys`',
    );
  });
});

describe("on the way", () => {
  test("without a terminal it says every tenth", async () => {
    const { secondFactor } = await appWith(200);
    const terminal = fakeTerminal();
    await rotate(terminal, secondFactor);
    const lines = terminal.err().trimEnd().split("\n");
    expect(lines.map((line) => line.split(" %")[0])).toEqual([
      "10",
      "20",
      "30",
      "40",
      "50",
      "60",
      "70",
      "80",
      "90",
      "100",
    ]);
    expect(lines[0]).toBe("10 %: 20 of 200");
  });

  test("on a terminal it draws one line of at most 80 columns, over and over", async () => {
    const { secondFactor } = await appWith(200);
    const terminal = fakeTerminal({ isTTY: true });
    await rotate(terminal, secondFactor);
    const [nothing, ...drawn] = terminal.err().split("\r");
    expect(nothing).toBe("");
    expect(drawn).toHaveLength(100);
    expect(drawn[49]).toBe(`[${"#".repeat(20)}${".".repeat(20)}]  50 %  100 of 200`);
    expect(Math.max(...drawn.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(terminal.err().endsWith("200 of 200\n")).toBe(true);
  });

  test("more people than were counted are no more than all", async () => {
    const { secondFactor, store } = await appWith(3);
    store.countVaults = async () => 2;
    const terminal = fakeTerminal({ isTTY: true });
    await rotate(terminal, secondFactor);
    expect(terminal.err()).toContain("100 %  2 of 2");
  });
});

describe("stopped early", () => {
  test("by the person it says how far it came, and the next run goes on", async () => {
    const { secondFactor, store } = await appWith(100);
    const { reseal } = store;
    const terminal = fakeTerminal();
    let writes = 0;
    store.reseal = (...args) => {
      if (++writes === 50) terminal.interrupt();
      return writes < 50 ? reseal(...args) : new Promise(() => undefined);
    };
    await expect(rotate(terminal, secondFactor)).rejects.toThrow("Interrupted.");
    expect(terminal.err()).toMatch(
      /Stopped after 4\d of 100 people\. What is done stays done: run it again to go on\.\n$/,
    );
    expect(terminal.out()).toBe("");

    store.reseal = reseal;
    const again = fakeTerminal();
    await rotate(again, secondFactor);
    expect(again.out()).toContain("sealed anew: 51.");
  });

  test("by the database likewise, with the database's own error", async () => {
    const { secondFactor, store } = await appWith(100);
    const { reseal } = store;
    let writes = 0;
    store.reseal = async (...args) => {
      if (++writes > 30) throw new Error("the database is away");
      return reseal(...args);
    };
    const terminal = fakeTerminal({ isTTY: true });
    await expect(rotate(terminal, secondFactor)).rejects.toThrow("the database is away");
    expect(terminal.err()).toMatch(/ of 100\nStopped after 30 of 100 people\./);
  });
});
