// One person, for administrators, and what can be done for them: the answers that clients and browsers get.
import type { SecondFactorOptions } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { memoryEvents } from "../../src/stores/event-log.js";
import {
  ADA,
  afterPassword,
  codes,
  everyFactor,
  PHONE,
  storedUser,
  TOM,
  TOTP_SECRET,
  VERIFY,
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
  REASON,
  send,
  USERS,
} from "../support/people.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { expectProblem } from "./json-contract.js";

const STEP_UP = { action: "administer", challengeUrl: "/second-factor/challenge?action=administer" };
const bound = { ...STEP_UP, target: expect.stringMatching(/^[\w.-]{20,}$/) };

const options = (more: Partial<SecondFactorOptions> = {}): Partial<SecondFactorOptions> => ({
  ...administratedBy(),
  eventLog: memoryEvents(),
  ...more,
});
const app = useApp(() => ({ factors: everyFactor, options: options() }));

let ada: Visitor;
let url: string;
const person = async () => (await ada.get(url)).json;

/** Tom has everything that can be taken away. */
beforeEach(async () => {
  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: "tom@home.test", phone: PHONE });
  const tom = await afterPassword(app, TOM);
  await tom.post(VERIFY, { factor: "totp", code: await codes(app.clock).code(), trustBrowser: true });
  app.clock.advance({ seconds: 30 });
  ada = await administrator(app);
  url = await personUrl(app, TOM);
  await countFailures(app, TOM, 100);
});

describe("a person", () => {
  test("is told of: how they stand, by what, since when, and what happened; addresses are covered", async () => {
    const date = expect.stringMatching(/^20\d\d-.*Z$/);
    const { events, ...rest } = await person();
    expect(rest).toEqual({
      id: url.split("/").at(-1),
      account: TOM,
      roles: [],
      factors: ["totp", "email", "sms"],
      coverage: "on",
      mode: "optional",
      locked: {},
      ways: [
        { kind: "totp", confirmedAt: date, lastUsedAt: date },
        { kind: "email", hint: "t***@home.test", confirmedAt: date },
        { kind: "sms", hint: "+1********23", confirmedAt: date },
      ],
      browsers: [{ id: expect.any(String), name: expect.any(String), lastUsedAt: date, expiresAt: date }],
    });
    const names = (events as { event: string }[]).map(({ event }) => event);
    expect(names.toSorted()).toEqual(["browser-trusted", "enrolled", "enrolled", "enrolled", "signed-in"]);
  });

  test("who has nothing has little to tell", async () => {
    await app.addUser({ email: "new@acme.test" });
    const { json } = await ada.get(await personUrl(app, "new@acme.test"));
    const nothing = {
      roles: [],
      factors: [],
      coverage: "off",
      mode: "optional",
      ways: [],
      browsers: [],
      events: [],
    };
    expect(json).toEqual({ id: expect.any(String), account: "new@acme.test", ...nothing });
  });

  test.each(["ffffffffffffffffffffffff", "x", "%2e%2e", "$ne", "%00", "a".repeat(1024), "%7B%22$ne%22:1%7D"])(
    "called %s is not found: the page, each act, and its form",
    async (id) => {
      expectProblem(await ada.get(`${USERS}/${id}`), "not_found");
      expect((await ada.page(`${USERS}/${id}`)).status).toBe(404);
      for (const act of ACTS) {
        expectProblem(await ada.get(`${USERS}/${id}/${act}`), "not_found");
        expectProblem(await ada.post(`${USERS}/${id}/${act}`, bodyFor(act)), "not_found");
      }
    },
  );

  test.each(["enable", "switch-on", "enrol", "constructor", "__proto__", "Disable", "%00"])(
    "cannot be done %s to",
    async (act) => {
      expectProblem(await ada.get(`${url}/${act}`), "not_found");
      expectProblem(await ada.post(`${url}/${act}`, { reason: REASON }), "not_found");
    },
  );

  test("has a page, with the notice of what was done, and of nothing else", async () => {
    const plain = (await ada.page(url)).text;
    expect(plain).toContain(TOM);
    for (const notice of [...ACTS, "unchanged"])
      expect((await ada.page(`${url}?notice=${notice}`)).text).not.toBe(plain);
    for (const notice of ["enable", "<b>", "__proto__"]) {
      const { text } = await ada.page(`${url}?notice=${encodeURIComponent(notice)}`);
      expect(text).toBe(plain);
    }
  });
});

