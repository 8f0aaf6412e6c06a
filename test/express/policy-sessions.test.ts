// Signing out everywhere else: the person's other sessions end at their next request, and nobody else's do.
import { memoryStore, type SecurityEvents } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import {
  ADA,
  afterPassword,
  codes,
  credentials,
  signedIn,
  storedSessions,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { useApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const END_OTHERS = "/second-factor/sessions/end-others";

const app = useApp(() => ({
  routes: ({ app: express, passport, secondFactor }) => {
    const login = passport.authenticate("local");
    express.post("/sso", secondFactor.exempt("sso"), login, (_req, res) => void res.json({}));
  },
}));

const isIn = async (visitor: Visitor) => expect((await visitor.get("/account")).status).toBe(200);
const isOut = async (visitor: Visitor) => {
  expect((await visitor.get("/account")).status).toBe(403);
  expect((await visitor.get("/whoami")).json).toMatchObject({ state: "anonymous", user: null });
};

describe("ending the other sessions", () => {
  test("ends them at their next request, and leaves this one and everybody else's", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    await app.addUser({ email: ADA });
    const others = [await signedIn(app, TOM, TOTP_SECRET), await signedIn(app, TOM, TOTP_SECRET)];
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    const ada = await signedIn(app, ADA);
    const heard: SecurityEvents["sessions-ended"][] = [];
    app.secondFactor.on("sessions-ended", (event) => heard.push(event));
    expect(await tom.post(END_OTHERS)).toMatchObject({ status: 200, json: { state: "sessions-ended" } });
    expect(heard).toHaveLength(1);
    for (const other of others) await isOut(other);
    await isIn(tom);
    await isIn(ada);
  });

  test("as a page goes back to the settings, which say so", async () => {
    await app.addUser({ email: TOM });
    const [tom, other] = [await signedIn(app, TOM), await signedIn(app, TOM)];
    const reply = await tom.form(END_OTHERS);
    expect([reply.status, reply.location]).toEqual([303, "/second-factor?notice=sessions-ended"]);
    await isOut(other);
    await isIn(tom);
  });

  test("ends exempted ones too, and a thief's, who cannot write an old copy back", async () => {
    await app.addUser({ email: TOM });
    const sso = app.visitor();
    await sso.post("/sso", credentials(TOM));
    const thief = await signedIn(app, TOM);
    const kept = await storedSessions(app).read(thief.sessionId);
    const tom = await signedIn(app, TOM);
    await tom.post(END_OTHERS);
    await isOut(sso);
    const id = thief.sessionId;
    await isOut(thief);
    await storedSessions(app).write(id, kept ?? {});
    await isOut(thief);
    await isIn(tom);
  });

  test("can be done again, from another session, and ends the first", async () => {
    await app.addUser({ email: TOM });
    const first = await signedIn(app, TOM);
    await first.post(END_OTHERS);
    const second = await signedIn(app, TOM);
    await isIn(first);
    await second.post(END_OTHERS);
    await isOut(first);
    await isIn(second);
    await second.post(END_OTHERS);
    await isIn(second);
  });

  test("by two sessions at once leaves at most one of them", async () => {
    await app.addUser({ email: TOM });
    const sessions = [await signedIn(app, TOM), await signedIn(app, TOM)];
    await Promise.all(sessions.map((session) => session.post(END_OTHERS)));
    const replies = await Promise.all(sessions.map((session) => session.get("/account")));
    expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test("takes no factor away, and a login goes on as before", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    await tom.post(END_OTHERS);
    const again = await afterPassword(app, TOM);
    expect((await again.get("/account")).status).toBe(401);
    expect((await again.post(VERIFY, { code: await codes(app.clock).code() })).status).toBe(200);
    await isIn(again);
  });

  test("is not for nobody, nor for somebody pending, nor for another site, nor by GET", async () => {
    await app.addUser({ email: TOM, secret: TOTP_SECRET });
    const tom = await signedIn(app, TOM, TOTP_SECRET);
    expect((await app.visitor().post(END_OTHERS)).json).toMatchObject({ code: "no_challenge" });
    const pending = await afterPassword(app, TOM);
    expect(await pending.post(END_OTHERS)).toMatchObject({
      status: 401,
      json: { code: "second_factor_required" },
    });
    const other = await signedIn(app, TOM, TOTP_SECRET);
    const headers = { origin: "https://evil.test" };
    expect((await other.ask(END_OTHERS, { method: "POST", headers })).status).toBe(403);
    expect((await other.get(END_OTHERS)).status).toBe(405);
    await isIn(tom);
  });
});

test("on the memory store as well", async () => {
  const people = new Map<string, { id: string; _id: string; email: string }>();
  const store = memoryStore();
  await app.start({
    options: { store },
    load: async (_User, id) => people.get(id),
    routes: ({ app: express }) => {
      express.post("/plain-login", (req, res, next) => {
        const user = people.get("tom") as unknown as Express.User;
        req.logIn(user, (error) => (error ? next(error) : res.json({})));
      });
    },
  });
  const user = { id: "tom", _id: "tom", email: TOM };
  people.set("tom", user);
  store.add(user);
  const [tom, other] = [app.visitor(), app.visitor()];
  for (const visitor of [tom, other]) {
    await visitor.post("/plain-login");
    await isIn(visitor);
  }
  expect((await tom.post(END_OTHERS)).status).toBe(200);
  await isOut(other);
  await isIn(tom);
});
