// What the tests of guarded actions share: an app with forms and acts behind `stepUp`, and codes of every kind for them.
import type { Request, Response } from "express";
import type { ActionOptions, FactorKind, StepUpOptions } from "passport-second-factor";
import {
  everyFactor,
  nextCode,
  type Parts,
  PHONE,
  SEND,
  sentCode,
  type TestApp,
  TOM,
  TOTP_SECRET,
  VERIFY,
} from "./app.js";
import type { Setup } from "./suite.js";
import type { Reply, Visitor } from "./visitor.js";

export const STEP_UP_KINDS = ["totp", "email", "sms"] as const satisfies FactorKind[];
export const MAIL = "tom.codes@acme.test";

export const ACTIONS = {
  "change-password": {},
  "change-address": { description: (target: string) => `change your address to ${target}` },
  payout: { description: (target: string) => `pay ${target}` },
  export: { factors: ["totp"], whenNotEnrolled: "deny" },
  archive: { maxAgeSeconds: 120, whenNotEnrolled: "allow" },
} as const satisfies Record<string, ActionOptions>;

/** What the acts were told, in their order. */
export interface Done {
  act: string;
  body: unknown;
  headers: Request["headers"];
  raw: string[];
}

export const toAddress: StepUpOptions = { bind: (req) => (req.body as { to: string }).to };

/** Guarded: change-password on its form too; a payout and an address by what they are about; the rest by name alone. */
export function actionApp(done: Done[], setup: Setup = {}): Setup {
  return {
    factors: everyFactor,
    ...setup,
    options: { actions: ACTIONS, ...setup.options },
    routes: (parts: Parts) => {
      const { app, secondFactor } = parts;
      const act = (name: string) => (req: Request, res: Response) => {
        done.push({ act: name, body: req.body, headers: req.headers, raw: req.rawHeaders });
        res.json({ done: name });
      };
      const guard = (name: string, options?: StepUpOptions) => secondFactor.stepUp(name, options);
      app.get("/password", guard("change-password"), (_req, res) => void res.json({ form: "password" }));
      app.post("/password", guard("change-password"), act("change-password"));
      app.post("/address", guard("change-address", toAddress), act("change-address"));
      app.post("/payout", guard("payout", toAddress), act("payout"));
      app.get("/payouts/:id", guard("payout", { bind: ({ params }) => String(params["id"]) }), act("look"));
      app.post("/factors", guard("change-factors"), act("change-factors"));
      app.post("/export", guard("export"), act("export"));
      app.post("/archive", guard("archive"), act("archive"));
      setup.routes?.(parts);
    },
  };
}

/** Tom, with all three kinds. */
export function addTom(app: TestApp, fields: { email?: string; phone?: string } = {}) {
  return app.addUser({ email: TOM, secret: TOTP_SECRET, address: MAIL, phone: PHONE, ...fields });
}

/** A code of a kind for whatever this session was asked about last; a minute later, so that it can be sent. */
export async function codeFor(
  app: TestApp,
  visitor: Visitor,
  factor: (typeof STEP_UP_KINDS)[number],
  action: string,
): Promise<string> {
  if (factor === "totp") return nextCode(app);
  app.clock.advance({ seconds: 60 });
  const reply = await visitor.post(SEND, { factor, action });
  if (reply.status !== 202) throw new Error(`no code was sent: ${reply.text}`);
  return sentCode(app, factor === "email" ? MAIL : undefined);
}

/** Gives a code of the app for what was asked last. */
export async function prove(app: TestApp, visitor: Visitor, action: string): Promise<Reply> {
  return visitor.post(VERIFY, { factor: "totp", code: await nextCode(app), action });
}
