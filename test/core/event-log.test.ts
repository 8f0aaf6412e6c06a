// What is kept of the events about a person, and what becomes of an event that cannot be kept.
import { expect, test } from "vitest";
import { type EventLog, keepLog, type LoggedEvent } from "../../src/core/event-log.js";
import { createEvents } from "../../src/core/events.js";

const AT = new Date("2026-01-01T12:00:00Z");

function logged(append: EventLog["append"] = async () => undefined) {
  const kept: LoggedEvent[] = [];
  const events = createEvents(
    () => AT,
    () => ({ userAgent: "Firefox" }),
  );
  keepLog(events, {
    append: async (event) => {
      await append(event);
      kept.push(event);
    },
    of: async () => kept,
  });
  return { events, kept };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("an event about a person is kept with when, from where and what", async () => {
  const { events, kept } = logged();
  events.emit("recovery-code-used", { user: "anna", left: 2 });
  await settled();
  expect(kept).toEqual([
    { user: "anna", event: "recovery-code-used", at: AT, userAgent: "Firefox", detail: { left: 2 } },
  ]);
});

test("one that happened in no request says nothing of a browser", async () => {
  const kept: LoggedEvent[] = [];
  const events = createEvents(() => AT);
  keepLog(events, { append: async (event) => void kept.push(event), of: async () => kept });
  events.emit("signed-out", { user: "anna" });
  await settled();
  expect(kept).toEqual([{ user: "anna", event: "signed-out", at: AT, detail: {} }]);
});

test("what is about nobody, or could hold an address, is not kept", async () => {
  const { events, kept } = logged();
  events.emit("settings-changed", { by: "root", version: 2, parts: [] });
  events.emit("code-sent", { user: "anna", purpose: "login", factor: "email" });
  events.emit("challenge-started", { user: "anna", purpose: "login" });
  await settled();
  expect(kept).toEqual([]);
});

test("a log that fails changes nothing, and is told of", async () => {
  const broken = new Error("the log is full");
  const { events } = logged(async () => {
    throw broken;
  });
  const failures: unknown[] = [];
  events.on("listener-failed", ({ event, error }) => failures.push([event, error]));
  expect(() => events.emit("signed-out", { user: "anna" })).not.toThrow();
  await settled();
  expect(failures).toEqual([["signed-out", broken]]);
});
