// An older key is taken out of use: secrets are sealed anew and the settings signed anew, and nothing else changes.
import { describe, expect, test } from "vitest";
import { currentIn } from "../../src/core/current-settings.js";
import { rotateSettings } from "../../src/core/rotate-settings.js";
import { saveSettings } from "../../src/core/save-settings.js";
import type { SettingsStore } from "../../src/core/settings.js";
import { memorySettings } from "../../src/stores/settings-store.js";
import { KEY, OTHER_KEY } from "./person.js";
import { fakeProvider, newProcess, VALUES } from "./providers.js";

const { provider, connected } = fakeProvider();

/** Settings that were saved under the older key, and a process for which it is no longer the first. */
async function rotated(store: SettingsStore = memorySettings()) {
  const before = newProcess({ store, provider });
  const change = { policy: { graceDays: 7 }, providers: { sms: VALUES } };
  await saveSettings(before.parts, { ...change, version: 0, by: "ada@acme.test" });
  const { parts, sealer, heard } = newProcess({ store, provider, keys: [OTHER_KEY, KEY] });
  return { parts: { ...parts, sealer }, store, heard };
}

describe("settings under an older key", () => {
  test("are sealed and signed under the first one, as a version in which nothing else is changed", async () => {
    const { parts, store, heard } = await rotated();
    const { version: _, ...before } = await currentIn(parts);
    expect(await rotateSettings(parts)).toBe("resealed");
    const record = await store.read();
    expect(record).toMatchObject({ version: 2, mac: expect.stringMatching(/^2027-01\./) });
    expect(record?.body).toContain("v1.2027-01.");
    expect(record?.body).not.toContain("v1.2026-11.");
    const alone = newProcess({ store, provider, keys: [OTHER_KEY] }).parts;
    const after = await currentIn(alone);
    expect(after).toMatchObject({ ...before, providers: { sms: { values: before.providers.sms?.values } } });
    alone.desk.deliveryOf("sms", after.providers.sms);
    expect(connected.at(-1)).toEqual(VALUES);
    expect(heard).toEqual([]);
  });

  test("are done once: again there is nothing to do", async () => {
    const { parts, store } = await rotated();
    expect(await rotateSettings(parts)).toBe("resealed");
    const record = await store.read();
    expect(await rotateSettings(parts)).toBe("as-it-was");
    expect(await store.read()).toEqual(record);
  });

  test("are sealed anew by any save as well", async () => {
    const { parts, store } = await rotated();
    await saveSettings(parts, { codeMinutes: { sms: 3 }, version: 1, by: "ada@acme.test" });
    expect((await store.read())?.body).not.toContain("v1.2026-11.");
    expect(await rotateSettings(parts)).toBe("as-it-was");
  });

  test("are tried again where somebody saves meanwhile, whose change stays", async () => {
    const { parts, store } = await rotated();
    let isFirst = true;
    const write: SettingsStore["write"] = async (record) => {
      if (isFirst) {
        isFirst = false;
        const older = newProcess({ store, provider }).parts;
        await saveSettings(older, { policy: { graceDays: 9 }, version: 1, by: "eve@acme.test" });
      }
      return store.write(record);
    };
    expect(await rotateSettings({ ...parts, store: { ...store, write } })).toBe("resealed");
    expect(await currentIn(parts)).toMatchObject({ version: 3, policy: { graceDays: 9 } });
    expect((await store.read())?.mac).toMatch(/^2027-01\./);
  });

  test("are given up where somebody is always faster", async () => {
    const { parts, store } = await rotated();
    const rotating = rotateSettings({ ...parts, store: { ...store, write: async () => false } });
    await expect(rotating).rejects.toMatchObject({ code: "conflict" });
  });
});

test("where nothing was saved there is nothing to do", async () => {
  const { parts, sealer } = newProcess();
  expect(await rotateSettings({ ...parts, sealer })).toBe("as-it-was");
  expect(await parts.store.read()).toBeUndefined();
});

test("settings with a policy alone are signed anew", async () => {
  const { parts: before } = newProcess();
  await saveSettings(before, { policy: {}, version: 0, by: "ada@acme.test" });
  const { parts, sealer } = newProcess({ store: before.store, keys: [OTHER_KEY, KEY] });
  expect(await rotateSettings({ ...parts, sealer })).toBe("resealed");
});

test("settings that somebody else wrote are not made ours", async () => {
  const { parts, store, heard } = await rotated();
  const record = await store.read();
  const forged = { ...(record ?? { mac: "" }), version: 2, body: '{"policy":{"organisation":"off"}}' };
  await store.write(forged);
  expect(await rotateSettings(parts)).toBe("refused");
  expect(await store.read()).toEqual(forged);
  expect(heard).toEqual([{ version: 2 }]);
});

test("a key that is gone already is a mistake that is told", async () => {
  const { store } = await rotated();
  const { parts, sealer } = newProcess({ store, keys: [OTHER_KEY] });
  await expect(rotateSettings({ ...parts, sealer })).rejects.toMatchObject({ code: "misconfigured" });
});
