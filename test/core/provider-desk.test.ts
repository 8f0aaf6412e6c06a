// What is kept of a provider, what becomes of it when it is changed, and when it is connected.
import { describe, expect, test } from "vitest";
import { DeliveryError } from "../../src/core/delivery.js";
import { sealProvider } from "../../src/core/kept-provider.js";
import type { KeptProvider, Provider } from "../../src/core/provider.js";
import { createProviderDesk } from "../../src/core/provider-desk.js";
import { createSealer } from "../../src/core/sealing.js";
import { KEY, OTHER_KEY, random } from "./person.js";
import { fakeProvider, VALUES } from "./providers.js";

const sealer = createSealer([KEY], random);

function deskFor(provider: Provider, tools: { isProduction?: boolean; keys?: (typeof KEY)[] } = {}) {
  const { isProduction = false, keys } = tools;
  const own = keys ? createSealer(keys, random) : sealer;
  return createProviderDesk({ [provider.channel]: provider }, { sealer: own, isProduction });
}

function keptBy(provider: Provider, values: object = VALUES, kept?: KeptProvider): KeptProvider {
  const changed = deskFor(provider).change(provider.channel, values, kept);
  if (!changed.ok || !changed.kept) throw new Error(JSON.stringify(changed));
  return changed.kept;
}

describe("what is kept", () => {
  const { provider } = fakeProvider();

  test("has secrets sealed, and nothing of them in clear", () => {
    const kept = keptBy(provider);
    expect(kept).toMatchObject({ name: "Acme Post", values: { account: "acme", from: "Acme" } });
    expect(Object.keys(kept.secrets)).toEqual(["token"]);
    expect(JSON.stringify(kept)).not.toContain(VALUES.token);
  });

  test("opens in its own field of its own channel alone", () => {
    const { secrets } = keptBy(provider);
    const token = secrets["token"] ?? "";
    const context = { user: "", kind: "provider:sms", record: "token" };
    expect(new TextDecoder().decode(sealer.open(token, context).plain)).toBe(VALUES.token);
    for (const other of [{ kind: "provider:email" }, { record: "account" }, { user: "anna" }]) {
      expect(() => sealer.open(token, { ...context, ...other })).toThrow();
    }
  });

  test("is what was filled in: a field that is left out is not kept", () => {
    expect(sealProvider(sealer, provider, { account: "acme" })).toEqual({
      name: "Acme Post",
      values: { account: "acme" },
      secrets: {},
    });
  });

  test("is of that provider: another one of the channel has nothing", () => {
    const other = { ...fakeProvider().provider, name: "Another" };
    const desk = deskFor(other);
    expect(desk.stateOf("sms", keptBy(provider))).toEqual({ isReady: false, isTest: false });
    expect(desk.deliveryOf("sms", keptBy(provider))).toBeUndefined();
    expect(desk.change("sms", { account: "acme" }, keptBy(provider))).toMatchObject({ ok: false });
  });

  test("that does not open is not ready, and nothing is connected by it", () => {
    const { provider: own, connected } = fakeProvider();
    const desk = deskFor(own, { keys: [OTHER_KEY] });
    const kept = keptBy(own);
    expect(desk.stateOf("sms", kept)).toEqual({ isReady: false, isTest: false });
    expect(desk.deliveryOf("sms", kept)).toBeUndefined();
    expect(connected).toEqual([]);
  });
});

