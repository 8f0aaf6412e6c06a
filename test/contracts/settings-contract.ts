// What every store of settings promises: one record, read as it was written, and one winner for each version.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SettingsRecord, SettingsStore } from "../../src/core/settings.js";

export interface SettingsFixture {
  /** A store in which nothing was ever saved. */
  fresh(): Promise<SettingsStore>;
  close(): Promise<void>;
}

export function settingsRecord(version: number, body = `{"version":${version}}`): SettingsRecord {
  return { version, body, mac: `2026-11.${version}` };
}

/** Runs the contract on one kind of store. */
export function describeSettingsStore(name: string, makeFixture: () => Promise<SettingsFixture>): void {
  describe(`${name} keeps the settings' contract`, () => {
    let fixture: SettingsFixture;
    let store: SettingsStore;

    beforeAll(async () => {
      fixture = await makeFixture();
    });
    afterAll(() => fixture.close());
    beforeEach(async () => {
      store = await fixture.fresh();
    });

    test("there is nothing where nothing was saved", async () => {
      expect(await store.read()).toBeUndefined();
    });

    test("what was written is read, and nothing besides", async () => {
      expect(await store.write(settingsRecord(1))).toBe(true);
      expect(await store.read()).toEqual(settingsRecord(1));
      expect(await store.write(settingsRecord(2))).toBe(true);
      expect(await store.read()).toEqual(settingsRecord(2));
    });

    test("a version that is not the next one is refused, and changes nothing", async () => {
      expect(await store.write(settingsRecord(2))).toBe(false);
      expect(await store.read()).toBeUndefined();
      await store.write(settingsRecord(1));
      for (const version of [1, 3, 0, 100]) {
        expect(await store.write(settingsRecord(version, "another"))).toBe(false);
      }
      expect(await store.read()).toEqual(settingsRecord(1));
    });

    test.each([1, 2])(
      "of fifty that write version %i at once, one wins, and that one is read",
      async (version) => {
        for (let before = 1; before < version; before++) await store.write(settingsRecord(before));
        const writes = Array.from({ length: 50 }, (_, i) =>
          store.write(settingsRecord(version, `body ${i}`)),
        );
        const results = await Promise.all(writes);
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await store.read()).toEqual(settingsRecord(version, `body ${results.indexOf(true)}`));
      },
    );

    test.each(["$set", "a.b", "__proto__", "\u0000", "π🙂", "x".repeat(50_000)])(
      "text is kept as it is: %j",
      async (text) => {
        const body = JSON.stringify({ [text]: text });
        await store.write(settingsRecord(1, body));
        expect((await store.read())?.body).toBe(body);
      },
    );

    test("what is returned, and what was handed in, is a copy", async () => {
      const written = settingsRecord(1);
      await store.write(written);
      Object.assign(written, { body: "changed" });
      const read = await store.read();
      Object.assign(read ?? {}, { body: "changed" });
      expect(await store.read()).toEqual(settingsRecord(1));
    });
  });
}
