// Requests about people from elsewhere, of the wrong kind, or with text in them that is meant to be more than text.
import { createOutbox, type SecondFactorOptions, type SecurityEvents } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  credentials,
  EVE,
  everyFactor,
  PHONE,
  SENDER,
  sentCode,
  signedIn,
  storedUser,
  TOM,
  TOTP_SECRET,
} from "../support/app.js";
import {
  ACTS,
  administratedBy,
  administrator,
  bodyFor,
  countFailures,
  perform,
  personUrl,
  prove,
  rememberBrowser,
  send,
  USERS,
} from "../support/people.js";
import { useApp } from "../support/suite.js";

const app = useApp(() => ({
  factors: everyFactor,
  options: { ...administratedBy(), actions: { payout: {} } },
}));
let told: SecurityEvents["administered"][] = [];
let url: string;
let before: object;

beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: "tom@home.test", phone: PHONE });
  await countFailures(app, TOM, 100);
  await rememberBrowser(app, TOM);
  url = await personUrl(app, TOM);
  before = await storedUser(app, TOM);
  listen();
});

function listen(): void {
  told = [];
  app.secondFactor.on("administered", (event) => told.push(event));
}

async function restart(more: Partial<SecondFactorOptions>): Promise<void> {
  const options = { ...administratedBy(), actions: { payout: {} }, ...more };
  await app.start({ clock: app.clock, factors: everyFactor, options });
  listen();
}

/** Tom is as he was, and nothing is told. */
async function expectUntouched(): Promise<void> {
  expect(await storedUser(app, TOM)).toEqual(before);
  expect(told).toEqual([]);
}

describe("from elsewhere", () => {
  test.each([
    { origin: "https://evil.test" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "https://other.acme.test" },
  ])("no act is done: %j", async (headers) => {
    const ada = await administrator(app);
    for (const act of ACTS) {
      await prove(app, ada, TOM, act);
      const reply = await ada.ask(`${url}/${act}`, { method: "POST", body: bodyFor(act), headers });
      expect(reply).toMatchObject({ status: 403, json: { code: "cross_origin" } });
    }
    await expectUntouched();
  });

  test.each(["text/plain", "multipart/form-data; boundary=x", "application/xml"])(
    "%s is no form of ours",
    async (type) => {
      const ada = await administrator(app);
      for (const act of ACTS) {
        await prove(app, ada, TOM, act);
        const body = JSON.stringify(bodyFor(act));
        const headers = { "content-type": type };
        expect((await ada.ask(`${url}/${act}`, { method: "POST", body, headers })).status).toBe(415);
      }
      await expectUntouched();
    },
  );

  test("GET and HEAD change nothing, whatever they say, and use no code up", async () => {
    const ada = await administrator(app);
    for (const act of ACTS) {
      await prove(app, ada, TOM, act);
      const path = `${url}/${act}?${new URLSearchParams({ ...bodyFor(act), _method: "POST" })}`;
      const override = { "x-http-method-override": "POST" };
      for (const method of ["GET", "HEAD"])
        expect((await ada.ask(path, { method, headers: override })).status).toBe(200);
      await ada.page(path);
      await expectUntouched();
    }
    for (const path of [USERS, url, `${url}?notice=disable`]) {
      await ada.ask(path, { method: "HEAD" });
      await ada.page(path);
    }
    await expectUntouched();
    expect((await send(app, ada, TOM, "set-phone")).status).toBe(200);
  });

  test("PUT, PATCH and DELETE are no ways in", async () => {
    const ada = await administrator(app);
    for (const act of ACTS) {
      await prove(app, ada, TOM, act);
      for (const method of ["PUT", "PATCH", "DELETE"])
        expect((await ada.ask(`${url}/${act}`, { method, body: bodyFor(act) })).status).toBe(405);
    }
    for (const method of ["POST", "PUT", "DELETE"])
      for (const path of [USERS, url]) expect((await ada.ask(path, { method, body: {} })).status).toBe(405);
    await expectUntouched();
  });

  test("no answer can be framed, kept or referred from", async () => {
    const ada = await administrator(app);
    await prove(app, ada, TOM, "disable");
    for (const path of [USERS, url, `${url}/disable`]) {
      for (const reply of [await ada.get(path), await ada.page(path)]) {
        expect(reply.status).toBe(200);
        expect(reply.headers.get("cache-control")).toBe("no-store");
        expect(reply.headers.get("referrer-policy")).toBe("no-referrer");
        expect(reply.headers.get("x-frame-options")).toBe("DENY");
        expect(reply.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      }
    }
  });
});

describe("nothing switches anything on:", () => {
  test("whatever the body says besides, no factor and no address comes of it", async () => {
    await app.addUser({ email: EVE });
    const ada = await administrator(app);
    const more = {
      factor: "totp",
      factors: ["totp"],
      secret: TOTP_SECRET,
      address: "eve@evil.test",
      user: TOM,
    };
    for (const act of ACTS) await perform(app, ada, EVE, act, { ...bodyFor(act), ...more, act: "enable" });
    const { secondFactor } = (await storedUser(app, EVE)) as { secondFactor: Record<string, unknown> };
    expect(secondFactor["factors"] ?? []).toEqual([]);
    expect(secondFactor["vault"]).toMatchObject({ enrolments: { sms: { suggested: "+14155550199" } } });
    expect(JSON.stringify(secondFactor)).not.toMatch(/active|pending|evil/);
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await app.visitor().post("/login", credentials(EVE))).json).toEqual({ signedIn: EVE });
  });

  test("a number that was filled in takes no code, and gets no message until its owner asks", async () => {
    await app.addUser({ email: EVE });
    const ada = await administrator(app);
    await perform(app, ada, EVE, "set-phone");
    expect(app.outbox.messages()).toEqual([]);
    const eve = await signedIn(app, EVE);
    const begun = await eve.post("/second-factor/enrol/sms", { country: "US", number: "(415) 555-0199" });
    expect(begun.status).toBe(200);
    expect((await storedUser(app, EVE)) as object).not.toHaveProperty("secondFactor.factors.0");
    const confirmed = await eve.post("/second-factor/enrol/sms/confirm", {
      code: sentCode(app, "+14155550199"),
    });
    expect(confirmed.status).toBe(200);
  });
});

