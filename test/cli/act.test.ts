// Taking a second factor away, and unlocking: whom it is about, the question, the reason, and who is told.
import { beforeEach, describe, expect, test } from "vitest";
import { act } from "../../src/cli/act.js";
import type { Acting } from "../../src/cli/arguments.js";
import type { EventLog } from "../../src/core/event-log.js";
import { memoryEvents } from "../../src/stores/event-log.js";
import { TOTP_SECRET } from "../support/app.js";
import { appOf, type FakeUser, fakeTerminal } from "./fake-terminal.js";

const TOM: FakeUser = { id: "7", email: "tom@acme.test", roles: ["admin"] };
const WHOLE: Acting = { name: "disable", user: "tom@acme.test", reason: "lost the phone", yes: true };

let log: EventLog;
let app: ReturnType<typeof appOf>;
beforeEach(async () => {
  log = memoryEvents();
  app = appOf([TOM, { id: "8", email: "ada@acme.test" }], { eventLog: log });
  await app.secondFactor.importTotp(TOM, TOTP_SECRET);
});

const factors = async () => (await app.store.read({ id: "7" }))?.factors;

describe("without a terminal", () => {
  test("it is done, recorded with who and why, and said", async () => {
    const terminal = fakeTerminal();
    await act(terminal, app.secondFactor, WHOLE);
    expect(await factors()).toEqual([]);
    expect(terminal.out()).toBe("tom@acme.test has no second factor any more.\n");
    const [event] = await log.of("7", { limit: 1 });
    const detail = { act: "disable", by: "cli:root", reason: "lost the phone" };
    expect(event).toMatchObject({ event: "administered", user: "7", detail });
  });

  test("who does it can be named", async () => {
    await act(fakeTerminal(), app.secondFactor, { ...WHOLE, by: "Ivy" });
    expect((await log.of("7", { limit: 1 }))[0]).toMatchObject({ detail: { by: "Ivy" } });
  });

  test("where there is nothing to do it says so", async () => {
    const terminal = fakeTerminal();
    await act(terminal, app.secondFactor, { ...WHOLE, name: "unlock" });
    expect(terminal.out()).toBe("tom@acme.test has no wrong codes: there was nothing to do.\n");
  });

  test.each([["reason"], ["yes"]] as const)("--%s is not guessed", async (missing) => {
    const { [missing]: _, ...rest } = WHOLE;
    const acting = act(fakeTerminal(), app.secondFactor, rest as Acting);
    await expect(acting).rejects.toThrow(`--${missing} is missing`);
    expect(await factors()).toEqual(["totp"]);
  });

  test("a reason of nothing is refused", async () => {
    const acting = act(fakeTerminal(), app.secondFactor, { ...WHOLE, reason: " \n" });
    await expect(acting).rejects.toMatchObject({ code: "invalid_input", errors: [{ field: "reason" }] });
    expect(await factors()).toEqual(["totp"]);
  });
});

describe("on a terminal", () => {
  const { reason: _reason, yes: _yes, ...asked } = WHOLE;

  test("it shows whom it is about, asks why and whether, and does it", async () => {
    const terminal = fakeTerminal({ isTTY: true });
    const acting = act(terminal, app.secondFactor, asked);
    await terminal.answer("Reason (kept in the log, and told to them): ", "lost the phone\n");
    await terminal.answer("[y/N] ", "y\n");
    await acting;
    expect(terminal.err()).toMatch(/tom@acme\.test[\s\S]*7[\s\S]*admin[\s\S]*authenticator app[\s\S]*Reason/);
    expect(await factors()).toEqual([]);
  });

  test.each(["n\n", "\n", "maybe\n", "yy\n"])("the answer %j does nothing", async (text) => {
    const terminal = fakeTerminal({ isTTY: true });
    const acting = act(terminal, app.secondFactor, { ...asked, reason: "lost" });
    await Promise.all([expect(acting).rejects.toThrow("Nothing was done."), terminal.answer("[y/N] ", text)]);
    expect(await factors()).toEqual(["totp"]);
  });

  test("a terminal that is closed does nothing", async () => {
    const terminal = fakeTerminal({ isTTY: true });
    const acting = act(terminal, app.secondFactor, { ...asked, reason: "lost" });
    (terminal.stdin as unknown as { end(): void }).end();
    await expect(acting).rejects.toThrow("Nothing was done.");
    expect(await factors()).toEqual(["totp"]);
  });
});

test("a log or a mail that fails is said, and what was done stays done", async () => {
  const broken: EventLog = {
    ...memoryEvents(),
    append: () => Promise.reject(new Error("log is \u001b[31maway")),
  };
  const delivery = { channel: "email", send: () => Promise.reject(new Error("no mail today")) } as const;
  const failing = appOf([TOM], { eventLog: broken, notices: { delivery } });
  await failing.secondFactor.importTotp(TOM, TOTP_SECRET);
  await failing.secondFactor.settled();
  const terminal = fakeTerminal();
  await act(terminal, failing.secondFactor, WHOLE);
  expect(terminal.out()).toContain("no second factor any more");
  expect(terminal.err()).toContain("They could not be told by mail:");
  expect(terminal.err()).toContain(
    "It could not be recorded or told (administered): Error: log is ?[31maway",
  );
});
