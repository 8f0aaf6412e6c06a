// An administrator asks for a new password, or hands a temporary one over: on pages, as JSON, and nobody else does.
import { beforeEach, describe, expect, test } from "vitest";
import { LOGIN_URL, localLogin, withAccount } from "../support/account.js";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  EVE,
  PASSWORD,
  storedUser,
  TOM,
  VERIFY,
} from "../support/app.js";
import {
  administratedBy,
  administrator,
  askFor,
  perform,
  personUrl,
  prove,
  REASON,
  send,
} from "../support/people.js";
import { useApp } from "../support/suite.js";

const app = useApp(() => withAccount({ ...localLogin(), options: administratedBy() }));
const PRINTED = /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/;
const mustChoose = { status: 403, json: { code: "password_change_required" } };
const told: unknown[] = [];

beforeEach(async () => {
  told.splice(0);
  app.secondFactor.on("administered", ({ act, by, reason }) => told.push({ act, by, reason }));
  await app.addUser({ email: TOM });
});

describe("asking for a new password", () => {
  test("holds the next login, leaves sessions as they are, and is recorded", async () => {
    const tom = await afterPassword(app, TOM);
    const ada = await administrator(app);
    expect(await perform(app, ada, TOM, "require-password-change")).toMatchObject({
      status: 200,
      json: { state: "done", act: "require-password-change" },
    });
    expect(told).toEqual([{ act: "require-password-change", by: ADA, reason: REASON }]);
    expect((await tom.get("/account")).status).toBe(200);
    expect(await app.visitor().post("/login", credentials(TOM))).toMatchObject(mustChoose);
  });

  test("a second time has nothing to do, and uses no code up", async () => {
    const ada = await administrator(app);
    await perform(app, ada, TOM, "require-password-change");
    await prove(app, ada, TOM, "require-password-change");
    expect(await send(app, ada, TOM, "require-password-change")).toMatchObject({ status: 409 });
    expect((await askFor(app, ada, TOM, "require-password-change")).status).toBe(200);
    expect(told).toHaveLength(1);
  });
});

describe("a temporary password", () => {
  test("is in the answer once, and opens one login", async () => {
    const ada = await administrator(app);
    const made = await perform(app, ada, TOM, "temporary-password");
    expect(made).toMatchObject({
      status: 200,
      json: { state: "done", password: expect.stringMatching(PRINTED) },
    });
    expect(Date.parse(String(made.json["expiresAt"])) - app.clock.now().getTime()).toBe(86_400_000);
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(told).toEqual([{ act: "temporary-password", by: ADA, reason: REASON }]);
    const password = String(made.json["password"]);
    expect(JSON.stringify(await storedUser(app, TOM))).not.toContain(password);
    expect((await ada.get(await personUrl(app, TOM))).text).not.toContain(password);
    expect(await app.visitor().post(LOGIN_URL, { email: TOM, password })).toMatchObject(mustChoose);
    expect((await app.visitor().post(LOGIN_URL, { email: TOM, password: PASSWORD })).status).toBe(401);
  });

  test("is on a page once; the next code makes another", async () => {
    const ada = await administrator(app);
    const url = `${await personUrl(app, TOM)}/temporary-password`;
    expect((await ada.page(url)).location).toContain("/challenge?action=administer");
    const asked = await ada.page("/second-factor/challenge?action=administer");
    expect(asked.text).toContain(`make a temporary password for ${TOM}`);
    const code = await codes(app.clock).code();
    const [, target = ""] = /name="target" value="([^"]+)"/.exec(asked.text) ?? [];
    expect((await ada.form(VERIFY, { code, action: "administer", target })).location).toBe(url);
    expect((await ada.page(url)).text).toContain(`Make a temporary password for <bdi>${TOM}</bdi>?`);
    const page = await ada.form(url, { reason: REASON });
    expect(page.text).toMatch(/>(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}</);
    expect(page.text).toContain("Shown once. Works once, until");
    expect((await ada.form(url, { reason: REASON })).location).toContain("/challenge?action=administer");
  });
});

describe.each(["require-password-change", "temporary-password"] as const)("%s", (act) => {
  test("is offered on the person's page", async () => {
    const ada = await administrator(app);
    expect((await ada.page(await personUrl(app, TOM))).text).toContain(`/${act}"`);
  });

  test("is done by nobody without a code for it, without a reason, or who does not administer", async () => {
    const before = await storedUser(app, TOM);
    const ada = await administrator(app);
    expect(await send(app, ada, TOM, act)).toMatchObject({ status: 401, json: { code: "step_up_required" } });
    await prove(app, ada, TOM, "end-sessions");
    expect(await send(app, ada, TOM, act)).toMatchObject({ status: 401, json: { code: "step_up_required" } });
    await prove(app, ada, TOM, act);
    expect(await send(app, ada, TOM, act, {})).toMatchObject({ status: 400 });
    await app.addUser({ email: EVE });
    const eve = await afterPassword(app, EVE);
    expect(await send(app, eve, TOM, act)).toMatchObject({ status: 403, json: { code: "forbidden" } });
    expect(await send(app, await afterPassword(app, ADA), TOM, act)).toMatchObject({ status: 401 });
    expect(await send(app, app.visitor(), TOM, act)).toMatchObject({ status: 401 });
    await ada.get(`${await personUrl(app, TOM)}/${act}`);
    expect(await storedUser(app, TOM)).toEqual(before);
    expect(told).toEqual([]);
  });

  test("is not there where passwords are the app's business alone", async () => {
    await app.start({ options: administratedBy() });
    const ada = await administrator(app);
    expect((await send(app, ada, TOM, act)).status).toBe(404);
    expect((await ada.page(await personUrl(app, TOM))).text).not.toContain(`/${act}"`);
  });
});
