// Parts of the settings that are changed each by itself: what may be said, what holds, and what is told.
import { describe, expect, test } from "vitest";
import { currentIn, effective } from "../../src/core/current-settings.js";
import { saveSettings } from "../../src/core/save-settings.js";
import type { Settings } from "../../src/core/settings.js";
import { prepareChange, type SettingsChange } from "../../src/core/settings-change.js";
import { KEY } from "./person.js";
import { fakeProvider, newProcess, type ProcessOptions, VALUES } from "./providers.js";

const by = "ada@acme.test";

/** Saves one change after the other. */
async function saving(options: ProcessOptions, ...changes: SettingsChange[]) {
  const process = newProcess(options);
  for (const [version, change] of changes.entries())
    await saveSettings(process.parts, { ...change, version, by });
  return { ...process, current: await currentIn(process.parts) };
}

const errorsOf = (change: SettingsChange, options: ProcessOptions = {}) => {
  const prepared = prepareChange(newProcess(options).parts, undefined, change);
  return prepared.ok ? [] : prepared.errors.map(({ field }) => field);
};

describe("a part that is left out", () => {
  const { provider } = fakeProvider();

  test("stays as it is", async () => {
    const { current, heard } = await saving(
      { provider, canTest: true },
      { policy: { graceDays: 7 } },
      { codeMinutes: { email: 15 } },
      { providers: { sms: VALUES } },
      { testMode: true },
    );
    expect(current).toMatchObject({
      version: 4,
      policy: { graceDays: 7 },
      codeMinutes: { email: 15 },
      providers: { sms: { name: "Acme Post" } },
      testMode: true,
    });
    expect(heard).toEqual([
      { by, version: 1, parts: ["graceDays"] },
      { by, version: 2, parts: ["codeMinutes"] },
      { by, version: 3, parts: ["providers"] },
      { by, version: 4, parts: ["testMode"] },
    ]);
    expect(JSON.stringify(heard)).not.toContain(VALUES.token);
  });

  test("and was never saved is what the code says", async () => {
    const policy = { organisation: "required" } as const;
    const { current } = await saving({ policy }, { codeMinutes: { sms: 3 } });
    expect(current).toMatchObject({ policy, codeMinutes: { sms: 3 }, providers: {}, testMode: false });
  });
});

describe("what is another than before", () => {
  test.each<[string, SettingsChange]>([
    [
      "the defaults, said in so many words",
      { policy: { organisation: "optional", roles: {}, recovery: true } },
    ],
    ["no minutes", { codeMinutes: {} }],
    ["no providers", { providers: {} }],
    ["test mode off", { testMode: false }],
  ])("is nothing: %s", async (_, change) => {
    expect((await saving({}, change)).heard).toEqual([{ by, version: 1, parts: [] }]);
  });

  test("is not a secret that was left empty, and is one that was replaced or removed", async () => {
    const { provider } = fakeProvider();
    const { heard, current } = await saving(
      { provider },
      { providers: { sms: VALUES } },
      { providers: { sms: { ...VALUES, token: "" } } },
      { providers: { sms: { token: "another" } } },
      { providers: { sms: null } },
    );
    expect(heard.map((event) => "parts" in event && event.parts)).toEqual([
      ["providers"],
      [],
      ["providers"],
      ["providers"],
    ]);
    expect(current.providers).toEqual({});
  });
});