describe("a hostile reason or name is text", () => {
  const REASONS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{constructor.constructor('return 1')()}}",
    "&lt;b&gt; &amp; ' \"",
    "=cmd|' /C calc'!A0",
  ];
  const noMarkup = (text: string) => expect(text).not.toMatch(/<script>alert|<img src|<svg onload|<b>/);

  test.each(REASONS)("%s", async (reason) => {
    const kept = createOutbox();
    const { memoryEvents } = await import("../../src/stores/event-log.js");
    const notices = { delivery: kept.mail({ from: SENDER }) };
    await restart({ eventLog: memoryEvents(), notices });
    const ada = await administrator(app);
    const wrong = await ada.form(`${url}/set-phone`, { reason, country: "US", number: reason.slice(0, 60) });
    expect(wrong.status).toBe(400);
    noMarkup(wrong.text);
    await perform(app, ada, TOM, "unlock", { reason });
    await app.secondFactor.settled();
    expect(told).toMatchObject([{ reason }]);
    const page = await ada.page(url);
    noMarkup(page.text);
    const { events } = (await ada.get(url)).json as { events: { detail: object }[] };
    expect(events[0]?.detail).toMatchObject({ reason });
    const mail = kept.messages().find(({ subject }) => subject.includes("administrator"));
    expect(mail?.text).toContain(reason);
  });

  test("line breaks and controls reach neither mail nor log", async () => {
    const kept = createOutbox();
    await restart({ notices: { delivery: kept.mail({ from: SENDER }) } });
    const ada = await administrator(app);
    const reason = "Lost\r\nBcc: eve@evil.test\r\n\r\nYour new code is 123456\u2028\u001b[31m";
    await perform(app, ada, TOM, "unlock", { reason });
    await app.secondFactor.settled();
    expect(told[0]?.reason).toBe("Lost Bcc: eve@evil.test Your new code is 123456 [31m");
    const mail = kept.messages().find(({ subject }) => subject.includes("administrator"));
    expect(mail?.text.split("\n")[0]).toContain("Lost Bcc: eve@evil.test Your");
    expect(mail?.to).toBe(TOM);
  });

  test("an account with markup, line breaks or nothing in it is listed, and can be acted on", async () => {
    const names = ["<svg onload=alert(1)>@acme.test", "two\r\nlines@acme.test", "\u202egnp.exe@acme.test"];
    const ada = await administrator(app);
    for (const email of names) {
      await app.addUser({ email, secret: TOTP_SECRET });
      noMarkup((await ada.page(`${USERS}?q=acme`)).text);
      await ada.page(`${await personUrl(app, email)}/disable`);
      noMarkup((await ada.page("/second-factor/challenge?action=administer")).text);
      expect((await perform(app, ada, email, "disable")).status).toBe(200);
      noMarkup((await ada.page(await personUrl(app, email))).text);
    }
  });

  test("an administrator without a name, or with a very long one, is still somebody in the log", async () => {
    for (const [account, by] of [
      ["", expect.stringMatching(/^[0-9a-f]{24}$/)],
      [`ada\n${"a".repeat(300)}`, `ada ${"a".repeat(250)}`],
    ] as const) {
      await restart({ accountOf: ({ email }: { email: string }) => (email === ADA ? account : email) });
      await countFailures(app, TOM, 7);
      expect((await perform(app, await administrator(app), TOM, "unlock")).status).toBe(200);
      expect(told).toMatchObject([{ by }]);
    }
  });
});
