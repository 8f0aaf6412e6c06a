import { ScureBase32Plugin } from "otplib";
import { describe, expect, test } from "vitest";
import { createCodeHasher } from "../../src/core/code-hash.js";
import type { Tools } from "../../src/core/factor.js";
import type { Challenge, Enrolment, PendingEnrolment, UserState } from "../../src/core/model.js";
import { createSealer, type Key } from "../../src/core/sealing.js";
import { type TotpOptions, totp } from "../../src/factors/totp.js";
import { emptyState } from "../../src/stores/memory-state.js";
import { authenticator, manualClock } from "../../src/testing/index.js";
import { KEY, OTHER_KEY, random, SECRET } from "../core/person.js";

const STEP = 30;
/** The first second of a time step. */
const BOUNDARY = new Date("2026-11-22T12:00:00.000Z");
const seconds = (count: number) => new Date(BOUNDARY.getTime() + count * 1000);
const stepAt = (at: Date) => Math.floor(at.getTime() / 1000 / STEP);
const codeAt = (at: Date) => authenticator(SECRET, { now: () => at }).code();

const challenge: Challenge = {
  id: "c1",
  login: "login-1",
  purpose: "login",
  createdAt: BOUNDARY,
  expiresAt: seconds(600),
  attempts: 1,
};
const CONTEXT = { user: "anna", enrolment: "e1" };
const SEALED = { user: "anna", kind: "totp", record: "e1" };
/** The bytes of a secret written in base32, by another way than the code under test. */
const bytesOf = (secret: string) => new ScureBase32Plugin().decode(secret);

const toolsWith = (keys: readonly Key[] = [KEY]): Tools => ({
  clock: manualClock(BOUNDARY),
  random,
  sealer: createSealer(keys, random),
  codes: createCodeHasher(keys),
  issuer: "Acme",
  origin: "https://acme.test",
});

function paired({ keys = [KEY], secret = SECRET, lastStep }: Partial<Pairing> = {}) {
  const tools = toolsWith(keys);
  const sealed = createSealer([KEY], random).seal(bytesOf(secret), SEALED);
  const active: Enrolment = { id: "e1", secret: sealed, createdAt: BOUNDARY };
  if (lastStep !== undefined) active.lastStep = lastStep;
  const state: UserState = {
    ...emptyState(),
    factors: ["totp"],
    vault: { ...emptyState().vault, enrolments: { totp: { active } } },
  };
  const verify = (code: string, at: Date, options?: TotpOptions) =>
    totp(options).verify({ user: "anna", state, challenge, code, at }, tools);
  return { verify, tools, active };
}

interface Pairing {
  keys: Key[];
  secret: string;
  lastStep: number;
}

describe("the vectors of the standards", () => {
  // The ASCII secret "12345678901234567890" of both, in base32.
  const RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const { verify } = paired({ secret: RFC_SECRET });

  test.each(
    ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"].map(
      (code, counter) => [counter, code] as const,
    ),
  )("RFC 4226 appendix D: counter %i is %s", async (counter, code) => {
    const at = new Date(counter * STEP * 1000);
    expect(await verify(code, at)).toMatchObject({ ok: true, spend: { step: counter } });
    expect(await authenticator(RFC_SECRET, { now: () => at }).code()).toBe(code);
  });

  test.each([
    [59, "94287082", 0x1],
    [1111111109, "07081804", 0x23523ec],
    [1111111111, "14050471", 0x23523ed],
    [1234567890, "89005924", 0x273ef07],
    [2000000000, "69279037", 0x3f940aa],
    [20000000000, "65353130", 0x27bc86aa],
  ])("RFC 6238 appendix B: at %i the code ends as %s does", async (time, code, step) => {
    const verdict = await verify(code.slice(-6), new Date(time * 1000));
    expect(verdict).toMatchObject({ ok: true, spend: { kind: "totp", enrolment: "e1", step } });
  });
});