describe("what may be said", () => {
  test.each<[unknown, string[]]>([
    [{ email: 1, sms: 10 }, []],
    [{ email: 20 }, []],
    [{}, []],
    [{ email: 0 }, ["codeMinutes.email"]],
    [{ email: 21 }, ["codeMinutes.email"]],
    [{ sms: 11 }, ["codeMinutes.sms"]],
    [{ sms: 2.5 }, ["codeMinutes.sms"]],
    [{ sms: "5" }, ["codeMinutes.sms"]],
    [{ sms: Number.NaN }, ["codeMinutes.sms"]],
    [{ sms: null }, ["codeMinutes.sms"]],
    [{ totp: 5 }, ["codeMinutes.totp"]],
    [{ constructor: 5 }, ["codeMinutes.constructor"]],
    [[5], ["codeMinutes"]],
    [null, ["codeMinutes"]],
    [5, ["codeMinutes"]],
  ])("of minutes: %j", (codeMinutes, fields) => {
    expect(errorsOf({ codeMinutes })).toEqual(fields);
  });

  test.each<[unknown, string[]]>([
    [true, []],
    [false, []],
    ["on", ["testMode"]],
    [null, ["testMode"]],
  ])("of test mode, where there is one: %j", (testMode, fields) => {
    expect(errorsOf({ testMode }, { canTest: true })).toEqual(fields);
  });

  test.each<[unknown, string[]]>([
    ["sms", ["providers"]],
    [[], ["providers"]],
    [null, ["providers"]],
    [{ email: VALUES }, ["providers.email"]],
    [{ __proto__: VALUES }, []],
    [{ sms: { account: "evil", token: "x" } }, ["providers.sms.account"]],
  ])("of providers: %j", (providers, fields) => {
    const { provider } = fakeProvider();
    expect(errorsOf({ providers }, { provider })).toEqual(fields);
  });

  test("is judged whole: every mistake is told at once, and nothing is saved", async () => {
    const change = { policy: { graceDays: -1 }, codeMinutes: { sms: 99 }, testMode: true };
    const { parts } = newProcess();
    const result = await saveSettings(parts, { ...change, version: 0, by });
    expect(result).toMatchObject({ ok: false, reason: "invalid" });
    expect(errorsOf(change)).toEqual(["graceDays", "codeMinutes.sms", "testMode"]);
    expect(await parts.store.read()).toBeUndefined();
  });
});

describe("what is pinned in code", () => {
  const { provider } = fakeProvider();
  const saved: Settings = {
    policy: {},
    codeMinutes: { email: 15 },
    providers: { sms: { name: "Acme Post", values: VALUES, secrets: {} } },
    testMode: true,
  };

  test.each(["codeMinutes", "providers", "testMode"] as const)("stays, whatever was saved: %s", (pinned) => {
    const code = { policy: {}, pinned: [pinned], canTest: true };
    const nothing = { codeMinutes: {}, providers: {}, testMode: false };
    expect(effective(code, saved)[pinned]).toEqual(nothing[pinned]);
  });

  test("cannot be changed, and is not looked at", async () => {
    const pinned = ["codeMinutes", "providers", "testMode"] as const;
    const change = { codeMinutes: { sms: 99 }, providers: { sms: VALUES }, testMode: true };
    const { parts, current, heard } = await saving({ provider, pinned, canTest: true }, change);
    expect(current).toMatchObject({ version: 1, codeMinutes: {}, providers: {}, testMode: false });
    expect(heard).toEqual([{ by, version: 1, parts: [] }]);
    expect((await parts.store.read())?.body).not.toContain('acme"');
  });
});

test("test mode that was saved counts for nothing where the code does not allow it", () => {
  const saved = { policy: {}, testMode: true };
  expect(effective({ policy: {}, pinned: [], canTest: false }, saved).testMode).toBe(false);
  expect(effective({ policy: {}, pinned: [], canTest: true }, saved).testMode).toBe(true);
});

test("providers as they were reviewed stand in for the saved ones", () => {
  const { provider } = fakeProvider();
  const { parts } = newProcess({ provider });
  const reviewed = prepareChange(parts, undefined, { providers: { sms: VALUES } });
  if (!reviewed.ok) throw new Error("it was refused");
  const { providers } = reviewed.next;
  const change = { providers: { sms: { ...VALUES, token: "" } } };
  expect(prepareChange(parts, undefined, change, providers)).toMatchObject({ ok: true, next: { providers } });
  expect(prepareChange(parts, undefined, change)).toMatchObject({ ok: false });
});

test("that a provider was ever entered is remembered, also where it was taken away, or nobody can tell", async () => {
  const { provider } = fakeProvider();
  const hadProvider = async (...changes: SettingsChange[]) =>
    (await saving({ provider }, ...changes)).current.hadProvider;
  const policy = { policy: { graceDays: 7 } };
  expect(await hadProvider()).toBe(false);
  expect(await hadProvider(policy)).toBe(false);
  expect(await hadProvider(policy, { providers: { sms: VALUES } })).toBe(true);
  expect(await hadProvider({ providers: { sms: VALUES } }, { providers: { sms: null } }, policy)).toBe(true);

  const { parts } = await saving({ provider }, policy);
  await parts.store.write({ version: 2, body: "{}", mac: `${KEY.id}.written-by-hand` });
  expect((await currentIn(parts)).hadProvider).toBe(true);
});

test("before anything was read, the latest there is is what the code says", () => {
  const { source } = newProcess({ policy: { graceDays: 3 } });
  expect(source.latest()).toMatchObject({ policy: { graceDays: 3 }, version: 0, hadProvider: false });
});
