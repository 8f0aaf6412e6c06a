// The signed record of settings, how long what was read of it holds, and what saving a policy changes.
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currentIn, type StoredParts, storedSettings } from "../../src/core/current-settings.js";
import { createEvents } from "../../src/core/events.js";
import type { Policy } from "../../src/core/policy.js";
import { createProviderDesk } from "../../src/core/provider-desk.js";
import { type SettingsToSave, saveSettings } from "../../src/core/save-settings.js";
import { createSealer } from "../../src/core/sealing.js";
import { createSettingsSigner, type Saved, type SettingsRecord } from "../../src/core/settings.js";
import { memorySettings } from "../../src/stores/settings-store.js";
import { manualClock } from "../../src/testing/index.js";
import { KEY, OTHER_KEY, random } from "./person.js";

const saved = (policy: Policy = { organisation: "required" }): Saved => ({
  policy,
  generation: { number: 1, raisedBy: "login-1" },
  savedAt: "2026-11-22T12:00:00.000Z",
  savedBy: "ada@acme.test",
});

describe("a signed record", () => {
  const signer = createSettingsSigner([KEY]);
  const record = signer.sign(3, saved());

  test("opens as what was saved", () => {
    expect(signer.open(record)).toEqual(saved());
  });

  test("opens whatever a policy is called", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (name, version) => {
        const roles = Object.fromEntries([[name, { mode: "required" as const }]]);
        const opened = signer.open(signer.sign(version, saved({ roles })));
        expect(opened?.policy.roles && Object.hasOwn(opened.policy.roles, name)).toBe(true);
      }),
    );
  });

  const [id = "", value = ""] = record.mac.split(".");
  test.each<[string, Partial<Record<keyof SettingsRecord, unknown>>]>([
    ["another body", { body: record.body.replace("required", "optional") }],
    ["a body with a space more", { body: `${record.body} ` }],
    ["no body", { body: "" }],
    ["a body that is nothing", { body: undefined }],
    ["another version", { version: 4 }],
    ["an older version", { version: 2 }],
    ["a version that moved into the body", { version: 0, body: `3.${record.body}` }],
    ["no version", { version: undefined }],
    ["another mac", { mac: `${id}.${Buffer.alloc(32).toString("base64url")}` }],
    ["a mac cut short", { mac: `${id}.${value.slice(0, -2)}` }],
    ["a mac that is longer", { mac: `${id}.${value}AA` }],
    ["an empty mac", { mac: `${id}.` }],
    ["a key and no mac", { mac: id }],
    ["no mac", { mac: undefined }],
    ["null for a mac", { mac: null }],
    ["a number for a mac", { mac: 7 }],
    ["an object for a mac", { mac: { $ne: null } }],
    ["a list for a mac", { mac: [record.mac] }],
    ["the mac of another record", { mac: signer.sign(4, saved()).mac }],
  ])("with %s counts for nothing", (_, changes) => {
    expect(signer.open({ ...record, ...changes } as SettingsRecord)).toBeUndefined();
  });

  test("of another secret under the same id counts for nothing", () => {
    const stranger = createSettingsSigner([{ ...OTHER_KEY, id: KEY.id }]);
    expect(signer.open(stranger.sign(3, saved()))).toBeUndefined();
  });

  test("opens under every key there is, and is signed under the first", () => {
    const rotated = createSettingsSigner([OTHER_KEY, KEY]);
    expect(rotated.open(record)).toEqual(saved());
    expect(rotated.sign(4, saved()).mac).toMatch(/^2027-01\./);
    expect(() => signer.open(rotated.sign(4, saved()))).toThrow(
      expect.objectContaining({ code: "misconfigured", message: expect.stringContaining("2027-01") }),
    );
  });

  test("is no value that another part of the app sealed or hashed, and holds no secret", () => {
    expect(JSON.stringify(record)).not.toContain(KEY.secret);

    const plain = createHmac("sha256", KEY.secret).update(`3.${record.body}`).digest("base64url");
    expect(value).not.toBe(plain);
  });
});

/** One process on a store: its own clock would be the same. */
function process(changes: Partial<StoredParts> = {}) {
  const clock = manualClock();
  const events = createEvents(clock.now);
  const heard: object[] = [];
  events.on("settings-refused", (event) => heard.push(["settings-refused", event]));
  events.on("settings-changed", (event) => heard.push(["settings-changed", event]));
  let reads = 0;
  const kept = memorySettings();
  const parts: StoredParts = {
    signer: createSettingsSigner([KEY]),
    clock,
    events,
    policy: { organisation: "optional", graceDays: 3 },
    pinned: [],
    canTest: false,
    configured: ["totp", "email", "recovery-code"],
    lives: {},
    desk: createProviderDesk({}, { sealer: createSealer([KEY], random), isProduction: false }),
    ...changes,
    store: {
      read: () => {
        reads += 1;
        return (changes.store ?? kept).read();
      },
      write: (record) => (changes.store ?? kept).write(record),
    },
  };
  return { clock, parts, heard, kept, source: storedSettings(parts), reads: () => reads };
}

