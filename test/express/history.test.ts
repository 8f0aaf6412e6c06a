// A person's own security history, and the mails that tell them of it.
import { type Delivery, DeliveryError, type Message, mongooseEvents } from "passport-second-factor";
import { describe, expect, test, vi } from "vitest";
import {
  ADA,
  afterPassword,
  CONFIRM,
  codes,
  ENROL,
  signedIn,
  stepUp,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import { useStartableApp } from "../support/suite.js";

const app = useStartableApp();
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0";
const EVENTS = "/second-factor/events";

interface History {
  events: { event: string; at: string; browser?: string; detail: Record<string, unknown> }[];
  older?: string;
}

function mailbox(fails = false) {
  const mails: Message[] = [];
  const delivery: Delivery = {
    channel: "email",
    async send(message) {
      mails.push(message);
      if (fails) throw new DeliveryError("busy", "not now", { isDefinite: true });
    },
  };
  return { mails, delivery };
}

async function historyOf(visitor: Awaited<ReturnType<typeof signedIn>>, query = ""): Promise<History> {
  const reply = await visitor.get(EVENTS + query);
  expect(reply.status).toBe(200);
  return reply.json as unknown as History;
}

describe("GET /events", () => {
  const start = async () => {
    await app.connection.collection("second_factor_events").deleteMany({});
    await app.start({ options: { eventLog: mongooseEvents(app.connection) } });
  };

  test("lists the person's own events, newest first, with browser and what was used", async () => {
    await start();
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await app.addUser({ email: ADA });
    await signedIn(app, ADA);
    const tom = await afterPassword(app, TOM);
    const code = await codes(app.clock).code();
    const verify = { method: "POST", headers: { "user-agent": FIREFOX }, body: { code } };
    await tom.ask("/second-factor/challenge/verify", verify);
    await vi.waitFor(async () => {
      const { events } = await historyOf(tom);
      expect(events[0]).toMatchObject({
        event: "signed-in",
        browser: "Firefox on Windows",
        detail: { factors: ["totp"] },
      });
    });
    const { events } = await historyOf(tom);
    expect(events.every(({ event }) => event !== "challenge-started")).toBe(true);
    expect(JSON.stringify(events)).not.toContain(code);
  });

  test("comes in pages, each beginning where the one before ended", async () => {
    await start();
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    for (let i = 0; i < 22; i++) {
      app.clock.advance({ seconds: 1 });
      await tom.post("/second-factor/sessions/end-others");
    }
    await vi.waitFor(async () => expect((await historyOf(tom)).events).toHaveLength(20));
    const first = await vi.waitFor(async () => {
      const found = await historyOf(tom);
      const second = await historyOf(tom, `?before=${encodeURIComponent(found.older ?? "")}`);
      expect(second.events).toHaveLength(3);
      return { found, second };
    });
    expect(first.second.older).toBeUndefined();
    const times = [...first.found.events, ...first.second.events].map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
  });

  test("of nobody, of somebody pending, with no log, and before no moment: refused", async () => {
    await start();
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    expect((await app.visitor().get(EVENTS)).json["code"]).toBe("no_challenge");
    expect((await (await afterPassword(app, TOM)).get(EVENTS)).json["code"]).toBe("second_factor_required");
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await tom.get(`${EVENTS}?before=yesterday`)).json["code"]).toBe("invalid_input");
    await app.start();
    await app.addUser({ email: ADA });
    expect((await (await signedIn(app, ADA)).get(EVENTS)).json["code"]).toBe("not_found");
  });
});

describe("notices by mail", () => {
  test("a first factor is told to the address on file, with when and a way to act", async () => {
    const { mails, delivery } = mailbox();
    await app.start({ options: { notices: { delivery } } });
    await app.addUser({ email: ADA });
    const ada = await signedIn(app, ADA);
    const { secret } = (await ada.post(ENROL)).json as { secret: string };
    const headers = { "user-agent": FIREFOX };
    const body = { code: await codes(app.clock, secret).code() };
    expect((await ada.ask(CONFIRM, { method: "POST", headers, body })).status).toBe(200);
    await vi.waitFor(() => expect(mails).toHaveLength(1));
    expect(mails[0]).toMatchObject({ to: ADA, subject: "Two-factor authentication is on" });
    expect(mails[0]?.text).toContain("Firefox on Windows. Not you? https://acme.test/second-factor");
  });

  test("one that fails changes no outcome, and is itself an event", async () => {
    const { mails, delivery } = mailbox(true);
    await app.start({ options: { notices: { delivery } } });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const failed: object[] = [];
    app.secondFactor.on("notice-failed", (event) => failed.push(event));
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    expect((await tom.post("/second-factor/factors/totp/remove")).status).toBe(200);
    await vi.waitFor(() => expect(failed).toMatchObject([{ about: "removed" }]));
    expect(mails).toHaveLength(1);
  });

  test("somebody without an address on file is told nothing, and nothing fails", async () => {
    const { mails, delivery } = mailbox();
    await app.start({ options: { notices: { delivery, addressOf: () => undefined } } });
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const failed: object[] = [];
    app.secondFactor.on("listener-failed", (event) => failed.push(event));
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await stepUp(app, tom, TOTP_SECRET);
    expect((await tom.post("/second-factor/factors/totp/remove")).status).toBe(200);
    expect(mails).toEqual([]);
    expect(failed).toEqual([]);
  });
});
