import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createCodeHasher } from "../../src/core/code-hash.js";
import { type Channel, type Delivery, DeliveryError, type Message } from "../../src/core/delivery.js";
import type { Attempt, CodeNote, CodeSender, Factor, Tools } from "../../src/core/factor.js";
import type { Challenge, PendingEnrolment, SentCode } from "../../src/core/model.js";
import { createSealer } from "../../src/core/sealing.js";
import { emailCode } from "../../src/factors/email-code.js";
import type { SentCodeOptions } from "../../src/factors/one-time-code.js";
import { smsCode } from "../../src/factors/sms-code.js";
import { emptyState } from "../../src/stores/memory-state.js";
import { manualClock } from "../../src/testing/index.js";
import { KEY, OTHER_KEY, random } from "../core/person.js";

const clock = manualClock();
const NOW = clock.now();
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const tools: Tools = {
  clock,
  random,
  sealer: createSealer([KEY], random),
  codes: createCodeHasher([KEY]),
  issuer: "Acme",
  origin: "https://acme.test",
};

const NOTE: CodeNote = {
  to: "anna@acme.test",
  code: "123456",
  purpose: "login",
  account: "anna",
  minutes: 10,
  reference: "r1",
  at: NOW,
};

/** A delivery that takes everything, or throws what it is given. */
function carrier(channel: Channel = "email", fault?: () => unknown) {
  const taken: Message[] = [];
  const delivery: Delivery = {
    channel,
    async send(message) {
      taken.push(message);
      if (fault) throw fault();
    },
  };
  return { ...delivery, taken };
}

const sendsOf = ({ sends }: Factor): CodeSender => {
  if (!sends) throw new Error("its codes are sent by nobody");
  return sends;
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a new code", () => {
  const { newCode } = sendsOf(emailCode({ delivery: carrier() }));
  /** Chance that draws these numbers of 32 bits, one after the other. */
  const drawing = (...numbers: number[]) => ({
    bytes(length: number) {
      const [number] = numbers.splice(0, 1);
      if (number === undefined) throw new Error("drawn too often");
      const bytes = Buffer.alloc(length);
      bytes.writeUInt32BE(number);
      return bytes;
    },
  });
  /** The largest multiple of a million that 32 bits hold: from there on the lower codes would come more often. */
  const FAIR = 4_294_000_000;

  test.each([
    [0, "000000"],
    [7, "000007"],
    [999_999, "999999"],
    [1_000_000, "000000"],
    [4_293_123_456, "123456"],
    [FAIR - 1, "999999"],
  ])("of the number %i is %s", (number, code) => {
    expect(newCode(drawing(number))).toBe(code);
  });

  test.each([FAIR, FAIR + 1, FAIR + 967_295, 2 ** 32 - 1])("is drawn again for %i", (number) => {
    expect(newCode(drawing(number, number, 42))).toBe("000042");
  });

  test("is as likely as any other: what is not drawn again is the number's last six digits", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: FAIR - 1 }), (number) => {
        expect(newCode(drawing(number))).toBe(String(number).padStart(6, "0").slice(-6));
      }),
    );
  });

  test("has six digits, of whatever chance", () => {
    const codes = Array.from({ length: 500 }, () => newCode(random));
    expect(codes.filter((code) => /^[0-9]{6}$/.test(code))).toEqual(codes);
    expect(new Set(codes).size).toBeGreaterThan(450);
  });
});

describe("a code that is typed", () => {
  const { parse } = emailCode({ delivery: carrier() });

  test.each([
    ["123456", "123456"],
    [" 123 456\n", "123456"],
    ["123-456", "123456"],
    ["١٢٣٤٥٦", "123456"],
    ["１２３４５６", "123456"],
  ])("is read: %j", (typed, code) => {
    expect(parse(typed)).toBe(code);
  });

  test.each([
    ["12345"],
    ["1234567"],
    ["12345a"],
    [""],
    [123456],
    [["123456"]],
    [{ $ne: null }],
    [null],
    [undefined],
  ])("is none: %j", (typed) => {
    expect(parse(typed)).toBeUndefined();
  });
});

