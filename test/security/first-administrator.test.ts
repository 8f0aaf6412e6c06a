// Before anybody could set a factor up, an administrator begins on a password; not a moment longer, and nobody else does.
import { mongooseSettings, recoveryCodes, type SecondFactorOptions, totp } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import { ADA, elsewhere, POLICY, signedIn, TOM, TOTP_SECRET } from "../support/app.js";
import { type Setup, useStartableApp } from "../support/suite.js";
import type { Visitor } from "../support/visitor.js";

const app = useStartableApp();
const NOTHING: Setup["factors"] = () => [recoveryCodes()];
const AN_APP: Setup["factors"] = () => [totp()];

async function start(factors: Setup["factors"], options: Partial<SecondFactorOptions> = {}): Promise<void> {
  await app.connection.collection("second_factor_settings").deleteMany({});
  await app.start({
    ...(factors ? { factors } : {}),
    options: {
      settings: mongooseSettings(app.connection),
      authorizeAdmin: (req) => (req.user as unknown as { email: string }).email === ADA,
      ...options,
    },
  });
}

const save = (visitor: Visitor, graceDays = 7) =>
  visitor.ask(POLICY, { method: "PUT", body: { policy: { graceDays }, version: 0 } });

test("where nothing can be set up, an administrator without a factor saves without a code", async () => {
  await start(NOTHING);
  await app.addUser({ email: ADA });
  const ada = await signedIn(app, ADA);
  expect((await ada.page(POLICY)).status).toBe(200);
  expect(await save(ada)).toMatchObject({ status: 200, json: { policy: { graceDays: 7 } } });
});

describe("where nothing can be set up", () => {
  test("nobody else may", async () => {
    await start(NOTHING);
    await app.addUser({ email: TOM });
    expect((await save(await signedIn(app, TOM))).json).toMatchObject({ code: "forbidden" });
    expect((await save(app.visitor())).json).toMatchObject({ code: "no_challenge" });
  });

  test("an administrator who has a factor, which is no longer configured, may not without it", async () => {
    await start(AN_APP);
    await app.addUser({ email: ADA, secret: TOTP_SECRET });
    const ada = await signedIn(app, ADA, TOTP_SECRET);
    await start(NOTHING, { policy: { organisation: "off" } });
    expect((await save(elsewhere(app, ada))).json).toMatchObject({ code: "step_up_required" });
  });
});

test("once a factor can be set up, an administrator without one may not", async () => {
  await start(NOTHING);
  await app.addUser({ email: ADA });
  const ada = await signedIn(app, ADA);
  await start(AN_APP);
  expect((await save(elsewhere(app, ada))).json).toMatchObject({ code: "step_up_required" });
  expect((await elsewhere(app, ada).page(POLICY)).status).toBe(303);
});
