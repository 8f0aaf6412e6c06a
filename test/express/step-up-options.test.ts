// The guard's own set-up: a name that is mistyped does not compile, and what cannot be is told when the app starts.
import {
  createSecondFactor,
  memoryStore,
  type SecondFactor,
  type SecondFactorOptions,
  type StepUpOptions,
  totp,
} from "passport-second-factor";
import { describe, expect, expectTypeOf, test } from "vitest";
import { KEY } from "../support/app.js";

const options = {
  issuer: "Acme",
  origins: ["https://acme.test"],
  keys: [KEY],
  store: memoryStore(),
  factors: [totp()],
};
const make = () =>
  createSecondFactor({
    ...options,
    actions: {
      "change-password": {},
      payout: { description: (target) => `pay ${target}`, factors: ["totp"] },
      archive: { maxAgeSeconds: 60 },
    },
  });

describe("the names of the actions", () => {
  test("are those that the options have, and the package's own", () => {
    const { stepUp } = make();
    expectTypeOf(stepUp)
      .parameter(0)
      .toEqualTypeOf<"change-password" | "payout" | "archive" | "change-factors">();
    for (const name of ["change-password", "payout", "archive", "change-factors"] as const)
      expect(stepUp(name)).toBeTypeOf("function");
    expect(stepUp("payout", { bind: (req) => req.path })).toBeTypeOf("function");
  });

  test("are checked where they are written", () => {
    const secondFactor = make();
    // @ts-expect-error: mistyped
    expect(() => secondFactor.stepUp("chnage-password")).toThrow("no such action");
    // @ts-expect-error: an option that is not there
    expect(() => createSecondFactor({ ...options, actions: { payout: { factrs: ["totp"] } } })).toThrow();
    // @ts-expect-error: no factor is called so
    expect(() => createSecondFactor({ ...options, actions: { payout: { factors: ["top"] } } })).toThrow();
  });

  test("are none but the package's own where there are no actions", () => {
    const secondFactor = createSecondFactor(options);
    expectTypeOf(secondFactor.stepUp).parameter(0).toEqualTypeOf<"change-factors">();
    // @ts-expect-error: no such action
    expect(() => secondFactor.stepUp("payout")).toThrow("no such action");
  });

  test("need not be known to what is handed a second factor, or its options", () => {
    expectTypeOf(make()).toExtend<SecondFactor>();
    expectTypeOf<SecondFactorOptions<"payout">>().toExtend<SecondFactorOptions>();
    const named: SecondFactorOptions = { ...options, actions: { payout: {} } };
    expect(createSecondFactor(named).stepUp("payout")).toBeTypeOf("function");
  });
});

test.each<[string, StepUpOptions | undefined, string]>([
  ["chnage-password", undefined, 'stepUp("chnage-password"): no such action in `actions`'],
  ["confirm", undefined, 'stepUp("confirm"): no such action in `actions`'],
  ["constructor", undefined, 'stepUp("constructor"): no such action in `actions`'],
  ["payout", { bind: "to" } as never, 'stepUp("payout", { bind }): a function: (req) => text'],
  ["archive", { bind: () => "a" }, "a code that is bound counts once, and the action has `maxAgeSeconds`"],
])("stepUp(%j, %j) is refused at once", (name, given, message) => {
  expect(() => make().stepUp(name as "payout", given)).toThrow(message);
});