describe("what was read of the settings", () => {
  test("holds for less than five seconds, and no longer", async () => {
    const { source, clock, reads } = process();
    expect(source.fresh()).toBeUndefined();
    const current = await source.load();
    clock.advance({ seconds: 3 });
    expect(source.fresh()).toBe(current);
    clock.advance({ seconds: 1 });
    expect(source.fresh()).toBeUndefined();
    expect(reads()).toBe(1);
  });

  test("does not hold where the clock has gone back: nobody knows how old it is", async () => {
    const { source, clock } = process();
    await source.load();
    clock.advance({ seconds: -1 });
    expect(source.fresh()).toBeUndefined();
  });

  test("is as old as the beginning of the read: the time that it took counts", async () => {
    const kept = memorySettings();
    const { source, clock } = process({
      store: {
        read: async () => {
          clock.advance({ seconds: 3 });
          return kept.read();
        },
        write: kept.write,
      },
    });
    const current = await source.load();
    expect(source.fresh()).toBe(current);
    clock.advance({ seconds: 1 });
    expect(source.fresh()).toBeUndefined();
  });

  test("is read once for all who ask meanwhile, and again for those who ask later", async () => {
    const { source, reads } = process();
    await Promise.all(Array.from({ length: 20 }, () => source.load()));
    expect(reads()).toBe(1);
    await source.load();
    expect(reads()).toBe(2);
  });

  test("is nothing where the read failed; the next one is a new one", async () => {
    let down = true;
    const kept = memorySettings();
    const failing = {
      read: () => (down ? Promise.reject(new Error("down")) : kept.read()),
      write: kept.write,
    };
    const { source } = process({ store: failing });
    await expect(source.load()).rejects.toThrow("down");
    expect(source.fresh()).toBeUndefined();
    down = false;
    expect((await source.load()).version).toBe(0);
  });

  test("does not hold on where a later read fails", async () => {
    let down = false;
    const kept = memorySettings();
    const failing = {
      read: () => (down ? Promise.reject(new Error("down")) : kept.read()),
      write: kept.write,
    };
    const { source, clock } = process({ store: failing });
    await source.load();
    down = true;
    clock.advance({ seconds: 4 });
    await expect(source.load()).rejects.toThrow("down");
    expect(source.fresh()).toBeUndefined();
  });
});

describe("the policy that holds", () => {
  async function current(code: Partial<StoredParts>, policy?: Policy) {
    const { parts, kept, source } = process(code);
    if (policy) await kept.write(parts.signer.sign(1, saved(policy)));
    return (await source.load()).policy;
  }

  test("is the code's where nothing was saved", async () => {
    expect(await current({})).toEqual({ organisation: "optional", graceDays: 3 });
  });

  test("is what was saved, part by part, over what the code says", async () => {
    expect(await current({}, { organisation: "required", recovery: false })).toEqual({
      organisation: "required",
      graceDays: 3,
      recovery: false,
    });
  });

  test("has the roles that were saved in place of the code's, not among them", async () => {
    const policy: Policy = { roles: { admin: { mode: "required" } } };
    expect(await current({ policy }, { roles: { staff: { mode: "off" } } })).toEqual({
      roles: { staff: { mode: "off" } },
    });
  });

  test("keeps pinned parts as the code has them, also those that the code leaves out", async () => {
    const policy: Policy = { organisation: "required" };
    const pinned = ["organisation", "graceDays"] as const;
    const held = await current({ policy, pinned }, { organisation: "off", graceDays: 30, recovery: false });
    expect(held).toEqual({ organisation: "required", graceDays: undefined, recovery: false });
  });
});

/** What it came to, where it could be saved. */
async function save(parts: StoredParts, change: SettingsToSave) {
  const result = await saveSettings(parts, change);
  if (!result.ok && result.reason === "invalid") throw new Error(JSON.stringify(result.errors));
  return result;
}

