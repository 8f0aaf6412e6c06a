// What somebody finds who reads the database, the sessions or the log: no code, no secret, no key.
import { recoveryCodes, totp } from "passport-second-factor";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  afterPassword,
  codes,
  ENROL,
  EVE,
  everyFactor,
  KEY,
  PASSWORD,
  SEND,
  sentCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

// Everything that can be switched on by DEBUG speaks; it is read when a module loads.
vi.hoisted(() => {
  process.env["DEBUG"] = "*,-vite*,-vitest*";
});

let terminal: Terminal;

const EVE_SECRET = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU";
const factors = () => [totp(), recoveryCodes({ count: 2 })];

// Before the app: it starts and closes under observation.
beforeEach(() => {
  terminal = listen();
  return () => terminal.stop();
});
const app = useApp(() => ({ options: { factors: factors() } }));

/** Every document of every collection, sessions included, as the bytes that are stored. */
async function stored(): Promise<Buffer> {
  const collections = (await app.connection.db?.listCollections().toArray()) ?? [];
  const documents: Buffer[] = [];
  for (const { name } of collections) {
    const found = await app.connection.collection(name).find({}, { raw: true }).toArray();
    documents.push(...(found as unknown as Buffer[]).map((bytes) => Buffer.from(bytes)));
  }
  return Buffer.concat(documents);
}

/** What must not be found, in each form it could have been written in. */
class Hidden {
  readonly #texts = new Set<string>(["otpauth:"]);
  readonly #bytes: Buffer[] = [];
  readonly #codes = new Set<string>();

  constructor() {
    this.text(KEY.secret);
  }

  text(text: string): void {
    for (const form of [text, text.toLowerCase(), text.match(/.{1,4}/g)?.join(" ") ?? text])
      this.#texts.add(form);
    this.bytes(Buffer.from(text));
  }

  bytes(bytes: Buffer): void {
    this.#bytes.push(bytes);
    for (const form of ["hex", "base64url"] as const) this.#texts.add(bytes.toString(form));
    this.#texts.add(bytes.toString("base64").replace(/=+$/, ""));
  }

  secret(base32: string): string {
    this.text(base32);
    this.bytes(fromBase32(base32));
    return base32;
  }

  recovery(printed: unknown): string[] {
    const list = printed as string[];
    for (const code of list) for (const form of [code, code.replaceAll("-", "")]) this.text(form);
    return list;
  }

  code(code: string): string {
    this.#codes.add(code);
    return code;
  }

