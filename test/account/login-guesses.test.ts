// How often a login may be tried: per name and address, per name, per address; and which addresses are one.
import type { Request } from "express";
import { beforeEach, describe, expect, test } from "vitest";
import { networkOf, takeLogin } from "../../src/account/login-guesses.js";
import { later } from "../../src/core/clock.js";
import type { Runtime } from "../../src/express/runtime.js";
import { memoryLimiter } from "../../src/stores/limiter.js";
import { newPerson } from "../core/person.js";

const START = new Date("2026-01-01T00:00:00Z");

describe("a login", () => {
  let runtime: Runtime;
  let clock: ReturnType<typeof newPerson>["clock"];
  beforeEach(() => {
    const { parts, clock: own } = newPerson();
    clock = own;
    clock.set(START);
    runtime = { ...parts, limiter: memoryLimiter() } as unknown as Runtime;
  });
  const take = (name: string, ip?: string) => takeLogin(runtime, { ip } as Request, name);
  const waits = async (name: string, ip?: string) => {
    const guess = await take(name, ip);
    return guess.ok ? undefined : guess.retryAfterSeconds;
  };

  test("of one name from one address may be tried ten times in a quarter of an hour", async () => {
    for (let tries = 0; tries < 10; tries++) expect(await waits("tom", "203.0.113.7")).toBeUndefined();
    expect(await waits("tom", "203.0.113.7")).toBe(15 * 60);
    expect(await waits("tom", "203.0.113.8")).toBeUndefined();
    expect(await waits("ada", "203.0.113.7")).toBeUndefined();
    clock.set(later(START, 15 * 60));
    expect(await waits("tom", "203.0.113.7")).toBeUndefined();
  });

  test("of one name from everywhere may be tried a hundred times a day", async () => {
    for (let at = 0; at < 100; at++) expect(await waits("tom", `198.51.100.${at}`)).toBeUndefined();
    expect(await waits("tom", "203.0.113.7")).toBe(24 * 60 * 60);
    expect(await waits("ada", "203.0.113.7")).toBeUndefined();
    clock.set(later(START, 24 * 60 * 60));
    expect(await waits("tom", "203.0.113.7")).toBeUndefined();
  });

  test("from one address may be tried a hundred times an hour, an address of IPv6 being its network", async () => {
    for (let at = 0; at < 100; at++) {
      expect(await waits(`nobody-${at}`, `2001:db8:1:2::${at.toString(16)}`)).toBeUndefined();
    }
    expect(await waits("tom", "2001:db8:1:2:ffff::1")).toBe(60 * 60);
    expect(await waits("tom", "2001:db8:1:3::1")).toBeUndefined();
  });

  test("is counted where the address is not known", async () => {
    for (let tries = 0; tries < 10; tries++) await take("tom");
    expect(await waits("tom")).toBe(15 * 60);
  });

  test("is of one name however it is written", async () => {
    for (let tries = 0; tries < 10; tries++) await take(["tom", "TOM", " tom", "\uff54om"][tries % 4] ?? "");
    expect(await waits("tom")).toBe(15 * 60);
  });
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "::ffff:203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:DB8:0001:2::", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["", ""],
])("the network of %j is %j", (address, network) => expect(networkOf(address)).toBe(network));