describe("a code is right", () => {
  const { verify } = paired();

  test.each([
    ["in the first second of its step", 0, true],
    ["in the last second of its step", 29, true],
    ["in the last second of the step after", 59, true],
    ["not a second later", 60, false],
    ["from the first second of the step before", -30, true],
    ["not a second earlier", -31, false],
  ])("%s", async (_, at, right) => {
    expect((await verify(await codeAt(BOUNDARY), seconds(at))).ok).toBe(right);
  });

  test("to the millisecond of its last", async () => {
    const code = await codeAt(BOUNDARY);
    const end = seconds(60);
    expect(await verify(code, new Date(end.getTime() - 1))).toMatchObject({ ok: true });
    expect(await verify(code, end)).toMatchObject({ ok: false });
  });

  test("and names its own step, not that of the moment", async () => {
    const step = stepAt(BOUNDARY);
    for (const drift of [-1, 0, 1]) {
      const code = await codeAt(seconds(drift * STEP));
      expect(await verify(code, BOUNDARY)).toMatchObject({ ok: true, spend: { step: step + drift } });
    }
  });
});

describe("each step counts once", () => {
  const step = stepAt(BOUNDARY);

  test("the code of the last used step is used", async () => {
    const { verify } = paired({ lastStep: step });
    expect(await verify(await codeAt(BOUNDARY), BOUNDARY)).toEqual({ ok: false, hint: "used" });
  });

  test("so is one of a step before it, though it was never typed", async () => {
    const { verify } = paired({ lastStep: step });
    expect(await verify(await codeAt(seconds(-STEP)), BOUNDARY)).toEqual({ ok: false, hint: "used" });
  });

  test("the next step's code is right", async () => {
    const { verify } = paired({ lastStep: step });
    expect(await verify(await codeAt(seconds(STEP)), BOUNDARY)).toMatchObject({ ok: true });
  });

  test("a phone far ahead that was used before its clock was set right waits until then", async () => {
    const { verify } = paired({ lastStep: step + 100 });
    expect(await verify(await codeAt(BOUNDARY), BOUNDARY)).toEqual({ ok: false, hint: "used" });
  });

  test("step zero is a step", async () => {
    const { verify } = paired({ lastStep: 0 });
    const start = new Date(0);
    expect(await verify(await codeAt(start), start)).toEqual({ ok: false, hint: "used" });
  });
});

describe("a wrong code", () => {
  const { verify } = paired();

  test("of some minutes ago says that the clock is slow, from two steps to ten minutes", async () => {
    for (let back = 2; back <= 20; back++) {
      const code = await codeAt(seconds(-back * STEP));
      expect(await verify(code, BOUNDARY), `${back} steps`).toEqual({ ok: false, hint: "clock" });
    }
    expect(await verify(await codeAt(seconds(-21 * STEP)), BOUNDARY)).toEqual({ ok: false });
  });

  test("of the future says nothing: to say so would hand it out", async () => {
    for (let ahead = 2; ahead <= 40; ahead++) {
      expect(await verify(await codeAt(seconds(ahead * STEP)), BOUNDARY), `${ahead} steps`).toEqual({
        ok: false,
      });
    }
  });

  test("gets no hint where the option is 0, and one as far back as it says", async () => {
    const code = await codeAt(seconds(-2 * STEP));
    expect(await verify(code, BOUNDARY, { clockHintMinutes: 0 })).toEqual({ ok: false });
    expect(await verify(code, BOUNDARY, { clockHintMinutes: 1 })).toEqual({ ok: false, hint: "clock" });
    const older = await codeAt(seconds(-3 * STEP));
    expect(await verify(older, BOUNDARY, { clockHintMinutes: 1 })).toEqual({ ok: false });
  });

  test("is looked up half an hour back at most", async () => {
    const [last, before] = await Promise.all([-60, -61].map((steps) => codeAt(seconds(steps * STEP))));
    const options = { clockHintMinutes: 30 };
    expect(await verify(last ?? "", BOUNDARY, options)).toEqual({ ok: false, hint: "clock" });
    expect(await verify(before ?? "", BOUNDARY, options)).toEqual({ ok: false });
  });

  test("at the beginning of time is just wrong", async () => {
    const right = await Promise.all([0, 1, 2].map((step) => codeAt(new Date(step * STEP * 1000))));
    const wrong = ["000000", "000001", "000002", "000003"].find((code) => !right.includes(code)) ?? "";
    for (const second of [0, 29, 59, 60, 61, 100]) {
      expect(await verify(wrong, new Date(second * 1000)), `${second}`).toEqual({ ok: false });
    }
  });

  test("is what every code is where nothing is enrolled", async () => {
    const { tools } = paired();
    const code = await codeAt(BOUNDARY);
    const attempt = { user: "anna", state: emptyState(), challenge, code, at: BOUNDARY };
    expect(await totp().verify(attempt, tools)).toEqual({ ok: false });
  });
});

