import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CodeNote } from "../../src/core/factor.js";
import type { Purpose } from "../../src/core/model.js";
import { mailOf, textOf } from "../../src/factors/code-messages.js";

const TOOLS = { issuer: "Acme", origin: "https://acme.test" };
const LOGIN: CodeNote = {
  to: "tom@acme.test",
  code: "123456",
  purpose: "login",
  account: "tom@acme.test",
  minutes: 10,
  reference: "c2VudC1vbmNl",
  at: new Date("2026-11-20T14:32:59+00:00"),
};
const ACTION: CodeNote = { ...LOGIN, purpose: "action:change-password", description: "change your password" };
const ENROLMENT: CodeNote = { ...LOGIN, purpose: "enrol:email" };
const SMS = { to: "+15005550006", minutes: 5 };

const NOTES = [
  ["login", LOGIN],
  ["action", ACTION],
  ["enrolment", ENROLMENT],
] as const;

/** The HTML as a mail program reads it out: no tags, blanks single, entities as letters. */
function readOut(html = ""): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  const body = html.replace(/^.*<body>/s, "").replace(/<[^>]*>/g, " ");
  return body
    .replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? "\0")
    .replace(/\s+/g, " ")
    .trim();
}

describe("a mail with a code", () => {
  test("for a login says what it is for, and what to do with it", () => {
    expect(mailOf(LOGIN, TOOLS)).toMatchObject({
      to: LOGIN.to,
      subject: "Your Acme sign-in code, 14:32 UTC",
      text:
        "123456 is your Acme code to sign in.\n\n" +
        "It works for 10 minutes; only the newest works. Never share it. Not you? Change your password.\n",
      reference: LOGIN.reference,
      at: LOGIN.at,
    });
  });

  test("for an action names the action, and that it allows nothing else", () => {
    expect(mailOf(ACTION, TOOLS)).toMatchObject({
      subject: "Confirm: change your password, 14:32 UTC",
      text:
        "123456 is your Acme code to change your password. It allows nothing else.\n\n" +
        "It works for 10 minutes; only the newest works. Never share it. Not you? Change your password.\n",
    });
  });

  test("for an enrolment names the account, and can be ignored", () => {
    expect(mailOf(ENROLMENT, TOOLS)).toMatchObject({
      subject: "Confirm this address, 14:32 UTC",
      text:
        "123456 is your Acme code to add this address to tom@acme.test.\n\n" +
        "It works for 10 minutes; only the newest works. Never share it. Not you? Ignore this.\n",
    });
  });

  test("for an action without a description says that it confirms who it is", () => {
    const { description: _, ...bare } = ACTION;
    expect(mailOf(bare, TOOLS)).toMatchObject({
      subject: "Confirm: confirm it's you, 14:32 UTC",
      text: expect.stringContaining("123456 is your Acme code to confirm it's you. It allows nothing else."),
    });
  });

  test("that works for a minute says so in the singular", () => {
    expect(mailOf({ ...LOGIN, minutes: 1 }, TOOLS).text).toContain("It works for 1 minute; only");
  });

  test.each(NOTES)("says the same as HTML: %s", (_, note) => {
    const hard = { ...TOOLS, issuer: `Tom & "Ann's" <b>Acme</b>` };
    const { text, html } = mailOf({ ...note, account: "<i>o'neil</i>&co" }, hard);
    expect(readOut(html)).toBe(text.replace(/\s+/g, " ").trim());
  });

  test.each(NOTES)("has the code as one run of letters, so that it is copied whole: %s", (_, note) => {
    expect(mailOf(note, TOOLS).html).toMatch(/<strong style="[^"]*letter-spacing[^"]*">123456<\/strong>/);
  });

  test("names its language, serves light and dark, and loads nothing", () => {
    const { html = "" } = mailOf(LOGIN, TOOLS);
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).not.toMatch(/https?:|src=|href=|url\(|<script|<img|<link|[^-]color:|background/i);
  });

  test("tells the time in UTC, to the minute", () => {
    const at = new Date("2026-11-20T23:04:59-05:00");
    expect(mailOf({ ...LOGIN, at }, TOOLS).subject).toBe("Your Acme sign-in code, 04:04 UTC");
  });

  test.each(NOTES)("never has the code in its subject: %s", (_, note) => {
    const { subject, html } = mailOf(note, TOOLS);
    expect(subject).not.toContain(note.code);
    expect(html?.match(/<title>.*<\/title>/)?.[0]).not.toContain(note.code);
  });

  test.each([
    ["a line break and a header", "Acme\r\nBcc: eve@evil.test", "Acme Bcc: eve@evil.test"],
    ["controls", "A\0c\u0007me\u007f", "A c me"],
    ["other scripts' line breaks", "Ac\u2028me\u2029\u0085", "Ac me"],
    ["a turned direction", "Acme\u202e\u2066", "Acme"],
    ["half a surrogate pair", "Acme\ud83d", "Acme"],
    ["blanks in a row", "  Ac \t me ", "Ac me"],
  ])("keeps its subject in one line: %s", (_, issuer, shown) => {
    const { subject, text } = mailOf(LOGIN, { ...TOOLS, issuer });
    expect(subject).toBe(`Your ${shown} sign-in code, 14:32 UTC`);
    expect(text.split("\n")[0]).toBe(`123456 is your ${shown} code to sign in.`);
  });

  test("cuts a long description in its subject at a word, and says all of it in its body", () => {
    const description = "pay 1,200.00 EUR from the shared account of the household to Tom's Bicycles";
    const { subject, text } = mailOf({ ...ACTION, description }, TOOLS);
    expect(subject).toBe("Confirm: pay 1,200.00 EUR from the shared account of the household…, 14:32 UTC");
    expect(text).toContain(`to ${description}. It`);
  });

  test("cuts a long word between letters, never within one", () => {
    const { subject } = mailOf({ ...ACTION, description: "\u{1f6b2}".repeat(100) }, TOOLS);
    expect(subject).toBe(`Confirm: ${"\u{1f6b2}".repeat(59)}…, 14:32 UTC`);
  });

  test("of any names has one line of subject, opens with the code, and escapes every tag", () => {
    const name = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(
      fc.property(name, name, name, fc.constantFrom(...NOTES), (issuer, description, account, [, note]) => {
        const {
          subject = "",
          text,
          html = "",
        } = mailOf({ ...note, description, account }, { ...TOOLS, issuer });
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(Array.from(subject).length).toBeLessThan(100);
        expect(text.startsWith("123456 is your ")).toBe(true);
        expect(text.split("\n")).toHaveLength(4);
        expect(html.match(/<[a-z/!]/g)).toEqual(mailOf(note, TOOLS).html?.match(/<[a-z/!]/g));
      }),
    );
  });
});