  /** What was found of it. A code is six digits that stand alone: a time or an id may hold the same. */
  foundIn(bytes: Buffer): string[] {
    const text = bytes.toString("latin1");
    return [
      ...[...this.#texts].filter((hidden) => text.includes(hidden)),
      ...this.#bytes.filter((hidden) => bytes.includes(hidden)).map((hidden) => hidden.toString("hex")),
      ...[...this.#codes].filter((code) => new RegExp(`(?<![\\w.-])${code}(?![\\w.-])`).test(text)),
    ];
  }
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

interface Terminal {
  log(): Buffer;
  stop(): void;
}

/** Everything written to the terminal meanwhile, warnings included; none of it gets there. */
function listen(): Terminal {
  let log = "";
  const note = (chunk: unknown) => {
    log += String(chunk);
    return true;
  };
  const noteAll = (...parts: unknown[]) => void note(parts.map(String).join(" "));
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(note),
    vi.spyOn(process.stderr, "write").mockImplementation(note),
    ...(["log", "info", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(noteAll),
    ),
  ];
  const warned = (warning: Error) => void note(`${warning.message} ${warning.stack}`);
  process.on("warning", warned);
  return {
    log: () => Buffer.from(log),
    stop() {
      process.off("warning", warned);
      for (const spy of spies) spy.mockRestore();
    },
  };
}

test("a full run of every flow leaves no code, secret, recovery code or key in the database, the sessions or the log", async () => {
  const hidden = new Hidden();
  const told: unknown[] = [];
  const names = [
    "signed-in",
    "signed-out",
    "challenge-started",
    "code-refused",
    "locked",
    "enrolled",
    "removed",
  ] as const;
  const more = ["recovery-code-used", "recovery-codes-renewed", "step-up", "session-ended"] as const;
  for (const name of [...names, ...more]) app.secondFactor.on(name, (detail) => void told.push(detail));
  const found: string[] = [];
  /** Looks after every step: some of what is stored does not stay. */
  const after = async (reply: Reply, status: number): Promise<Reply> => {
    expect(reply.status).toBe(status);
    found.push(...hidden.foundIn(await stored()));
    return reply;
  };
  const code = async (secret: string) => hidden.code(await codes(app.clock, secret).code());
  const next = () => app.clock.advance({ seconds: 30 });

  await app.addUser({ email: TOM });
  const tom = await signedIn(app, TOM);
  hidden.secret(String((await after(await tom.post(ENROL), 200)).json["secret"]));
  await after(await tom.page(ENROL), 200);
  await after(await tom.post(`${ENROL}/confirm`, { code: hidden.code("000000") }), 401);
  const first = hidden.secret(String((await tom.post(ENROL, { restart: true })).json["secret"]));
  const confirmed = await after(await tom.post(`${ENROL}/confirm`, { code: await code(first) }), 200);
  const [printed = ""] = hidden.recovery(confirmed.json["recoveryCodes"]);
  await after(await tom.post("/second-factor/recovery-codes/saved", { saved: true }), 200);
  await after(await tom.post("/logout"), 200);
  next();

  const again = await afterPassword(app, TOM);
  await after(await again.post(VERIFY, { code: hidden.code("111111") }), 401);
  await after(await again.form(VERIFY, { code: hidden.code("222222") }), 303);
  const used = await code(first);
  await after(await again.post(VERIFY, { code: used }), 200);
  await after(await (await afterPassword(app, TOM)).post(VERIFY, { code: used }), 401);
  next();
  await after(await again.post(VERIFY, { code: await code(first), action: "change-factors" }), 200);
  const second = hidden.secret(
    String((await after(await again.form(ENROL), 303)) && (await again.get(ENROL)).json["secret"]),
  );
  await after(await again.form(`${ENROL}/confirm`, { code: await code(second) }), 303);
  next();
  await after(await again.post(VERIFY, { code: await code(second), action: "change-factors" }), 200);
  const renewed = await after(await again.post("/second-factor/recovery-codes"), 200);
  const [fresh = "", other = ""] = hidden.recovery(renewed.json["recoveryCodes"]);

  const lost = await afterPassword(app, TOM);
  await after(await lost.post(VERIFY, { factor: "recovery-code", code: printed }), 401);
  await after(await lost.post(VERIFY, { factor: "recovery-code", code: fresh }), 200);
  await after(
    await (await afterPassword(app, TOM)).form(VERIFY, { factor: "recovery-code", code: other }),
    303,
  );
  await after(await lost.post("/second-factor/factors/totp/remove"), 200);

  const eve = await app.addUser({ email: EVE });
  expect(await app.secondFactor.importTotp(eve, hidden.secret(EVE_SECRET))).toBe(true);
  const thief = await afterPassword(app, EVE);
  for (let guess = 0; guess < 6; guess++) await thief.post(VERIFY, { code: hidden.code("333333") });
  await after(await thief.post(VERIFY, { code: await code(EVE_SECRET) }), 429);
  await after(await thief.post("/second-factor/challenge/cancel"), 200);
  await expect(app.secondFactor.importTotp(eve, "KRSXG5CT")).rejects.toThrow(
    /base32 text of at least 16 bytes/,
  );

  expect(found).toEqual([]);
  const log = terminal.log();
  expect(log.toString()).toMatch(/express-session|connect-mongo|body-parser/);
  expect(hidden.foundIn(log)).toEqual([]);
  expect(told.length).toBeGreaterThan(15);
  expect(hidden.foundIn(Buffer.from(JSON.stringify(told)))).toEqual([]);
});

const MAILBOX = "tom.private@mail.test";
const OTHER_MAILBOX = "tom.other@mail.test";
const NUMBER = "+14155550142";
const OTHER_NUMBER = "+447400123456";
const ADDRESSES = [MAILBOX, OTHER_MAILBOX, NUMBER, OTHER_NUMBER];

/** What is found of an address, whole or as its parts are written elsewhere. */
function addressesIn(bytes: Buffer): string[] {
  const text = bytes.toString("latin1");
  const forms = ADDRESSES.flatMap((address) => [
    address,
    address.replace("+", "%2B"),
    address.replace("@", "%40"),
  ]);
  return forms.filter((form) => text.includes(form) || text.includes(form.replace(/^\+(1|44)/, "")));
}

/** Every document but those of people: their sessions, and what is counted. */
async function storedElsewhere(): Promise<Buffer> {
  const collections = (await app.connection.db?.listCollections().toArray()) ?? [];
  const others = collections.filter(({ name }) => name !== "users");
  const found = await Promise.all(others.map(({ name }) => app.connection.collection(name).find().toArray()));
  return Buffer.from(JSON.stringify(found));
}

test("a full run of codes by e-mail and text message leaves no code anywhere, and no address but on the person", async () => {
  await app.start({ factors: everyFactor });
  await app.connection.collection("second_factor_limits").deleteMany({});
  const hidden = new Hidden();
  const told: unknown[] = [];
  const names = [
    "signed-in",
    "signed-out",
    "challenge-started",
    "code-refused",
    "locked",
    "enrolled",
    "removed",
    "code-sent",
    "delivery-failed",
    "send-cap-reached",
    "browser-trusted",
    "browser-forgotten",
    "step-up",
    "session-ended",
    "listener-failed",
  ] as const;
  for (const name of names) app.secondFactor.on(name, (detail) => void told.push(detail));
  const found: string[] = [];
  /** Looks after every step: some of what is stored does not stay. */
  const after = async (reply: Reply, status: number): Promise<Reply> => {
    expect(reply.status).toBe(status);
    for (const { text } of app.outbox.messages()) hidden.code(text.slice(0, 6));
    found.push(...hidden.foundIn(await stored()), ...addressesIn(await storedElsewhere()));
    app.clock.advance({ seconds: 61 });
    return reply;
  };
  const enrol = (kind: string) => `/second-factor/enrol/${kind}`;
  const action = "change-factors";

  await app.addUser({ email: TOM });
  const tom = await signedIn(app, TOM);
  await after(await tom.post(enrol("email"), { address: MAILBOX }), 200);
  await after(await tom.page(enrol("email")), 200);
  await after(await tom.post(enrol("email"), { resend: true }), 200);
  await after(await tom.post(`${enrol("email")}/confirm`, { code: hidden.code("111111") }), 401);
  const first = await after(await tom.post(`${enrol("email")}/confirm`, { code: sentCode(app) }), 200);
  hidden.recovery(first.json["recoveryCodes"]);
  await after(await tom.post(SEND, { factor: "email", action }), 202);
  await after(await tom.form(VERIFY, { factor: "email", code: sentCode(app), action }), 303);
  await after(await tom.form(enrol("sms"), { country: "US", number: "nonsense" }), 303);
  await after(await tom.form(enrol("sms"), { country: "US", number: "415 555 0142" }), 303);
  await after(await tom.form(`${enrol("sms")}/confirm`, { code: sentCode(app) }), 303);

  app.clock.advance({ days: 1 });
  const again = await afterPassword(app, TOM);
  for (const factor of ["email", "sms"]) {
    await after(await again.post(SEND, { factor }), 202);
    await after(await again.page("/second-factor/challenge"), 200);
    await after(await again.form(VERIFY, { factor, code: hidden.code("222222") }), 303);
  }
  await after(await again.form(SEND, { factor: "email" }), 303);
  const used = sentCode(app);
  await after(await again.post(VERIFY, { factor: "email", code: used, trustBrowser: true }), 200);
  await after(await (await afterPassword(app, TOM)).post(VERIFY, { factor: "email", code: used }), 410);
  const change = "change-address";
  await after(await again.post(enrol("email"), { address: OTHER_MAILBOX }), 401);
  await after(await again.post(SEND, { factor: "sms", action: change }), 202);
  await after(await again.post(VERIFY, { factor: "sms", code: sentCode(app), action: change }), 200);
  await after(await again.post(enrol("email"), { address: OTHER_MAILBOX }), 200);
  app.clock.advance({ days: 1 });
  const other = { country: "GB", number: "07400 123456" };
  await after(await again.form(enrol("sms"), other), 303);
  await after(await again.post(SEND, { factor: "email", action: change }), 202);
  await after(await again.post(VERIFY, { factor: "email", code: sentCode(app), action: change }), 200);
  await after(await again.form(enrol("sms"), other), 303);
  await after(await again.post(`${enrol("sms")}/confirm`, { code: sentCode(app, OTHER_NUMBER) }), 200);
  await app.secondFactor.settled();
  const stop = /stop\/[\w-]+\.([\w-]{43})/.exec(app.outbox.messages()[0]?.text ?? "")?.[1];
  expect(stop).toBeDefined();
  hidden.text(String(stop));
  await after(await app.visitor().get("/second-factor"), 401);
  await after(await again.get("/second-factor"), 200);
  await after(await again.post("/logout"), 200);
  const thief = await afterPassword(app, TOM);
  await after(await thief.post(SEND, { factor: "sms" }), 202);
  for (let i = 0; i < 5; i += 1) await thief.post(VERIFY, { factor: "sms", code: hidden.code("333333") });
  await after(await thief.post("/second-factor/challenge/cancel"), 200);

  expect(found).toEqual([]);
  const log = terminal.log();
  const events = Buffer.from(JSON.stringify(told));
  for (const written of [log, events]) {
    expect(hidden.foundIn(written)).toEqual([]);
    expect(addressesIn(written)).toEqual([]);
  }
  expect(log.toString()).toMatch(/express-session|connect-mongo|body-parser/);
  expect(told.length).toBeGreaterThan(20);
  // At rest an address is readable, on its person: codes are sent there.
  const enrolments = (await vault(TOM)).enrolments as unknown as Record<
    string,
    { active: { address: string } }
  >;
  expect(enrolments["email"]?.active.address).toBe(MAILBOX);
  expect(enrolments["sms"]?.active.address).toBe(OTHER_NUMBER);
});

test("the search for addresses finds what is there", () => {
  for (const address of ADDRESSES) {
    expect(addressesIn(Buffer.from(JSON.stringify({ to: address })))).not.toEqual([]);
    expect(addressesIn(Buffer.from(`GET /?to=${encodeURIComponent(address)}`))).not.toEqual([]);
  }
  expect(addressesIn(Buffer.from("t***@mail.test +1********42"))).toEqual([]);
});

test("the search finds what is there", async () => {
  const hidden = new Hidden();
  hidden.secret(TOTP_SECRET);
  hidden.recovery(["ABCD-EFGH-JKMN-PQRS"]);
  hidden.code("123456");
  const raw = fromBase32(TOTP_SECRET);
  const finds: unknown[] = [
    { secret: TOTP_SECRET },
    { secret: raw },
    { secret: raw.toString("base64url") },
    { session: JSON.stringify({ code: "123456" }) },
    { set: ["ABCDEFGHJKMNPQRS"] },
    { uri: "otpauth://totp/x" },
    { key: KEY.secret },
  ];
  for (const document of finds) {
    await app.connection.collection("found").deleteMany({});
    await app.connection.collection("found").insertOne({ ...(document as object) });
    expect(hidden.foundIn(await stored())).not.toEqual([]);
  }
  await app.connection.collection("found").drop();
  expect(hidden.foundIn(await stored())).toEqual([]);
});

test("no ordinary query, and no JSON of a user, carries the vault", async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET });
  const user = await app.User.findOne({ email: TOM });
  expect(JSON.stringify(user)).not.toContain("secondFactor");
  expect(JSON.stringify(user?.toObject())).not.toContain("secondFactor");
  expect(JSON.stringify(await app.User.findOne({ email: TOM }).lean())).not.toContain("vault");
});

