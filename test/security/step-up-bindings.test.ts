// Somebody with a good code, or a grant, uses it for something it was not given for: every purpose against every other.
import { beforeEach, describe, expect, test } from "vitest";
import {
  afterPassword,
  codes,
  EVE,
  SEND,
  sentCode,
  signedIn,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "../support/app.js";
import { actionApp, addTom, codeFor, type Done, prove, STEP_UP_KINDS } from "../support/step-up.js";
import { useApp } from "../support/suite.js";
import type { Reply, Visitor } from "../support/visitor.js";

type Kind = (typeof STEP_UP_KINDS)[number];

const done: Done[] = [];
const app = useApp(() => {
  done.length = 0;
  return actionApp(done);
});
let tom: Visitor;
beforeEach(async () => {
  await forget();
  await addTom(app);
  tom = await signedIn(app, TOM, TOTP_SECRET);
});

/** Codes may be sent again at once; wrong ones and grants are forgotten. The challenges stay. */
async function forget(): Promise<void> {
  const vault = "secondFactor.vault";
  await app.User.collection.updateMany({}, { $set: { [`${vault}.sends`]: [], [`${vault}.grants`]: [] } });
  await app.User.collection.updateMany({}, { $unset: { [`${vault}.failures`]: "" } });
  await app.connection.collection("second_factor_limits").deleteMany({});
}

/** One thing that a code can be for. */
interface Purpose {
  /** Brings it about that a code of this kind is asked for, and returns one that would do. */
  code(kind: Kind): Promise<string>;
  give(kind: Kind, code: string): Promise<Reply>;
}

const NEW = { totp: {}, email: { address: "new@acme.test" }, sms: { country: "US", number: "4155550199" } };

function action(name: string, path: string, body: object = {}): Purpose {
  return {
    async code(kind) {
      expect((await tom.post(path, body)).status).toBe(401);
      if (kind === "totp") return codes(app.clock).code();
      expect((await tom.post(SEND, { factor: kind, action: name })).status).toBe(202);
      return sentCode(app);
    },
    give: (factor, code) => tom.post(VERIFY, { factor, code, action: name }),
  };
}

let pending: Visitor;
let secret: string;
const PURPOSES: Record<string, Purpose> = {
  "the login": {
    async code(kind) {
      pending = await afterPassword(app, TOM);
      if (kind === "totp") return codes(app.clock).code();
      expect((await pending.post(SEND, { factor: kind })).status).toBe(202);
      return sentCode(app);
    },
    give: (factor, code) => pending.post(VERIFY, { factor, code }),
  },
  "a change of password": action("change-password", "/password"),
  "address a": action("change-address", "/address", { to: "a" }),
  "address b": action("change-address", "/address", { to: "b" }),
  "a payout to a": action("payout", "/payout", { to: "a" }),
  "a change of factors": action("change-factors", "/factors"),
  "an enrolment": {
    async code(kind) {
      const begin = () => tom.post(`/second-factor/enrol/${kind}`, { ...NEW[kind], restart: true });
      let begun = await begin();
      if (begun.status === 401) {
        await prove(app, tom, String(begun.json["action"]));
        begun = await begin();
      }
      expect(begun.status).toBe(200);
      secret = String(begun.json["secret"]);
      return kind === "totp" ? codes(app.clock, secret).code() : sentCode(app);
    },
    give: (kind, code) => tom.post(`/second-factor/enrol/${kind}/confirm`, { code }),
  },
};
const names = Object.keys(PURPOSES);
const at = (name: string) => PURPOSES[name] as Purpose;

describe.each(STEP_UP_KINDS)("a code of %s", (kind) => {
  test.each(names)("for %s opens that, and nothing else then", async (name) => {
    const code = await at(name).code(kind);
    expect((await at(name).give(kind, code)).status).toBe(200);
  });

  test.each(names)("for %s, while it is good, is refused for every other", async (name) => {
    for (const other of names.filter((it) => it !== name)) {
      await forget();
      app.clock.advance({ seconds: 30 });
      const code = await at(name).code(kind);
      // What the app shows was made for nothing: used once, it is good for nothing more.
      if (kind === "totp" && name !== "an enrolment") {
        expect((await at(name).give(kind, code)).status).toBe(200);
      }
      await forget();
      await at(other).code(kind);
      const reply = await at(other).give(kind, code);
      expect([401, 410], `${name} → ${other}: ${reply.text}`).toContain(reply.status);
    }
    expect(done).toEqual([]);
  });
});

describe.each(STEP_UP_KINDS)("a grant that %s earned for a change of address to a", (kind) => {
  const ADDRESS = { to: "a" };
  beforeEach(async () => {
    await tom.post("/address", ADDRESS);
    const code = await codeFor(app, tom, kind, "change-address");
    const reply = await tom.post(VERIFY, { factor: kind, code, action: "change-address" });
    expect(reply.status).toBe(200);
  });

  test.each([
    ["a change of password", "/password", {}],
    ["address b", "/address", { to: "b" }],
    ["address A", "/address", { to: "A" }],
    ["address a with a blank", "/address", { to: "a " }],
    ["a payout to a", "/payout", { to: "a" }],
    ["a change of factors", "/factors", {}],
    ["an export", "/export", {}],
  ])("is worth nothing at %s, and stays good for its own", async (_what, path, body) => {
    expect((await tom.post(path, body)).json).toMatchObject({ code: "step_up_required" });
    expect(done).toEqual([]);
    expect((await tom.post("/address", ADDRESS)).json).toEqual({ done: "change-address" });
  });

  test("is worth nothing to another session, of the same person or of somebody else", async () => {
    await app.addUser({ email: EVE, secret: TOTP_SECRET });
    for (const email of [TOM, EVE]) {
      app.clock.advance({ seconds: 30 });
      const other = await signedIn(app, email, TOTP_SECRET);
      expect((await other.post("/address", ADDRESS)).json).toMatchObject({ code: "step_up_required" });
      // Also with a proof of its own, for something else.
      await prove(app, other, "change-password");
      expect((await other.post("/address", ADDRESS)).json).toMatchObject({ code: "step_up_required" });
    }
    expect((await tom.post("/address", ADDRESS)).status).toBe(200);
  });

  test("is worth nothing a second time", async () => {
    expect((await tom.post("/address", ADDRESS)).status).toBe(200);
    expect((await tom.post("/address", ADDRESS)).json).toMatchObject({ code: "step_up_required" });
  });

  test.each([
    [299, 200],
    [300, 401],
    [301, 401],
  ])("after %i seconds is answered with %i", async (seconds, status) => {
    app.clock.advance({ seconds });
    expect((await tom.post("/address", ADDRESS)).status).toBe(status);
  });

  test("is worth nothing after the log-out that its session did not survive", async () => {
    const stolen = tom.copy();
    await tom.post("/logout");
    expect((await stolen.post("/address", ADDRESS)).json).toMatchObject({ code: "second_factor_required" });
  });
});
