// Mailed links: what is kept of one, what it is worth, and what those do that need nobody signed in.
import { describe, expect, test } from "vitest";
import { changeOf, changeTarget, changeWords } from "../../src/core/address-change.js";
import { reopenCodes, stopChange } from "../../src/core/link-acts.js";
import { changeMail, passwordMail } from "../../src/core/link-mail.js";
import { newLinkToken, readLinkToken } from "../../src/core/link-token.js";
import { findLink, issueLink, LINK_SECONDS, newLink } from "../../src/core/links.js";
import type { LinkUse } from "../../src/core/model.js";
import type { SecondFactorStore } from "../../src/core/store.js";
import { MAIL_ADDRESS, NOBODY, newPerson, type Person, personWithPost, random } from "./person.js";

const linkParts = ({ parts }: Person) => ({ ...parts, basePath: "/second-factor" });

async function issued(person: Person, use: LinkUse = "stop"): Promise<string> {
  const mailed = await issueLink(linkParts(person), person.ref, { use });
  return mailed?.url.split("/").at(-1) ?? "";
}

describe("a token", () => {
  test("says whose it is, and proves it with 256 bits of which a hash is kept", () => {
    const { token, hash } = newLinkToken(random, "anna");
    expect(token).toMatch(/^YW5uYQ\.[\w-]{43}$/);
    expect(readLinkToken(token)).toEqual({ user: "anna", hash });
    expect(token).not.toContain(hash);
    expect(newLinkToken(random, "anna").token).not.toBe(token);
  });

  test("is read back whatever the id holds", () => {
    for (const id of ["6b03af4f18b2", "a.b/c?d", "ärger 🙂", "x".repeat(384)])
      expect(readLinkToken(newLinkToken(random, id).token)?.user).toBe(id);
  });

  const { token } = newLinkToken(random, "anna");
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a list", [token]],
    ["an empty text", ""],
    ["no dot", token.replace(".", "")],
    ["two", `${token}.${token}`],
    ["one character less", token.slice(0, -1)],
    ["one more", `${token}A`],
    ["a line's end", `${token}\n`],
    ["another alphabet", token.replace(/.$/, "+")],
    ["no user", token.replace(/^[^.]*/, "")],
    ["a user that is too long", newLinkToken(random, "x".repeat(385)).token],
  ])("%s is none", (_, text) => {
    expect(readLinkToken(text)).toBeUndefined();
  });
});

describe("a link", () => {
  test("is built on the site's own origin, and lives as long as its use says", async () => {
    const person = newPerson();
    const mailed = await issueLink(linkParts(person), person.ref, { use: "reset" });
    expect(mailed?.url).toMatch(/^https:\/\/acme\.test\/second-factor\/reset\/YW5uYQ\.[\w-]{43}$/);
    const life = (mailed?.expiresAt.getTime() ?? 0) - person.clock.now().getTime();
    expect(life / 1000).toBe(LINK_SECONDS.reset);
    expect(LINK_SECONDS).toEqual({ welcome: 259_200, reset: 3600, stop: 604_800, unlock: 259_200 });
  });

  test("is found for its use until its end, and looking at it changes nothing", async () => {
    const person = newPerson();
    const token = await issued(person);
    const before = await person.state();
    expect((await findLink(person.parts, "stop", token))?.owner.ref).toEqual(person.ref);
    expect(await findLink(person.parts, "unlock", token)).toBeUndefined();
    expect(await person.state()).toEqual(before);
    person.clock.advance({ seconds: LINK_SECONDS.stop - 1 });
    expect(await findLink(person.parts, "stop", token)).toBeDefined();
    person.clock.advance({ seconds: 1 });
    expect(await findLink(person.parts, "stop", token)).toBeUndefined();
  });

  test("is nobody's where nobody is known, and none for somebody else", async () => {
    const person = newPerson();
    expect(await issueLink(linkParts(person), NOBODY, { use: "reset" })).toBeUndefined();
    const token = await issued(person);
    const bob = Buffer.from("bob").toString("base64url");
    expect(await findLink(person.parts, "stop", token.replace(/^[^.]+/, bob))).toBeUndefined();
    expect(await findLink(person.parts, "stop", "no token")).toBeUndefined();
  });

  test("of somebody who has gone meanwhile is none", async () => {
    const person = newPerson();
    const token = await issued(person);
    const store = { ...person.store, read: async () => undefined };
    expect(await findLink({ ...person.parts, store }, "stop", token)).toBeUndefined();
  });
});