describe("whether a code is right", () => {
  const factor = emailCode({ delivery: carrier() });
  const CODE = "123456";
  const GOOD = { user: "anna", purpose: "login", challenge: "c1", factor: "email" } as const;
  const BINDING = { ...GOOD, enrolment: "e1", code: CODE };

  const sent = (changes: Partial<SentCode> = {}): SentCode => ({
    factor: "email",
    hash: tools.codes.hash(BINDING),
    sentAt: NOW,
    expiresAt: inSeconds(600),
    resent: false,
    ...changes,
  });
  const challenge = (changes: Partial<Challenge> = {}): Challenge => ({
    id: "c1",
    login: "login-1",
    purpose: "login",
    createdAt: NOW,
    expiresAt: inSeconds(600),
    attempts: 1,
    code: sent(),
    ...changes,
  });
  const { code: _, ...unsent } = challenge();

  const state = (kind: "email" | "sms" = "email") => {
    const active = { id: "e1", address: "anna@acme.test", createdAt: NOW };
    const { vault, ...empty } = emptyState();
    return { ...empty, factors: [kind], vault: { ...vault, enrolments: { [kind]: { active } } } };
  };
  const attempt = (changes: Partial<Attempt> = {}): Attempt => ({
    user: "anna",
    state: state(),
    challenge: challenge(),
    code: CODE,
    at: NOW,
    ...changes,
  });
  const verify = (changes: Partial<Attempt> = {}, with_ = tools) => factor.verify(attempt(changes), with_);
  const EXPIRED = { ok: false, expired: true };

  test("the one that was sent is, and names what is spent by it", async () => {
    const spend = { kind: "sent-code", factor: "email", enrolment: "e1", hash: sent().hash };
    expect(await verify()).toEqual({ ok: true, spend });
  });

  test("to the second of its last", async () => {
    expect(await verify({ at: inSeconds(599) })).toMatchObject({ ok: true });
    expect(await verify({ at: inSeconds(600) })).toEqual(EXPIRED);
  });

  test("another one is not, and is called superseded only where one was sent before", async () => {
    expect(await verify({ code: "123457" })).toEqual({ ok: false });
    const resent = challenge({ code: sent({ resent: true }) });
    expect(await verify({ code: "123457", challenge: resent })).toEqual({ ok: false, hint: "superseded" });
    expect(await verify({ challenge: resent })).toMatchObject({ ok: true });
  });

  test("there is nothing to compare with where none was sent, or one by another way", async () => {
    expect(await verify({ challenge: unsent })).toEqual(EXPIRED);
    const bySms = challenge({ code: sent({ factor: "sms" }) });
    expect(await verify({ challenge: bySms })).toEqual(EXPIRED);
  });

  test.each<[string, Partial<Attempt>]>([
    ["another person", { user: "ben" }],
    ["another challenge", { challenge: challenge({ id: "c2" }) }],
    ["another purpose", { challenge: challenge({ purpose: "action:payout" }) }],
  ])("it is worth nothing for %s", async (_, changes) => {
    expect(await verify(changes)).toEqual({ ok: false });
  });

  test("nobody's is, who has no such factor", async () => {
    expect(await verify({ state: emptyState() })).toEqual({ ok: false });
    expect(await verify({ state: state("sms") })).toEqual({ ok: false });
  });

  test("is not known without the key it was hashed with", async () => {
    const other = { ...tools, codes: createCodeHasher([OTHER_KEY]) };
    await expect(verify({}, other)).rejects.toMatchObject({ code: "misconfigured" });
  });

  describe("of an enrolment", () => {
    const { enrol } = factor;
    if (!enrol) throw new Error("nobody enrols it");
    const enrolment: PendingEnrolment = {
      id: "p1",
      address: "anna@acme.test",
      createdAt: NOW,
      expiresAt: inSeconds(1800),
      login: "login-1",
      first: true,
    };
    const binding = { ...BINDING, purpose: "enrol:email", enrolment: "p1" } as const;
    const hash = tools.codes.hash(binding);
    const asked = challenge({ purpose: "enrol:email", code: sent({ hash }) });
    const confirm = (changes: Partial<Attempt> = {}) =>
      enrol.confirm({ ...attempt({ challenge: asked, state: emptyState(), ...changes }), enrolment }, tools);

    test("the one that was sent is, before anything is active, and names its hash", async () => {
      expect(await confirm()).toEqual({ ok: true, code: hash });
    });

    test("one that went to another address is not, though the challenge is the same", async () => {
      const other = sent({ hash: tools.codes.hash({ ...binding, enrolment: "p0" }) });
      expect(await confirm({ challenge: { ...asked, code: other } })).toEqual({ ok: false });
    });

    test("another one is not, nor one for a login, nor one too late", async () => {
      expect(await confirm({ code: "123457" })).toEqual({ ok: false });
      expect(await confirm({ challenge: { ...asked, code: sent() } })).toEqual({ ok: false });
      expect(await confirm({ at: inSeconds(600) })).toEqual(EXPIRED);
    });

    test("shows the address, and nothing else", () => {
      const who = { user: "anna", account: "anna" };
      expect(enrol.offer(enrolment, who, tools)).toEqual({ address: "anna@acme.test" });
    });
  });
});

