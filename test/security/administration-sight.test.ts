// What administrators see: nothing secret of anybody, and nothing at all of people who are not theirs.
import { createOutbox, type SecondFactorOptions, type SecurityEvents } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import { memoryEvents } from "../../src/stores/event-log.js";
import {
  ADA,
  afterPassword,
  codes,
  ENROL,
  EVE,
  everyFactor,
  PHONE,
  SEND,
  SENDER,
  sentCode,
  signedIn,
  stepUp,
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
  rememberBrowser,
  USERS,
} from "../support/people.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const MAIL = "tom.private@home.test";
const NEW_PHONE = "+14155550199";
const app = useApp(() => ({ factors: everyFactor, options: administratedBy() }));

/** Every text in a document that is worth hiding: of the vault, what is long enough to be told from words. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.length >= 16 ? [value] : [];
  if (value === null || typeof value !== "object" || value instanceof Date) return [];
  return Object.values(value).flatMap(textsIn);
}

test("no answer, page, event or mail holds a secret, a code, a whole address or a whole number", async () => {
  const kept = createOutbox();
  const log = memoryEvents();
  const notices = { delivery: kept.mail({ from: SENDER }) };
  await app.start({ factors: everyFactor, options: { ...administratedBy(), eventLog: log, notices } });
  const heard: SecurityEvents["administered"][] = [];
  app.secondFactor.on("administered", (event) => heard.push(event));

  await app.addUser({ email: TOM, secret: TOTP_SECRET, address: MAIL, phone: PHONE });
  const tom = await afterPassword(app, TOM);
  await tom.post(VERIFY, { factor: "totp", code: await codes(app.clock).code(), trustBrowser: true });
  app.clock.advance({ seconds: 30 });
  await stepUp(app, tom, TOTP_SECRET);
  const made = await tom.post("/second-factor/recovery-codes");
  await stepUp(app, tom, TOTP_SECRET);
  const { secret } = (await tom.post(ENROL)).json as { secret: string };
  const pending = await afterPassword(app, TOM);
  await pending.post(SEND, { factor: "email" });
  const sent = sentCode(app, MAIL);
  const { secondFactor } = (await storedUser(app, TOM)) as {
    secondFactor: { vault: { browsers: { id: string }[] } };
  };
  const ids = secondFactor.vault.browsers.map(({ id }) => id);
  const vault = textsIn(secondFactor.vault).filter((text) => !ids.includes(text));
  expect(vault.length).toBeGreaterThan(20);

  const ada = await administrator(app);
  const url = await personUrl(app, TOM);
  const seen: string[] = [];
  const look = async (...paths: string[]) => {
    for (const path of paths)
      for (const reply of [await ada.get(path), await ada.page(path)]) seen.push(reply.text);
  };
  await look(USERS, url, ...ACTS.map((act) => `${url}/${act}`));
  for (const act of ACTS.toReversed()) {
    await rememberBrowser(app, TOM);
    await countFailures(app, TOM, 6);
    await prove(app, ada, TOM, act);
    await look(`${url}/${act}`, "/second-factor/challenge?action=administer");
    seen.push((await ada.post(`${url}/${act}`, bodyFor(act))).text);
    await look(`${url}?notice=${act}`);
  }
  await app.secondFactor.settled();
  expect(heard).toHaveLength(ACTS.length);
  seen.push(
    JSON.stringify(heard),
    JSON.stringify(await log.of(String(url.split("/").at(-1)), { limit: 1000 })),
  );
  seen.push(...kept.messages().map(({ text, subject }) => `${subject}\n${text}`));

  const hidden = [
    ...vault,
    TOTP_SECRET,
    secret,
    MAIL,
    PHONE,
    NEW_PHONE,
    ...(made.json["recoveryCodes"] as string[]),
  ];
  for (const text of seen) {
    for (const word of hidden) expect(text.includes(word)).toBe(false);
    for (const word of [sent, "4155550123", "555-0123", "4155550199", "555-0199", "otpauth:"])
      expect(text.includes(word)).toBe(false);
    expect(text).not.toMatch(/fingerprint|"(hash|salt|secret|vault|login|mac)"/);
  }
});

type Asked = NonNullable<SecondFactorOptions["authorizeAdmin"]>;

describe("an administrator of some people", () => {
  const SALES = "sales";
  /** Ada sees whoever is of her tenant; Root everybody. */
  const onlyTheirs: Asked = (req, user?: { tenant?: string }) => {
    const { email, tenant } = req.user as unknown as { email: string; tenant: string };
    if (email !== ADA) return false;
    return user === undefined || user.tenant === tenant;
  };
  const start = (authorizeAdmin: Asked = onlyTheirs) =>
    app.start({
      clock: app.clock,
      factors: everyFactor,
      options: { eventLog: memoryEvents(), authorizeAdmin },
      schema: (schema) => schema.add({ tenant: String }),
    });
  async function ofSales(): Promise<Visitor> {
    await start();
    await app.addUser({ email: ADA, tenant: SALES, secret: TOTP_SECRET });
    await app.addUser({ email: TOM, tenant: SALES, secret: TOTP_SECRET });
    await app.addUser({ email: EVE, tenant: "engineering", secret: TOTP_SECRET });
    return signedIn(app, ADA, TOTP_SECRET);
  }

  test("finds nobody else, by no search, no filter and no cursor, and they are not counted", async () => {
    const ada = await ofSales();
    for (const email of [TOM, EVE]) await countFailures(app, email, 100);
    const accounts = async (query: string) => {
      const { people } = (await ada.get(`${USERS}?${query}`)).json as { people: { account: string }[] };
      return people.map(({ account }) => account);
    };
    expect(await accounts("")).toEqual([ADA, TOM]);
    expect(await accounts("q=eve")).toEqual([]);
    expect(await accounts("filter=locked")).toEqual([TOM]);
    const id = (await personUrl(app, ADA)).split("/").at(-1);
    expect(await accounts(`cursor=${id}`)).toEqual([TOM]);
    for (const query of ["", "q=acme", "filter=locked"]) {
      const { text } = await ada.page(`${USERS}?${query}`);
      expect(text).toContain(TOM);
      expect(text).not.toContain(EVE);
      expect(text).toMatch(/Locked[^0-9]*1\b/);
    }
  });

  test("cannot tell somebody else from nobody: the person, each act, with a code or without", async () => {
    const ada = await ofSales();
    const [eve, nobody] = [await personUrl(app, EVE), `${USERS}/ffffffffffffffffffffffff`];
    const before = await storedUser(app, EVE);
    for (const act of ACTS) {
      await prove(app, ada, TOM, act);
      for (const path of ["", `/${act}`]) {
        const [one, other] = [await ada.get(eve + path), await ada.get(nobody + path)];
        expect([one.status, one.text]).toEqual([404, other.text]);
        expect((await ada.page(eve + path)).text).toBe((await ada.page(nobody + path)).text);
      }
      const [one, other] = [
        await ada.post(`${eve}/${act}`, bodyFor(act)),
        await ada.post(`${nobody}/${act}`, bodyFor(act)),
      ];
      expect([one.status, one.text]).toEqual([404, other.text]);
    }
    expect(await storedUser(app, EVE)).toEqual(before);
  });

  test("acts on their own people, until these are theirs no more", async () => {
    const ada = await ofSales();
    await countFailures(app, TOM, 100);
    expect((await perform(app, ada, TOM, "unlock")).status).toBe(200);
    await prove(app, ada, TOM, "disable");
    await app.User.updateOne({ email: TOM }, { tenant: "engineering" });
    const reply = await ada.post(`${await personUrl(app, TOM)}/disable`, bodyFor("disable"));
    expect(reply.status).toBe(404);
    expect(await storedUser(app, TOM)).toHaveProperty("secondFactor.factors.0", "totp");
  });

  test.each<[string, Asked]>([
    [
      "has a default for the person",
      (_req, user: { tenant?: string } | null = null) => user?.tenant !== "engineering",
    ],
    [
      "takes a list of arguments",
      (...all: [unknown, ({ tenant?: string } | undefined)?]) => all[1]?.tenant !== "engineering",
    ],
  ])("is held to it also where the function %s", async (_, authorizeAdmin) => {
    expect(authorizeAdmin.length).toBeLessThan(2);
    await ofSales();
    await start(authorizeAdmin);
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    expect((await ada.get(`${USERS}?q=eve`)).json).toEqual({ people: [] });
    expect((await ada.get(await personUrl(app, EVE))).status).toBe(404);
    expect((await ada.get(await personUrl(app, TOM))).status).toBe(200);
  });

  test("sees everybody where the function asks about the visit alone", async () => {
    await ofSales();
    await start((req) => (req.user as unknown as { email: string }).email === ADA);
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    const { people } = (await ada.get(USERS)).json as { people: object[] };
    expect(people).toHaveLength(3);
    expect((await ada.get(await personUrl(app, EVE))).status).toBe(200);
  });
});
