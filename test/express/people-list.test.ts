// The list of people, for administrators: who is on it, found by what, counted how, page by page.
import type { SecondFactorOptions } from "passport-second-factor";
import { beforeEach, describe, expect, test } from "vitest";
import { EVE, everyFactor, type Parts, TOM, TOTP_SECRET } from "../support/app.js";
import { administratedBy, administrator, countFailures, USERS } from "../support/people.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";
import { expectProblem } from "./json-contract.js";

const DAY = 86_400_000;
const FILTERS = ["not-set-up", "must-set-up", "in-grace", "locked"] as const;
type Row = { id: string; account: string } & Record<string, unknown>;
type Page = { people: Row[]; next?: string };

const options: Partial<SecondFactorOptions> = {
  ...administratedBy(),
  policy: {
    graceDays: 14,
    roles: {
      staff: { mode: "required" },
      texted: { mode: "required", factors: ["sms"] },
      paired: { mode: "required", factors: ["totp"] },
    },
  },
};
const app = useApp(() => ({ factors: everyFactor, options }));

const list = async (visitor: Visitor, query: Record<string, string> = {}) => {
  const reply = await visitor.get(`${USERS}?${new URLSearchParams(query)}`);
  expect(reply.status).toBe(200);
  return reply.json as unknown as Page;
};
const accounts = ({ people }: Page) => people.map(({ account }) => account);

/** When somebody first had to set it up, so many days ago. */
async function requiredFor(email: string, days: number): Promise<void> {
  const requiredSince = new Date(app.clock.now().getTime() - days * DAY);
  await app.User.collection.updateOne({ email }, { $set: { "secondFactor.requiredSince": requiredSince } });
}

/** One of each kind; named so that ids and names are in the same order. */
async function oneOfEach(): Promise<void> {
  await app.addUser({ email: "off@acme.test" });
  await app.addUser({ email: "on@acme.test", secret: TOTP_SECRET });
  await app.addUser({ email: "must@acme.test", roles: ["staff"] });
  await requiredFor("must@acme.test", 15);
  await app.addUser({ email: "grace@acme.test", roles: ["staff"] });
  await requiredFor("grace@acme.test", 4);
  await app.addUser({ email: "new@acme.test", roles: ["staff"] });
  await app.addUser({ email: "cannot@acme.test", roles: ["texted", "paired"] });
  await app.addUser({ email: "other@acme.test", roles: ["texted"], secret: TOTP_SECRET });
  await requiredFor("other@acme.test", 15);
  await app.addUser({ email: "paused@acme.test", secret: TOTP_SECRET });
  await countFailures(app, "paused@acme.test", 5);
  await app.addUser({ email: "blocked@acme.test", secret: TOTP_SECRET });
  await countFailures(app, "blocked@acme.test", 100);
  await app.addUser({ email: "clumsy@acme.test", secret: TOTP_SECRET });
  await countFailures(app, "clumsy@acme.test", 4);
}

describe("one row each", () => {
  let ada: Visitor;
  beforeEach(async () => {
    ada = await administrator(app);
    await oneOfEach();
  });
  const row = async (name: string) => (await list(ada, { q: `${name}@` })).people[0];

  test("says how somebody stands, and nothing more", async () => {
    const id = expect.stringMatching(/^[0-9a-f]{24}$/);
    const inDays = (days: number) => new Date(app.clock.now().getTime() + days * DAY).toISOString();
    const base = { id, roles: [] };
    const staff = { id, roles: ["staff"], factors: [] };
    const totp = ["totp"];
    expect(await row("off")).toEqual({ ...base, account: "off@acme.test", coverage: "off", factors: [] });
    expect(await row("on")).toEqual({ ...base, account: "on@acme.test", coverage: "on", factors: totp });
    expect(await row("must")).toEqual({ ...staff, account: "must@acme.test", coverage: "must" });
    const grace = { coverage: "grace", until: inDays(10) };
    expect(await row("grace")).toEqual({ ...staff, account: "grace@acme.test", ...grace });
    // They have met it nowhere yet: it would begin now.
    const whole = { coverage: "grace", until: inDays(14) };
    expect(await row("new")).toEqual({ ...staff, account: "new@acme.test", ...whole });
    const cannot = { roles: ["texted", "paired"], factors: [], coverage: "cannot" };
    expect(await row("cannot")).toEqual({ id, account: "cannot@acme.test", ...cannot });
    const other = { roles: ["texted"], factors: totp, coverage: "must" };
    expect(await row("other")).toEqual({ id, account: "other@acme.test", ...other });
  });

  test("says until when codes are paused, and that they are blocked", async () => {
    const until = new Date(app.clock.now().getTime() + 30_000).toISOString();
    expect((await row("paused"))?.["locked"]).toEqual({ until });
    expect((await row("blocked"))?.["locked"]).toEqual({});
    expect(await row("clumsy")).not.toHaveProperty("locked");
    app.clock.advance({ seconds: 30 });
    expect(await row("paused")).not.toHaveProperty("locked");
  });

  test.each<[(typeof FILTERS)[number], string[]]>([
    ["not-set-up", ["off", "must", "grace", "new", "cannot"]],
    ["must-set-up", ["must", "cannot", "other"]],
    ["in-grace", ["grace", "new"]],
    ["locked", ["paused", "blocked"]],
  ])("%s: each of them, and nobody else", async (filter, names) => {
    const wanted = names.map((name) => `${name}@acme.test`);
    expect(accounts(await list(ada, { filter }))).toEqual(wanted);
    expect(await app.secondFactor.admin.people({ filter })).toMatchObject({
      people: wanted.map((account) => ({ account })),
    });
    const [first = ""] = wanted;
    expect(accounts(await list(ada, { filter, q: first.toUpperCase() }))).toEqual([first]);
  });

  test("all of them are counted", async () => {
    const counts = { "not-set-up": 5, "must-set-up": 3, "in-grace": 2, locked: 2, isPartial: false };
    expect(await app.secondFactor.admin.count()).toEqual({ people: 11, ...counts });
    const some = { people: 1, "not-set-up": 0, "must-set-up": 0, "in-grace": 0, locked: 1, isPartial: false };
    expect(await app.secondFactor.admin.count({ text: "paused" })).toEqual(some);
  });

  test("who signed in, and met it there, has the days that are left", async () => {
    await app.visitor().post("/login", { email: "new@acme.test", password: "correct horse" });
    app.clock.advance({ days: 3 });
    const until = new Date(app.clock.now().getTime() + 11 * DAY).toISOString();
    expect(await row("new")).toMatchObject({ coverage: "grace", until });
    app.clock.advance({ days: 11 });
    expect(await row("new")).toMatchObject({ coverage: "must" });
  });
});