describe("a message", () => {
  const definite = (reason: "rejected" | "busy" = "rejected") =>
    new DeliveryError(reason, "refused", { isDefinite: true });
  const sendBy = (...deliveries: Delivery[]) =>
    sendsOf(emailCode({ delivery: deliveries })).send(NOTE, tools);

  /** Makes the clock that deliveries are timed by stand still, for as long as nobody moves it. */
  function stopwatch() {
    let now = 1_000_000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    return {
      advance: (ms: number) => {
        now += ms;
      },
    };
  }

  test("goes to the one delivery there is, written for its way", async () => {
    const only = carrier();
    await sendsOf(emailCode({ delivery: only })).send(NOTE, tools);
    const text = expect.stringMatching(/^123456 is your Acme code/);
    expect(only.taken).toMatchObject([{ to: NOTE.to, reference: "r1", at: NOW, text }]);
    expect(only.taken[0]).toHaveProperty("html");
  });

  test("goes to the first of several, and to no other", async () => {
    const [first, second] = [carrier(), carrier()];
    await sendBy(first, second);
    expect([first.taken.length, second.taken.length]).toEqual([1, 0]);
  });

  test("goes on to the next only after a definite refusal, the same message in their order", async () => {
    const refusing = [carrier("email", definite), carrier("email", definite)] as const;
    const [taking, last] = [carrier(), carrier()];
    await sendBy(...refusing, taking, last);
    expect([...refusing, taking, last].map(({ taken }) => taken.length)).toEqual([1, 1, 1, 0]);
    expect(taking.taken).toEqual(refusing[0].taken);
  });

  test("that all refuse is refused as by the last", async () => {
    const last = definite("busy");
    const refused = sendBy(
      carrier("email", definite),
      carrier("email", () => last),
    );
    await expect(refused).rejects.toBe(last);
  });

  test.each([
    ["a time-out", new DeliveryError("timeout", "nobody answered", { isDefinite: false })],
    ["any other error", new Error("boom")],
    ["what only looks like a refusal", { isDefinite: true }],
  ])("goes no further after %s: it may have been sent", async (_, error) => {
    const second = carrier();
    await expect(
      sendBy(
        carrier("email", () => error),
        second,
      ),
    ).rejects.toBe(error);
    expect(second.taken).toEqual([]);
  });

  test.each([
    [0, true],
    [2000, true],
    [2001, false],
    [60_000, false],
  ])("that is refused after %i ms goes on to the next: %s", async (ms, goesOn) => {
    const watch = stopwatch();
    const error = definite();
    const slow = carrier("email", () => {
      watch.advance(ms);
      return error;
    });
    const next = carrier();
    const sent = await sendBy(slow, next).catch((thrown: unknown) => thrown);
    expect(sent).toBe(goesOn ? undefined : error);
    expect(next.taken).toHaveLength(goesOn ? 1 : 0);
  });

  test("has two seconds for all refusals together", async () => {
    const watch = stopwatch();
    const slow = () =>
      carrier("email", () => {
        watch.advance(1500);
        return definite();
      });
    const third = carrier();
    await expect(sendBy(slow(), slow(), third)).rejects.toMatchObject({ reason: "rejected" });
    expect(third.taken).toEqual([]);
  });
});