const ACTIVE = "secondFactor.vault.enrolments.totp.active";
const set = (email: string, $set: object) => app.User.collection.updateOne({ email }, { $set });

interface Stored {
  secondFactor: {
    vault: {
      enrolments: { totp: { active: { id: string; secret: string } } };
      recoveryCodes: { codes: { hash: string }[] };
    };
  };
}
const vault = async (email: string) =>
  ((await storedUser(app, email)) as unknown as Stored).secondFactor.vault;
const sealed = async (email: string) => (await vault(email)).enrolments.totp.active;

async function expectNoPass(visitor: Visitor, body: object): Promise<Reply> {
  const reply = await visitor.post(VERIFY, body);
  expect(reply.status).toBeGreaterThanOrEqual(500);
  expect(reply.text).not.toMatch(/seal|secret|v1\.|gcm|auth(enticate|entication) data|decrypt/i);
  expect((await visitor.get("/whoami")).json["user"]).toBeNull();
  expect((await visitor.get("/account")).status).not.toBe(200);
  return reply;
}

describe("a sealed value that somebody moves or alters in the database", () => {
  beforeEach(async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await app.addUser({ email: EVE, secret: EVE_SECRET });
  });

  test("does not open for another person: their own secret in Tom's place lets Eve in nowhere", async () => {
    await set(TOM, { [`${ACTIVE}.secret`]: (await sealed(EVE)).secret });
    const eve = await afterPassword(app, TOM);
    const reply = await expectNoPass(eve, { code: await codes(app.clock, EVE_SECRET).code() });
    expect([reply.status, reply.json["code"]]).toEqual([503, "store_unavailable"]);
  });

  test("does not open for another person with its record's id either", async () => {
    const { id, secret } = await sealed(EVE);
    await set(TOM, { [`${ACTIVE}.secret`]: secret, [`${ACTIVE}.id`]: id });
    await expectNoPass(await afterPassword(app, TOM), { code: await codes(app.clock, EVE_SECRET).code() });
  });

  test("does not open as another record of the same person", async () => {
    await set(TOM, { [`${ACTIVE}.id`]: "another-record" });
    await expectNoPass(await afterPassword(app, TOM), { code: await codes(app.clock).code() });
  });

  test("does not open as another kind: a TOTP secret is no recovery code", async () => {
    const hash = (await sealed(TOM)).secret;
    const recovery = { id: "set", salt: "c2FsdA", createdAt: new Date(), codes: [{ id: "code", hash }] };
    await set(TOM, {
      "secondFactor.vault.recoveryCodes": recovery,
      "secondFactor.factors": ["totp", "recovery-code"],
    });
    const body = { factor: "recovery-code", code: "0000-0000-0000-0000" };
    await expectNoPass(await afterPassword(app, TOM), body);
  });

  test("does not open altered, cut short, emptied, or of another version; and the attempt is not counted", async () => {
    const { secret } = await sealed(TOM);
    const [version, key, body = ""] = secret.split(".");
    const altered = [
      `${version}.${key}.${body.slice(0, -2)}${body.endsWith("AA") ? "BB" : "AA"}`,
      `${version}.${key}.${body.slice(0, 30)}`,
      `${version}.${key}.`,
      `v2.${key}.${body}`,
      `${version}.unknown-key.${body}`,
      `${version}.constructor.${body}`,
      "",
      TOTP_SECRET,
    ];
    for (const value of altered) {
      await set(TOM, { [`${ACTIVE}.secret`]: value });
      await expectNoPass(await afterPassword(app, TOM), { code: await codes(app.clock).code() });
    }
    const { failures = {} } = (await vault(TOM)) as { failures?: object };
    expect(failures).toEqual({});
  });
});