describe("a saved policy", () => {
  const change = (policy: Policy, version: number) => ({
    policy,
    version,
    by: "ada@acme.test",
    login: "login-1",
  });

  test("is kept with its version, by whom and when, and told of", async () => {
    const { parts, kept, heard, clock } = process();
    const result = await save(parts, change({ graceDays: 7 }, 0));
    expect(result).toMatchObject({ ok: true, current: { version: 1, policy: { graceDays: 7 } } });
    const record = (await kept.read()) as SettingsRecord;
    expect(parts.signer.open(record)).toEqual({
      policy: { graceDays: 7 },
      generation: { number: 0 },
      savedAt: clock.now().toISOString(),
      savedBy: "ada@acme.test",
    });
    expect(heard).toEqual([
      ["settings-changed", { by: "ada@acme.test", version: 1, parts: ["graceDays"], at: clock.now() }],
    ]);
  });

  test.each([1, 2, 7])("from version %i, where none was saved, is a conflict", async (version) => {
    const { parts, kept, heard } = process();
    expect(await save(parts, change({}, version))).toMatchObject({
      ok: false,
      current: { version: 0 },
    });
    expect(await kept.read()).toBeUndefined();
    expect(heard).toEqual([]);
  });

  test("of twenty at once is one, and the others are told what it says", async () => {
    const { parts } = process();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, days) => save(parts, change({ graceDays: days }, 0))),
    );
    const winners = results.flatMap((result, days) => (result.ok ? [days] : []));
    expect(winners).toHaveLength(1);
    for (const { current } of results)
      expect(current).toMatchObject({ version: 1, policy: { graceDays: winners[0] } });
  });

  test("is told of also where it could not be read afterwards: it holds, and nobody else says who did it", async () => {
    const kept = memorySettings();
    let isDown = false;
    const { parts, heard } = process({
      store: {
        read: () => (isDown ? Promise.reject(new Error("down")) : kept.read()),
        write: async (record) => {
          const won = await kept.write(record);
          isDown = true;
          return won;
        },
      },
    });
    await save(parts, change({ graceDays: 7 }, 0)).catch(() => undefined);
    expect(await kept.read()).toMatchObject({ version: 1 });
    expect(heard).toMatchObject([["settings-changed", { version: 1 }]]);
  });

  test("by nobody's login, as from a command line, ends every session when it activates", async () => {
    const { parts } = process();
    const { login: _login, ...byCommand } = change({ organisation: "required" }, 0);
    expect(await save(parts, byCommand)).toMatchObject({
      ok: true,
      current: { generation: { number: 1 } },
    });
    expect((await currentIn(parts)).generation).toEqual({ number: 1 });
  });

  test("cannot be signed without a key", () => {
    expect(() => createSettingsSigner([])).toThrow("`keys` is empty");
  });

  describe("raises the organisation's generation", () => {
    const generations = async (code: Partial<StoredParts>, ...policies: Policy[]) => {
      const { parts } = process(code);
      const told: number[] = [];
      for (const [version, policy] of policies.entries()) {
        const { current } = await save(parts, change(policy, version));
        told.push(current.generation.number);
      }
      return told;
    };
    const required: Policy = { organisation: "required" };
    const optional: Policy = { organisation: "optional" };
    const off: Policy = { organisation: "off" };

    test("when the organisation begins to require it, each time, and at no other change", async () => {
      const days: Policy = { ...required, graceDays: 1 };
      expect(await generations({}, optional, required, days, optional, off, required)).toEqual([
        0, 1, 1, 1, 1, 2,
      ]);
    });

    test("in the name of the login that did it", async () => {
      const { parts } = process();
      const { current } = await save(parts, change(required, 0));
      expect(current.generation).toEqual({ number: 1, raisedBy: "login-1" });
    });

    test("not where the code required it already", async () => {
      expect(await generations({ policy: required }, required)).toEqual([0]);
    });

    test("not when only a role begins to require it", async () => {
      expect(await generations({}, { roles: { staff: { mode: "required" } } })).toEqual([0]);
    });

    test("not where the organisation's part is pinned, and so does not change", async () => {
      expect(await generations({ pinned: ["organisation"] }, required, required)).toEqual([0, 0]);
    });

    test("also when it begins again because what was saved leaves it to the code, which requires it", async () => {
      expect(await generations({ policy: required }, optional, {})).toEqual([0, 1]);
    });
  });

  test("over a record that was tampered with takes its place, under the next version", async () => {
    const { parts, kept, heard } = process();
    const { body: _, ...rest } = parts.signer.sign(1, saved());
    await kept.write({ ...rest, body: "{}" });
    expect(await save(parts, change({ graceDays: 9 }, 1))).toMatchObject({
      ok: true,
      current: { version: 2, policy: { graceDays: 9 } },
    });
    expect(heard).toMatchObject([
      ["settings-refused", { version: 1 }],
      ["settings-changed", { version: 2 }],
    ]);
  });
});