describe.each([
  ["emailCode", "email", 10, 20, emailCode, "nodemailerDelivery(transport, { from })"],
  ["smsCode", "sms", 5, 10, smsCode, "twilioDelivery(client, { from })"],
] as const)("the options of %s", (name, channel, usual, longest, make, example) => {
  const other: Channel = channel === "email" ? "sms" : "email";
  const delivery = carrier(channel);
  const misconfigured = (message: string) =>
    expect.objectContaining({ code: "misconfigured", message: expect.stringContaining(message) });

  test("are a delivery, and else the usual", () => {
    const factor = make({ delivery });
    expect(factor).toMatchObject({ kind: channel, guessable: true, primary: true });
    expect(sendsOf(factor)).toMatchObject({
      channel,
      lifeSeconds: usual * 60,
      newAddressesPerDay: 500,
      isTest: false,
    });
    expect(sendsOf(factor)).not.toHaveProperty("sender");
  });

  test.each([1, longest])("lifeMinutes: %i will do", (lifeMinutes) => {
    expect(sendsOf(make({ delivery, lifeMinutes }))).toMatchObject({ lifeSeconds: lifeMinutes * 60 });
  });

  test.each([0, -1, 1.5, longest + 1, Number.NaN, Infinity, "5"])("lifeMinutes: %j is refused", (value) => {
    const lifeMinutes = value as number;
    const words = `${name}({ lifeMinutes }) is a whole number from 1 to ${longest}`;
    expect(() => make({ delivery, lifeMinutes })).toThrow(misconfigured(words));
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity, "500"])("newAddressesPerDay: %j is refused", (value) => {
    const newAddressesPerDay = value as number;
    const words = `${name}({ newAddressesPerDay }) is a whole number from 1`;
    expect(() => make({ delivery, newAddressesPerDay })).toThrow(misconfigured(words));
  });

  test("newAddressesPerDay: as given", () => {
    expect(sendsOf(make({ delivery, newAddressesPerDay: 1 }))).toMatchObject({ newAddressesPerDay: 1 });
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["an empty list", []],
    ["a list with a hole", [delivery, undefined]],
    ["one that carries something else", carrier(other)],
    ["one of several that carries something else", [delivery, carrier(other)]],
    ["one that cannot send", { channel }],
    ["a text", "smtp://localhost"],
  ])("delivery: %s is refused, with what to write", (_, wrong) => {
    const options = { delivery: wrong } as SentCodeOptions;
    expect(() => make(options)).toThrow(misconfigured(`write ${name}({ delivery: ${example} })`));
  });

  test("delivery: none waits for a provider", async () => {
    expect(sendsOf(make({}))).toMatchObject({ isReady: false, isTest: false });
    expect(sendsOf(make({ delivery })).isReady).toBe(true);
    const provided = carrier(channel);
    await sendsOf(make({})).send({ ...NOTE, to: "+14155550123" }, tools, provided);
    expect(provided.taken).toHaveLength(1);
  });

  test("the sender is the first that has a name, and one that keeps messages makes it a test", () => {
    const named = { ...carrier(channel), sender: "no-reply@acme.test" };
    const kept = { ...carrier(channel), sender: "test@acme.test", isTest: true };
    expect(sendsOf(make({ delivery: [delivery, named] }))).toMatchObject({
      sender: "no-reply@acme.test",
      isTest: false,
    });
    expect(sendsOf(make({ delivery: [named, kept] }))).toMatchObject({
      sender: "no-reply@acme.test",
      isTest: true,
    });
  });
});