describe("a secret at rest", () => {
  test("under an older key is sealed anew with the next right code", async () => {
    const { verify, tools } = paired({ keys: [OTHER_KEY, KEY] });
    const verdict = await verify(await codeAt(BOUNDARY), BOUNDARY);
    const reseal = verdict.ok && verdict.spend.kind === "totp" ? verdict.spend.reseal : undefined;
    const opened = tools.sealer.open(reseal ?? "", SEALED);
    expect(opened.stale).toBe(false);
    expect(Buffer.from(opened.plain)).toEqual(Buffer.from(bytesOf(SECRET)));
  });

  test("under the first key stays as it is", async () => {
    const { verify } = paired();
    const verdict = await verify(await codeAt(BOUNDARY), BOUNDARY);
    expect(verdict).toEqual({ ok: true, spend: { kind: "totp", enrolment: "e1", step: stepAt(BOUNDARY) } });
  });

  test("that was moved from another enrolment proves nothing", async () => {
    const { verify, active } = paired();
    active.id = "e2";
    await expect(verify(await codeAt(BOUNDARY), BOUNDARY)).rejects.toMatchObject({
      code: "store_unavailable",
    });
  });
});

describe("an enrolment", () => {
  const tools = toolsWith();
  const steps = totp().enrol!;

  /** One that waits for its first code, sealed for Anna. */
  const pending = (changes: Partial<PendingEnrolment> = {}): PendingEnrolment => ({
    id: "e1",
    secret: tools.sealer.seal(bytesOf(SECRET), SEALED),
    createdAt: BOUNDARY,
    expiresAt: seconds(1800),
    login: "login-1",
    first: true,
    ...changes,
  });
  const offered = (enrolment: PendingEnrolment, account = "anna", issuer = "Acme") => {
    const offer = steps.offer(enrolment, { user: "anna", account }, { ...tools, issuer });
    if (!("uri" in offer)) throw new Error("this is no key to pair with");
    return offer;
  };
  const confirm = (code: string, changes: { user?: string; enrolment?: PendingEnrolment } = {}) => {
    const enrolment = pending();
    const attempt = { user: "anna", state: emptyState(), challenge, code, at: BOUNDARY, enrolment };
    return steps.confirm({ ...attempt, ...changes }, tools);
  };

  test("makes secrets of 20 bytes, never the same, sealed for this person and enrolment alone", async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => steps.prepare({}, CONTEXT, tools)));
    const sealed = made.map((it) => (it.ok ? (it.material.secret ?? "") : ""));
    const secrets = sealed.map((text) => Buffer.from(tools.sealer.open(text, SEALED).plain).toString("hex"));
    expect(new Set(secrets).size).toBe(50);
    expect(secrets.every((secret) => secret.length === 40)).toBe(true);
    for (const other of [{ user: "ben" }, { record: "e2" }, { kind: "email" }]) {
      expect(() => tools.sealer.open(sealed[0] ?? "", { ...SEALED, ...other })).toThrow("does not open");
    }
  });

  test("takes nothing that was given for its secret", async () => {
    const prepared = await steps.prepare({ address: SECRET, number: SECRET }, CONTEXT, tools);
    const text = prepared.ok ? (prepared.material.secret ?? "") : "";
    expect(prepared).toEqual({ ok: true, material: { secret: text } });
    const { plain } = tools.sealer.open(text, SEALED);
    expect(Buffer.from(plain)).not.toEqual(Buffer.from(bytesOf(SECRET)));
  });

  test("is confirmed by a code of its secret, which names its step", async () => {
    expect(await confirm(await codeAt(BOUNDARY))).toEqual({ ok: true, step: stepAt(BOUNDARY) });
    expect(await confirm(await codeAt(seconds(-90)))).toEqual({ ok: false, hint: "clock" });
    expect(await confirm(await codeAt(seconds(90)))).toEqual({ ok: false });
  });

  test("of another person, moved from another record or without a secret is confirmed by none", async () => {
    const code = await codeAt(BOUNDARY);
    const { secret: _, ...without } = pending();
    const broken = { code: "store_unavailable" };
    await expect(confirm(code, { user: "ben" })).rejects.toMatchObject(broken);
    await expect(confirm(code, { enrolment: pending({ id: "e2" }) })).rejects.toMatchObject(broken);
    await expect(confirm(code, { enrolment: without })).rejects.toMatchObject(broken);
  });

  test.each([
    ["plain names", "Acme", "anna@acme.test", "Acme", "anna@acme.test"],
    [
      "letters that are not ASCII",
      "Ünïcode ☂ GmbH",
      "jörg+2fa@büro.test",
      "Ünïcode ☂ GmbH",
      "jörg+2fa@büro.test",
    ],
    ["letters that mean something in a URI", "A&B = 100%?#", "a/b@c;d", "A&B = 100%?#", "a/b@c;d"],
    ["colons, which part issuer and account", "Acme: Shop", "DOMAIN:anna", "Acme  Shop", "DOMAIN anna"],
    ["other scripts", "アクメ", "анна", "アクメ", "анна"],
  ])("shows a URI an app can read: %s", (_, issuer, account, shownIssuer, shownAccount) => {
    const { uri, secret } = offered(pending(), account, issuer);
    const parsed = new URL(uri);
    expect([parsed.protocol, parsed.host]).toEqual(["otpauth:", "totp"]);
    expect(decodeURIComponent(parsed.pathname.slice(1)).split(":")).toEqual([shownIssuer, shownAccount]);
    expect(Object.fromEntries(parsed.searchParams)).toEqual({ secret: SECRET, issuer: shownIssuer });
    expect(secret).toBe(SECRET);
    expect(uri).toMatch(/^[\x21-\x7e]+$/);
  });

  test("that replaces another carries its date, so that apps keep both entries", () => {
    const { uri } = offered(pending({ first: false }));
    expect(decodeURIComponent(uri)).toContain("Acme:anna (2026-11-22)?");
  });
});