describe("a change", () => {
  const { provider } = fakeProvider();
  const kept = keptBy(provider);
  const desk = deskFor(provider);
  const errorsOf = (given: unknown, before?: KeptProvider) => {
    const changed = desk.change("sms", given, before);
    return changed.ok ? [] : changed.errors.map(({ field }) => field);
  };

  test("leaves a secret that is empty, and values that are left out, as they are", () => {
    expect(keptBy(provider, { token: "" }, kept)).toBe(kept);
    expect(keptBy(provider, {}, kept)).toBe(kept);
    const bare = keptBy(provider, { account: "acme", token: VALUES.token });
    expect(keptBy(provider, { from: "" }, bare)).toBe(bare);
    const renamed = keptBy(provider, { from: " Acme 2 ", token: "" }, kept);
    expect(renamed.values).toEqual({ account: "acme", from: "Acme 2" });
    expect(Object.keys(renamed.secrets)).toEqual(["token"]);
  });

  test("replaces a secret that is entered", () => {
    const { provider: own, connected } = fakeProvider();
    deskFor(own).deliveryOf("sms", keptBy(own, { token: "another" }, keptBy(own)));
    expect(connected).toEqual([{ ...VALUES, token: "another" }]);
  });

  test("asks for the secret anew where it would go somewhere else", () => {
    expect(desk.change("sms", { account: "acme-2", token: "" }, kept)).toEqual({
      ok: false,
      errors: [{ field: "token", message: "Enter it again: what is saved belongs to other settings." }],
    });
    expect(keptBy(provider, { account: "acme-2", token: "new" }, kept).values).toMatchObject({
      account: "acme-2",
    });
  });

  test("of everything to nothing leaves no provider, as does nothing where there was none", () => {
    expect(desk.change("sms", { account: "", from: "" }, kept)).toEqual({ ok: true });
    expect(desk.change("sms", { account: "", token: "", from: "" }, undefined)).toEqual({ ok: true });
  });

  test.each<[string, unknown, string[]]>([
    ["text", "acme", [""]],
    ["a list", [VALUES], [""]],
    ["nothing", null, [""]],
    ["a field that is not there", { ...VALUES, url: "https://evil.test" }, ["url"]],
    ["an operator", { $set: "acme" }, ["$set"]],
    ["a value that is no text", { account: { $ne: "" } }, ["account"]],
    ["a value in a list", { token: ["x"] }, ["token"]],
    ["a value on two lines", { from: "Acme\r\nBcc: eve@evil.test" }, ["from"]],
    ["a value that is too long", { token: "x".repeat(501) }, ["token"]],
    ["what the provider refuses", { account: "evil", token: "x" }, ["account"]],
  ])("to %s is refused, and says where", (_, given, fields) => {
    expect(errorsOf(given, kept)).toEqual(fields);
  });

  test("that leaves out what must be filled in is refused, and says where", () => {
    expect(errorsOf({ from: "Acme" })).toEqual(["account", "token"]);
    const none = createProviderDesk({}, { sealer, isProduction: false });
    expect(none.change("sms", VALUES, undefined)).toMatchObject({ ok: false });
  });
});

describe("a test key", () => {
  const { provider, connected } = fakeProvider();
  const given = { ...VALUES, from: "test" };

  test("is marked, and good for trying out", () => {
    const kept = keptBy(provider, given);
    expect(deskFor(provider).stateOf("sms", kept)).toEqual({ isReady: true, isTest: true });
  });

  test("is refused in production, and not ready where it was saved before", () => {
    const desk = deskFor(provider, { isProduction: true });
    const changed = desk.change("sms", given, undefined);
    expect(changed).toMatchObject({ ok: false, errors: [{ field: "from" }] });
    const kept = keptBy(provider, given);
    expect(desk.stateOf("sms", kept)).toEqual({ isReady: false, isTest: true });
    expect(desk.deliveryOf("sms", kept)).toBeUndefined();
    expect(connected).toEqual([]);
  });

  test("stands at no field where the provider names none", () => {
    const fields = provider.fields.map(({ marksTest: _, ...field }) => field);
    const desk = deskFor({ ...provider, fields }, { isProduction: true });
    expect(desk.change("sms", given, undefined)).toMatchObject({ ok: false, errors: [{ field: "" }] });
  });
});

describe("a delivery", () => {
  test("is connected when it is first asked for, and again only where the values changed", () => {
    const { provider, connected } = fakeProvider();
    const desk = deskFor(provider);
    const kept = keptBy(provider);
    desk.stateOf("sms", kept);
    expect(connected).toEqual([]);
    const first = desk.deliveryOf("sms", kept);
    expect(desk.deliveryOf("sms", structuredClone(kept))).toBe(first);
    expect(desk.deliveryOf("sms", keptBy(provider, { token: VALUES.token }, keptBy(provider)))).toBe(first);
    expect(connected).toEqual([VALUES]);
    desk.deliveryOf("sms", keptBy(provider, { from: "Acme 2" }, kept));
    expect(connected).toHaveLength(2);
  });

  test("that cannot be made is a definite failure, in which nothing of the values is told", () => {
    const fault = () => {
      throw new Error(`no account for ${VALUES.token}`);
    };
    for (const { provider } of [
      fakeProvider("sms", fault),
      { provider: { ...fakeProvider().provider, connect: () => ({ channel: "email" }) as never } },
    ]) {
      const failed = (() => {
        try {
          return deskFor(provider).deliveryOf("sms", keptBy(provider));
        } catch (error) {
          return error;
        }
      })() as DeliveryError;
      expect(failed).toBeInstanceOf(DeliveryError);
      expect(failed).toMatchObject({ reason: "unreachable", isDefinite: true });
      expect(failed.cause).toBeUndefined();
      expect(failed.message).not.toContain(VALUES.token);
    }
  });
});
