import { describe, expect, test } from "vitest";
import { createEvents } from "../../src/core/events.js";
import { manualClock } from "../../src/testing/index.js";

const clock = manualClock();
const broken = new Error("the log is full");
const settled = () => new Promise((resolve) => setImmediate(resolve));

function eventsWithFailures() {
  const events = createEvents(clock.now);
  const failures: unknown[] = [];
  events.on("listener-failed", ({ event, error }) => failures.push([event, error]));
  return { events, failures };
}

describe("a security event", () => {
  test("reaches every listener of its name, with its time, and nobody else", () => {
    const events = createEvents(clock.now);
    const heard: unknown[] = [];
    events.on("signed-out", (detail) => heard.push(["one", detail]));
    events.on("signed-out", (detail) => heard.push(["two", detail]));
    events.on("session-ended", (detail) => heard.push(["other", detail]));
    events.emit("signed-out", { user: "anna" });
    const detail = { user: "anna", at: clock.now() };
    expect(heard).toEqual([
      ["one", detail],
      ["two", detail],
    ]);
  });

  test("without a listener is nothing", () => {
    expect(createEvents(clock.now).emit("signed-out", { user: "anna" })).toBeUndefined();
  });

  test("no longer reaches a listener that was removed", () => {
    const events = createEvents(clock.now);
    const heard: string[] = [];
    const remove = events.on("signed-out", () => heard.push("removed"));
    events.on("signed-out", () => heard.push("kept"));
    remove();
    remove();
    events.emit("signed-out", { user: "anna" });
    expect(heard).toEqual(["kept"]);
  });

  test("cannot be changed by one listener for the next", () => {
    const events = createEvents(clock.now);
    events.on("signed-out", (detail) => {
      detail.user = "ben";
    });
    const heard: string[] = [];
    events.on("signed-out", ({ user }) => heard.push(user));
    events.emit("signed-out", { user: "anna" });
    expect(heard).toEqual(["anna"]);
  });
});

describe("a listener that fails", () => {
  test("at once: is told of, and the others still hear", () => {
    const { events, failures } = eventsWithFailures();
    const heard: string[] = [];
    events.on("signed-out", () => {
      throw broken;
    });
    events.on("signed-out", ({ user }) => heard.push(user));
    events.emit("signed-out", { user: "anna" });
    expect(heard).toEqual(["anna"]);
    expect(failures).toEqual([["signed-out", broken]]);
  });

  test("later: is told of, and is no unhandled rejection", async () => {
    const { events, failures } = eventsWithFailures();
    events.on("signed-out", async () => {
      await settled();
      throw broken;
    });
    events.emit("signed-out", { user: "anna" });
    expect(failures).toEqual([]);
    await settled();
    await settled();
    expect(failures).toEqual([["signed-out", broken]]);
  });

  test("with nobody to tell: changes nothing", async () => {
    const events = createEvents(clock.now);
    events.on("signed-out", () => Promise.reject(broken));
    expect(events.emit("signed-out", { user: "anna" })).toBeUndefined();
    await settled();
  });

  test("while being told of a failure: is not told of, at once or later", async () => {
    const { events, failures } = eventsWithFailures();
    events.on("listener-failed", () => {
      throw new Error("so is the other log");
    });
    events.on("listener-failed", () => Promise.reject(new Error("and the third")));
    events.emit("listener-failed", { event: "signed-out", error: broken });
    await settled();
    expect(failures).toEqual([["signed-out", broken]]);
  });
});

describe("settled", () => {
  /** A promise that is kept or broken by hand. */
  function byHand() {
    let keep = () => {};
    let breakIt = (_: unknown) => {};
    const promise = new Promise<void>((resolve, reject) => {
      keep = resolve;
      breakIt = reject;
    });
    return { promise, keep: () => keep(), breakIt: () => breakIt(broken) };
  }
  /** Whether it is settled by now, without waiting for it. */
  async function isSettled(events: ReturnType<typeof createEvents>): Promise<boolean> {
    let done = false;
    events.settled().then(() => {
      done = true;
    });
    await settled();
    return done;
  }

  test("is at once where nothing happened, or nobody listens", async () => {
    const events = createEvents(clock.now);
    expect(await isSettled(events)).toBe(true);
    events.emit("signed-out", { user: "anna" });
    expect(await isSettled(events)).toBe(true);
  });

  test("waits for every listener, and no longer", async () => {
    const events = createEvents(clock.now);
    const [one, other] = [byHand(), byHand()];
    events.on("signed-out", () => one.promise);
    events.on("signed-out", () => other.promise);
    events.emit("signed-out", { user: "anna" });
    one.keep();
    expect(await isSettled(events)).toBe(false);
    other.keep();
    expect(await isSettled(events)).toBe(true);
  });

  test("waits for what begins meanwhile, also because something failed", async () => {
    const { events, failures } = eventsWithFailures();
    const [first, told] = [byHand(), byHand()];
    events.on("signed-out", () => first.promise);
    events.on("listener-failed", () => told.promise);
    events.emit("signed-out", { user: "anna" });
    const all = events.settled();
    first.breakIt();
    expect(await isSettled(events)).toBe(false);
    told.keep();
    await all;
    expect(failures).toEqual([["signed-out", broken]]);
  });

  test("never throws, whatever the listeners did", async () => {
    const events = createEvents(clock.now);
    events.on("signed-out", () => Promise.reject(broken));
    events.on("signed-out", () => {
      throw broken;
    });
    events.on("listener-failed", () => Promise.reject(broken));
    events.emit("signed-out", { user: "anna" });
    expect(await events.settled()).toBeUndefined();
    expect(await isSettled(events)).toBe(true);
  });

  test("waits for other libraries' promises too, and is told where they fail", async () => {
    const { events, failures } = eventsWithFailures();
    const heard: string[] = [];
    events.on("signed-out", () => ({
      // biome-ignore lint/suspicious/noThenProperty: a query of Mongoose has one, and runs when it is called
      then(resolve: (value: unknown) => void) {
        heard.push("run");
        resolve(undefined);
      },
    }));
    events.on("signed-out", () => ({
      // biome-ignore lint/suspicious/noThenProperty: the same, and it fails
      then(_: unknown, reject: (error: unknown) => void) {
        reject(broken);
      },
    }));
    events.emit("signed-out", { user: "anna" });
    await events.settled();
    expect(heard).toEqual(["run"]);
    expect(failures).toEqual([["signed-out", broken]]);
  });
});