describe("a change of where codes go", () => {
  const enrolling = (address?: string) => ({
    kind: "email" as const,
    enrolment: {
      id: "new",
      createdAt: new Date(0),
      expiresAt: new Date(0),
      login: "l",
      first: false,
      ...(address === undefined ? {} : { address }),
    },
  });
  const { tools } = newPerson().parts;

  test("names where they went, where they go, and the link that stops it", async () => {
    const person = await personWithPost();
    const { change, link } = changeOf(tools, person.ref, await person.state(), enrolling("new@acme.test"));
    expect(change).toMatchObject({ kind: "email", from: MAIL_ADDRESS, to: "new@acme.test" });
    expect(readLinkToken(change?.stop?.token)?.hash).toBe(link?.hash);
    expect(link).toMatchObject({ use: "stop", about: { kind: "email", enrolment: "new" } });
  });

  test.each<[string, string | undefined]>([
    ["the same address", MAIL_ADDRESS],
    ["no address", undefined],
  ])("%s: none", async (_, address) => {
    const person = await personWithPost();
    expect(changeOf(tools, person.ref, await person.state(), enrolling(address))).toEqual({});
  });

  test("a first address: none", async () => {
    const person = newPerson();
    expect(changeOf(tools, person.ref, await person.state(), enrolling("new@acme.test"))).toEqual({});
  });

  test("five links of a week are enough: each stops this one as well", async () => {
    const person = await personWithPost();
    for (let turn = 0; turn < 5; turn += 1) await issued(person);
    await issued(person, "unlock");
    const wanted = enrolling("new@acme.test");
    const full = changeOf(tools, person.ref, await person.state(), wanted);
    expect(full).toEqual({ change: { kind: "email", from: MAIL_ADDRESS, to: "new@acme.test" } });
    person.clock.advance({ seconds: LINK_SECONDS.stop });
    expect(changeOf(person.parts.tools, person.ref, await person.state(), wanted).link).toBeDefined();
  });

  test("is said in words that fit a message", () => {
    expect(changeWords("email", "n***@acme.test")).toBe("change your address to n***@acme.test");
    expect(changeWords("sms", "+1 *** 23")).toBe("change your number to +1 *** 23");
    expect(changeTarget("sms", "+14155550123")).toBe("sms +14155550123");
  });
});

describe("stopping a change", () => {
  test("stops what was set up since, and tells which factors", async () => {
    const person = await personWithPost();
    const told: unknown[] = [];
    person.parts.events.on("change-stopped", ({ factors }) => told.push(factors));
    person.clock.advance({ seconds: 60 });
    const token = await issued(person);
    await person.seed("totp");
    expect(await stopChange(person.parts, token)).toBe(true);
    expect(told).toEqual([["totp"]]);
    const { enrolments } = await person.vault();
    expect(enrolments.totp?.active?.blockedAt).toEqual(person.clock.now());
    expect(enrolments.email?.active?.blockedAt).toBeUndefined();
    expect(await stopChange(person.parts, token)).toBe(false);
  });

  test("takes recovery codes that were made since, and leaves older ones", async () => {
    const person = await personWithPost();
    const { set } = await person.recovery.generate("anna", person.parts.tools);
    await person.store.replaceRecoveryCodes(person.ref, set);
    person.clock.advance({ seconds: 60 });
    await stopChange(person.parts, await issued(person));
    expect((await person.vault()).recoveryCodes?.id).toBe(set.id);
    const token = await issued(person);
    const { set: newer } = await person.recovery.generate("anna", person.parts.tools);
    await person.store.replaceRecoveryCodes(person.ref, newer);
    await stopChange(person.parts, token);
    expect((await person.state()).factors).toEqual(["email", "sms"]);
  });

  test("tries again where something changed between reading and writing, and not for ever", async () => {
    const person = await personWithPost();
    const token = await issued(person);
    let lost = 0;
    const losing = (times: number): SecondFactorStore => ({
      ...person.store,
      stopFactors: async (ref, stop) => {
        lost += 1;
        return lost > times && person.store.stopFactors(ref, stop);
      },
    });
    expect(await stopChange({ ...person.parts, store: losing(9) }, token)).toBe(false);
    expect(lost).toBe(5);
    lost = 0;
    expect(await stopChange({ ...person.parts, store: losing(1) }, token)).toBe(true);
    expect(lost).toBe(2);
  });
});