describe.each(ACTS)("%s", (act) => {
  test("takes a fresh code for it, then is done, once", async () => {
    expectProblem(await ada.get(`${url}/${act}`), "step_up_required", bound);
    expectProblem(await send(app, ada, TOM, act), "step_up_required", bound);
    await prove(app, ada, TOM, act);
    expect(await ada.get(`${url}/${act}`)).toMatchObject({ status: 200, json: { act } });
    expect(await send(app, ada, TOM, act)).toMatchObject({ status: 200, json: { state: "done", act } });
    const again = await send(app, ada, TOM, act);
    const nothing = { disable: "factor_not_enrolled", unlock: "conflict", "forget-browsers": "conflict" };
    expect(again.json["code"]).toBe({ ...nothing }[act as string] ?? "step_up_required");
  });

  test("is in the person's history, with who and why", async () => {
    await perform(app, ada, TOM, act);
    await app.secondFactor.settled();
    const { events } = (await person()) as { events: object[] };
    expect(events[0]).toMatchObject({ event: "administered", detail: { act, by: ADA, reason: REASON } });
  });

  test.each<[string, unknown, string]>([
    ["no reason", {}, "reason"],
    ["an empty one", { reason: "  \u200b" }, "reason"],
    ["one of controls", { reason: "\0\u001b" }, "reason"],
    ["a number", { reason: 7 }, "reason"],
    ["a list", { reason: [REASON] }, "reason"],
    ["an operator", { reason: { $ne: "" } }, "reason"],
    ["null", { reason: null }, "reason"],
    ["one too long", { reason: "x".repeat(501) }, "reason"],
    ["one far too long", { reason: "x".repeat(10_000) }, "reason"],
  ])("with %s is invalid, changes nothing, and leaves the code to be used", async (_, body, field) => {
    await prove(app, ada, TOM, act);
    const before = await storedUser(app, TOM);
    const given = { ...bodyFor(act), reason: undefined, ...(body as object) };
    expectProblem(await send(app, ada, TOM, act, given), "invalid_input", {
      errors: [{ field, message: expect.any(String) }],
    });
    expect(await storedUser(app, TOM)).toEqual(before);
    expect((await send(app, ada, TOM, act)).status).toBe(200);
  });

  test("in a browser is a form, a code for what it says, and the way back", async () => {
    const first = await ada.page(`${url}/${act}`);
    expect([first.status, first.location]).toEqual([303, STEP_UP.challengeUrl]);
    const asked = (await ada.page(STEP_UP.challengeUrl)).text;
    expect(asked).toMatch(new RegExp(`Enter a new code to <bdi>[a-z -]+${TOM}`));
    const target = /name="target" value="([^"]+)"/.exec(asked)?.[1] ?? "";
    const code = await codes(app.clock).code();
    const proven = await ada.form(VERIFY, { code, action: "administer", target });
    expect([proven.status, proven.location]).toEqual([303, `${url}/${act}`]);
    expect((await ada.page(`${url}/${act}`)).status).toBe(200);
    const done = await ada.form(`${url}/${act}`, bodyFor(act));
    expect([done.status, done.location]).toEqual([303, `${url}?notice=${act}`]);
    expect((await ada.page(`${url}?notice=${act}`)).status).toBe(200);
  });

  test("in a browser without a reason is the same form, with what was typed", async () => {
    await prove(app, ada, TOM, act);
    const wrong = await ada.form(`${url}/${act}`, { ...bodyFor(act), reason: " " });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("Write a reason.");
    const long = await ada.form(`${url}/${act}`, { ...bodyFor(act), reason: "too long ".repeat(60) });
    expect(long.status).toBe(400);
    expect(long.text).toContain("too long too long");
    expect((await ada.form(`${url}/${act}`, bodyFor(act))).status).toBe(303);
  });
});