describe("sixty people", () => {
  const PEOPLE = 60;
  const email = (index: number) => `p${String(index).padStart(2, "0")}@acme.test`;
  /** Every third has a factor, every fourth must set one up, every fifth is locked. */
  beforeEach(async () => {
    const since = new Date(app.clock.now().getTime() - 3 * DAY);
    const people = Array.from({ length: PEOPLE }, (_, index) => ({
      email: email(index),
      roles: index % 4 === 0 ? ["staff"] : [],
      secondFactor: {
        ...(index % 3 === 0 ? { factors: ["totp"] } : {}),
        ...(index % 8 === 0 ? { requiredSince: since } : { requiredSince: new Date(0) }),
        vault: index % 5 === 0 ? { failures: { signedIn: { count: 100, lastAt: since } } } : {},
      },
    }));
    await app.User.collection.insertMany(people as never[]);
  });
  const wantedFor = (filter: string) =>
    Array.from({ length: PEOPLE }, (_, index) => index)
      .filter((index) => {
        const isOn = index % 3 === 0;
        const must = !isOn && index % 4 === 0;
        if (filter === "not-set-up") return !isOn;
        if (filter === "must-set-up") return must && index % 8 !== 0;
        if (filter === "in-grace") return must && index % 8 === 0;
        return filter === "locked" ? index % 5 === 0 : true;
      })
      .map(email);

  /** Follows `next` to the end. */
  async function pages(visitor: Visitor, query: Record<string, string>): Promise<Page[]> {
    const found: Page[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined; cursor = found.at(-1)?.next) {
      if (found.length > 10) throw new Error("there is no end");
      found.push(await list(visitor, { ...query, ...(cursor ? { cursor } : {}) }));
    }
    return found;
  }

  test.each(["", ...FILTERS])(
    "behind the filter %j come page by page, each once, in order",
    async (filter) => {
      const ada = await administrator(app);
      const wanted = wantedFor(filter);
      const found = await pages(ada, { q: "p", ...(filter ? { filter } : {}) });
      expect(found.flatMap(accounts)).toEqual(wanted);
      // No page is empty, and no page is short but the last.
      expect(found).toHaveLength(Math.ceil(wanted.length / 25));
      expect(found.slice(0, -1).every(({ people }) => people.length === 25)).toBe(true);
    },
  );

  test("come in pages of any size, also where the last is just full", async () => {
    for (const [limit, count] of [
      [60, 1],
      [59, 2],
      [30, 2],
      [20, 3],
    ] as const) {
      let cursor: string | undefined;
      let seen = 0;
      for (let page = 1; ; page++) {
        const { people, next } = await app.secondFactor.admin.people({
          limit,
          ...(cursor ? { cursor } : {}),
        });
        seen += people.length;
        cursor = next;
        if (next === undefined) {
          expect([seen, page]).toEqual([PEOPLE, count]);
          break;
        }
      }
    }
  });

  test("who come or go meanwhile shift nobody", async () => {
    const ada = await administrator(app);
    const first = await list(ada, { q: "p" });
    await app.User.collection.deleteMany({ email: { $in: accounts(first).slice(20) } });
    const second = await list(ada, { q: "p", cursor: String(first.next) });
    expect(accounts(second)[0]).toBe(email(25));
  });

  test("are counted as the filters find them", async () => {
    const counts = Object.fromEntries(FILTERS.map((filter) => [filter, wantedFor(filter).length]));
    expect(await app.secondFactor.admin.count()).toEqual({ people: PEOPLE, ...counts, isPartial: false });
  });

  test("a filter that fits nobody ends", async () => {
    const ada = await administrator(app);
    expect(await list(ada, { q: "p01@", filter: "locked" })).toEqual({ people: [] });
    expect(await list(ada, { q: "nobody at all" })).toEqual({ people: [] });
  });
});