describe("reopening codes", () => {
  test("reopens what is blocked, goes on counting from twenty, and tells of it", async () => {
    const person = newPerson();
    const told: unknown[] = [];
    person.parts.events.on("reopened", ({ user }) => told.push(user));
    await person.fail(100);
    await person.fail(3, "signedIn");
    expect(await reopenCodes(person.parts, await issued(person, "unlock"))).toBe(true);
    expect([await person.failures(), await person.failures("signedIn")]).toEqual([20, 3]);
    expect(told).toEqual(["anna"]);
  });

  test("is once, and by its own link", async () => {
    const person = newPerson();
    await person.fail(100);
    const token = await issued(person, "unlock");
    expect(await reopenCodes(person.parts, await issued(person))).toBe(false);
    expect(await reopenCodes(person.parts, token)).toBe(true);
    expect(await reopenCodes(person.parts, token)).toBe(false);
  });

  test("tells nothing where another request was faster", async () => {
    const person = newPerson();
    await person.fail(100);
    const token = await issued(person, "unlock");
    const results = await Promise.all([reopenCodes(person.parts, token), reopenCodes(person.parts, token)]);
    expect(results.toSorted()).toEqual([false, true]);
  });
});

describe("the mails", () => {
  const at = new Date("2026-11-23T14:32:00Z");

  test("of a change", () => {
    const stop = { url: "https://acme.test/s/x", until: new Date("2026-11-30T14:32:00Z") };
    expect(changeMail({ hint: "n***@acme.test", stop, at, browser: "Firefox on Windows" })).toEqual({
      subject: "Your codes now go elsewhere",
      text:
        "New: n***@acme.test. Stop this until 2026-11-30: https://acme.test/s/x\n\n" +
        "2026-11-23, 14:32 UTC, Firefox on Windows.\n",
    });
    expect(changeMail({ hint: "n***@acme.test", at }).text).toBe(
      "New: n***@acme.test. Not you? Use the link we sent before.\n\n2026-11-23, 14:32 UTC.\n",
    );
  });

  test("with a link for a password, whose product's name cannot break a line", () => {
    const issuer = "Acme\r\nBcc: eve@mail.test";
    expect(passwordMail("welcome", { issuer, url: "https://acme.test/w/x", hours: 72 })).toEqual({
      subject: "Set up your Acme Bcc: eve@mail.test account",
      text: "https://acme.test/w/x works once, for 72 hours.\n\nNot you? Ignore this.\n",
    });
    expect(passwordMail("reset", { issuer: "Acme", url: "https://acme.test/r/x", hours: 1 })).toMatchObject({
      subject: "Reset your Acme password",
      text: expect.stringContaining("works once, for 1 hour."),
    });
  });

  test("a new link differs from the last", () => {
    const { tools, ...person } = { ...newPerson(), tools: newPerson().parts.tools };
    const [one, two] = [
      newLink(tools, person.ref, { use: "stop" }),
      newLink(tools, person.ref, { use: "stop" }),
    ];
    expect(one.link.hash).not.toBe(two.link.hash);
    expect(one.link.id).not.toBe(two.link.id);
  });
});