/** GSM 03.38, written as the ranges of its table. */
const BASIC = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]$/u;
const EXTENDED = /^[\f^{}\\[~\]|€]$/u;

/** Counted anew here: NaN for a letter outside the alphabet. */
function septetsOf(text: string): number {
  const sizeOf = (letter: string) => (BASIC.test(letter) ? 1 : EXTENDED.test(letter) ? 2 : Number.NaN);
  return Array.from(text).reduce((sum, letter) => sum + sizeOf(letter), 0);
}

describe("a text message with a code", () => {
  test.each<[string, CodeNote, string]>([
    ["a login", LOGIN, "123456 is your Acme code to sign in, valid 5 minutes. Never share it."],
    [
      "an action",
      ACTION,
      "123456 is your Acme code to change your password, valid 5 minutes. Never share it.",
    ],
    [
      "an enrolment",
      { ...ENROLMENT, purpose: "enrol:sms" },
      "123456 is your Acme code to add this number, valid 5 minutes. Never share it.",
    ],
  ])("for %s says what it is for, and ends with the site it is for", (_, note, sentence) => {
    const message = textOf({ ...note, ...SMS }, TOOLS);
    expect(message).toEqual({
      to: SMS.to,
      text: `${sentence}\n@acme.test #123456`,
      reference: LOGIN.reference,
      at: LOGIN.at,
    });
  });

  test.each([
    ["https://acme.test:8443", "@acme.test #123456"],
    ["http://localhost:3000", "@localhost #123456"],
    ["https://münchen.test", "@xn--mnchen-3ya.test #123456"],
  ])("of %s ends with the host alone", (origin, line) => {
    expect(textOf({ ...LOGIN, ...SMS }, { ...TOOLS, origin }).text.split("\n")).toEqual([
      expect.anything(),
      line,
    ]);
  });

  test("has no line for a host that would leave no room for words", () => {
    const origin = `https://${"a".repeat(60)}.test`;
    expect(textOf({ ...LOGIN, ...SMS }, { ...TOOLS, origin }).text).toBe(
      "123456 is your Acme code to sign in, valid 5 minutes. Never share it.",
    );
  });

  test.each([
    ["typographer's marks", "Tom’s “Acme” – shop…", `Tom's "Acme" - shop...`],
    ["accents that the alphabet has", "Ñandú Café Ångström", "Ñandu Café Ångström"],
    ["accents that it lacks", "Škoda Čapek Łódź", "Skoda Capek Lodz"],
    ["an accent of its own", "Cafe\u0301", "Café"],
    ["Greek capitals that it has", "ΔΩ", "ΔΩ"],
    ["a ligature and full width", "oﬃce Ａｃｍｅ", "office Acme"],
    ["œ and ð", "Œuvre cœur ðað", "OEuvre coeur dad"],
    ["blanks that do not break", "Ac\u00a0me\u202f!", "Ac me !"],
    ["what joins letters, unseen", "A\u200dc\u00adme", "Acme"],
    ["what it cannot write: one mark for a run", "Acme 日本 \u{1f6b2}", "Acme ? ?"],
    ["the sign of a currency that it lacks", "pay ₹500", "pay ?500"],
    ["the sign of one that it has", "pay €500", "pay €500"],
  ])("writes %s", (_, description, written) => {
    const { text } = textOf({ ...ACTION, ...SMS, description }, TOOLS);
    expect(text).toContain(`code to ${written}, valid`);
    expect(septetsOf(text)).toBeLessThanOrEqual(160);
  });

  test("leaves out a name of which nothing can be written", () => {
    const { text } = textOf({ ...LOGIN, ...SMS }, { ...TOOLS, issuer: "日本" });
    expect(text).toBe("123456 is your code to sign in, valid 5 minutes. Never share it.\n@acme.test #123456");
  });

  test("says that it confirms who it is where nothing of the description can be written", () => {
    const { text } = textOf({ ...ACTION, ...SMS, description: "送金" }, TOOLS);
    expect(text).toContain("123456 is your Acme code to confirm it's you, valid");
  });

  test("cuts a long description at a word, and nothing else", () => {
    const description =
      "pay 1,200.00 EUR from the shared account of the household to Tom's Bicycles in Amsterdam";
    expect(textOf({ ...ACTION, ...SMS, description }, TOOLS).text).toBe(
      "123456 is your Acme code to pay 1,200.00 EUR from the shared account of the household to Tom's Bicycles..., " +
        "valid 5 minutes. Never share it.\n@acme.test #123456",
    );
  });

  test("cuts a long name too, and leaves the description room", () => {
    const issuer = "The Worshipful Company of Bicycle Makers, Menders and Merchants of Greater Amsterdam";
    const description = "change the address that codes go to for everybody in the household";
    const { text } = textOf({ ...ACTION, ...SMS, description }, { ...TOOLS, issuer });
    expect(text).toBe(
      "123456 is your The Worshipful Company... code to change the address that codes go to for everybody in..., " +
        "valid 5 minutes. Never share it.\n@acme.test #123456",
    );
  });

  test("counts letters that take an escape twice", () => {
    const { text } = textOf({ ...ACTION, ...SMS, description: "{".repeat(200) }, TOOLS);
    expect(septetsOf(text)).toBeGreaterThan(158);
    expect(septetsOf(text)).toBeLessThanOrEqual(160);
    expect(text.length).toBeLessThan(130);
  });

  test("of any names is one segment, opens with the code, and ends with the site", () => {
    const words = fc.array(
      fc.constantFrom("pay", "€", "{", "日本", "Łódź", "“x”", "@evil.test", "#654321", "\n"),
    );
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: "grapheme", maxLength: 100 }),
      words.map((parts) => parts.join(" ")),
    );
    const code = fc.stringMatching(/^[0-9]{6}$/);
    const host = fc.constantFrom("acme.test", "localhost", `${"a".repeat(54)}.test`);
    const purpose = fc.constantFrom<Purpose>("login", "enrol:sms", "action:pay");
    const minutes = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(
        name,
        name,
        code,
        host,
        purpose,
        minutes,
        (issuer, description, code, host, purpose, minutes) => {
          const note = { ...LOGIN, ...SMS, code, description, purpose, minutes };
          const { text } = textOf(note, { issuer, origin: `https://${host}` });
          expect(septetsOf(text)).toBeLessThanOrEqual(160);
          expect(text.startsWith(`${code} is your `)).toBe(true);
          const [sentence, ...lines] = text.split("\n");
          expect(lines).toEqual([`@${host} #${code}`]);
          expect(sentence).toMatch(/ code to \S.*, valid \d+ minutes?\. Never share it\.$/);
          if (purpose === "login") expect(sentence).toContain(" code to sign in, valid");
          if (purpose === "enrol:sms") expect(sentence).toContain(" code to add this number, valid");
        },
      ),
      { numRuns: 2000, examples: [["", "\u02d8\u{1d400}", "000000", "acme.test", "action:pay", 1]] },
    );
  });
});