describe("a search", () => {
  test("takes what is typed as it is: no pattern, no operator", async () => {
    const ada = await administrator(app);
    await app.addUser({ email: "a+b@acme.test" });
    await app.addUser({ email: TOM });
    expect(accounts(await list(ada, { q: " a+B@ " }))).toEqual(["a+b@acme.test"]);
    for (const q of [".*", "^a", "t?m", "tom|eve", "[a-z]", "(", "\\", '{"$gt":""}', "\0", "tom\0", "💥"])
      expect(accounts(await list(ada, { q }))).toEqual([]);
    for (const q of ["", "   "]) expect((await list(ada, { q })).people).toHaveLength(3);
  });

  test.each<[string, string]>([
    ["q[$ne]=x", "q"],
    ["q=a&q=b", "q"],
    [`q=${"x".repeat(201)}`, "q"],
    ["filter=everybody", "filter"],
    ["filter[]=locked", "filter"],
    ["filter=__proto__", "filter"],
    ["filter=locked&filter=locked", "filter"],
    ["cursor[$gt]=", "cursor"],
    [`cursor=${"0".repeat(201)}`, "cursor"],
  ])("of %s is invalid, and says what", async (query, field) => {
    // An app may have the parser that makes objects of brackets.
    const before = ({ app: express }: Parts) => void express.set("query parser", "extended");
    await app.start({ factors: everyFactor, options, before });
    const reply = await (await administrator(app)).get(`${USERS}?${query}`);
    expectProblem(reply, "invalid_input", { errors: [{ field, message: expect.any(String) }] });
  });

  test.each(["x", "..", "$ne", "ffffffffffffffffffffffff", "\0"])("after %j finds nobody", async (cursor) => {
    const ada = await administrator(app);
    expect(await list(ada, { cursor })).toEqual({ people: [] });
  });
});

test("the page has the list, the counts and the search that was made", async () => {
  const ada = await administrator(app);
  await oneOfEach();
  const { status, text } = await ada.page(`${USERS}?q=acme&filter=locked`);
  expect(status).toBe(200);
  expect(text).toContain("paused@acme.test");
  expect(text).toContain("blocked@acme.test");
  expect(text).not.toContain("clumsy@acme.test");
  expect(text).toContain('value="acme"');
});

describe("groups", () => {
  test("count where the store is told to populate them", async () => {
    const { connection } = app;
    const { Schema } = app.User.base;
    if (connection.models["Team"]) connection.deleteModel("Team");
    const Team = connection.model("Team", new Schema({ roles: [String] }));
    const team = await Team.create({ roles: ["staff"] });
    await app.start({
      factors: everyFactor,
      options,
      store: { populate: "groups" },
      schema: (schema) => schema.add({ groups: [{ type: Schema.Types.ObjectId, ref: "Team" }] }),
      load: (User, id) => User.findById(id).populate("groups").exec(),
    });
    await app.addUser({ email: EVE });
    await app.addUser({ email: TOM, groups: [team._id] } as never);
    const ada = await administrator(app);
    expect((await list(ada, { q: "tom" })).people).toMatchObject([{ roles: ["staff"], coverage: "grace" }]);
    expect(accounts(await list(ada, { filter: "in-grace" }))).toEqual([TOM]);
    expect(await app.secondFactor.admin.count()).toMatchObject({ people: 3, "in-grace": 1 });
    const { people } = await app.secondFactor.admin.people({ text: "tom" });
    const status = await app.secondFactor.admin.status(String(people[0]?.id));
    expect(status).toMatchObject({ roles: ["staff"], mode: "required", coverage: "grace" });
  });

  test("that nobody populates are an error of the set-up, and never 'no role'", async () => {
    const { Schema } = app.User.base;
    await app.start({
      factors: everyFactor,
      options,
      schema: (schema) => schema.add({ groups: [Schema.Types.ObjectId] }),
    });
    await app.addUser({ email: TOM, groups: [new app.User.base.Types.ObjectId()] } as never);
    const ada = await administrator(app);
    expect((await ada.get(USERS)).status).toBe(500);
    expect(app.errors).toMatchObject([{ code: "misconfigured" }]);
  });
});