describe("a secret from elsewhere", () => {
  const tools = toolsWith();
  const read = async (text: string) => {
    const { secret, ...others } = await totp().enrol!.bring(text, CONTEXT, tools);
    expect(others).toEqual({});
    return Buffer.from(tools.sealer.open(secret ?? "", SEALED).plain).toString("hex");
  };
  const expected = Buffer.from(bytesOf(SECRET)).toString("hex");

  test.each([
    ["in lower case", SECRET.toLowerCase()],
    ["in groups", SECRET.replace(/(.{4})/g, "$1 ")],
    ["with hyphens", SECRET.replace(/(.{8})(?=.)/g, "$1-")],
    ["with line ends", `\r\n${SECRET}\n`],
    ["with padding", `${SECRET}======`],
  ])("is read %s", async (_, text) => {
    expect(await read(text)).toBe(expected);
  });

  test("has 16 bytes at least", async () => {
    expect(await read("A".repeat(26))).toBe("00".repeat(16));
  });

  test.each([
    ["empty", ""],
    ["padding only", "===="],
    ["15 bytes", "A".repeat(24)],
    ["digits that base32 has not", "1890".repeat(8)],
    ["hexadecimal", "3132333435363738393031323334353637383930"],
    ["padding in the middle", `${SECRET.slice(0, 16)}==${SECRET.slice(16)}`],
    ["letters of another script", "Ä".repeat(32)],
    ["a letter too many, as no number of bytes gives", "A".repeat(33)],
    ["a letter short, as no number of bytes gives", "A".repeat(27)],
    ["bits left over after the last byte", `${"A".repeat(25)}B`],
    ["a URI", `otpauth://totp/a?secret=${SECRET}`],
  ])("is refused: %s", async (_, text) => {
    const refused = { code: "invalid_input", errors: [{ field: "secret" }] };
    await expect(read(text)).rejects.toMatchObject(refused);
  });
});

describe("options", () => {
  test.each([-1, 1.5, 31, Number.NaN, "10"])("clockHintMinutes: %j is refused", (clockHintMinutes) => {
    expect(() => totp({ clockHintMinutes: clockHintMinutes as number })).toThrow(
      expect.objectContaining({ code: "misconfigured", message: expect.stringContaining("0 to 30") }),
    );
  });

  test.each([0, 30])("clockHintMinutes: %i will do", (clockHintMinutes) => {
    expect(totp({ clockHintMinutes })).toMatchObject({ kind: "totp", guessable: true, primary: true });
  });
});

test("a typed code is read as six digits", () => {
  expect(totp().parse(" 123-456 ")).toBe("123456");
  expect(totp().parse("1234567")).toBeUndefined();
});