describe("keys", () => {
  const NEXT = { id: "2027-01", secret: "another secret of at least thirty-two characters" };

  const restart = (keys: (typeof KEY)[]) => app.start({ options: { factors: factors(), keys } });

  async function signIn(): Promise<Reply> {
    const reply = await (await afterPassword(app, TOM)).post(VERIFY, { code: await codes(app.clock).code() });
    app.clock.advance({ seconds: 30 });
    return reply;
  }

  test("rotate: a new first key seals anew at the next use, and the old one can then go", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    expect((await sealed(TOM)).secret).toMatch(/^v1\.2026-11\./);
    await restart([NEXT, KEY]);
    expect((await sealed(TOM)).secret).toMatch(/^v1\.2026-11\./);
    expect((await signIn()).status).toBe(200);
    expect((await sealed(TOM)).secret).toMatch(/^v1\.2027-01\./);
    await restart([NEXT]);
    app.clock.advance({ minutes: 5 });
    expect((await signIn()).status).toBe(200);
  });

  test("a wrong code seals nothing anew", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const before = (await sealed(TOM)).secret;
    await restart([NEXT, KEY]);
    await (await afterPassword(app, TOM)).post(VERIFY, { code: "000000" });
    expect((await sealed(TOM)).secret).toBe(before);
  });

  test("that are dropped while in use let nobody in, and the app is told which to bring back", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await restart([NEXT]);
    const tom = await afterPassword(app, TOM);
    await expectNoPass(tom, { code: await codes(app.clock).code() });
    expect(String(app.errors[0])).toMatch(/sealed with key "2026-11", which is not in `keys`: add it back/);
    expect(String(app.errors[0])).not.toContain(KEY.secret);
    await restart([NEXT, KEY]);
    expect((await signIn()).status).toBe(200);
  });

  test("of the same id but another secret open nothing", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await restart([{ id: KEY.id, secret: NEXT.secret }]);
    await expectNoPass(await afterPassword(app, TOM), { code: await codes(app.clock).code() });
  });

  test("that are dropped while recovery codes need them do not let a recovery code through", async () => {
    await app.addUser({ email: TOM });
    const tom = await signedIn(app, TOM);
    const secret = String((await tom.post(ENROL)).json["secret"]);
    const confirmed = await tom.post(`${ENROL}/confirm`, { code: await codes(app.clock, secret).code() });
    const [code] = confirmed.json["recoveryCodes"] as string[];
    await restart([NEXT]);
    await expectNoPass(await afterPassword(app, TOM), { factor: "recovery-code", code });
    await restart([NEXT, KEY]);
    const back = await afterPassword(app, TOM);
    expect((await back.post(VERIFY, { factor: "recovery-code", code })).status).toBe(200);
    expect((await app.visitor().post("/login", { email: TOM, password: PASSWORD })).status).toBe(401);
  });
});
