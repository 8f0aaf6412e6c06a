// A guarded act behind a strategy of the app's own, which puts whomever it knows on the request: one person's code is
// never good for another person's act.
import type { NextFunction, Request, Response } from "express";
import { expect, test } from "vitest";
import { ADA, nextCode, type Parts, signedIn, TOM, TOTP_SECRET } from "../support/app.js";
import { actionApp, addTom, type Done, prove } from "../support/step-up.js";
import { useApp } from "../support/suite.js";

const done: Done[] = [];

/** What a bearer token does: from here on the request is of its owner, whoever the session is of. */
function ownedBy({ User }: Parts, email: string) {
  return async (req: Request, _res: Response, next: NextFunction) => {
    req.user = (await User.findOne({ email })) as unknown as Express.User;
    next();
  };
}

const app = useApp(() => {
  done.length = 0;
  return actionApp(done, {
    routes: (parts) => {
      const guard = parts.secondFactor.stepUp("change-password" as never);
      const act = (_req: Request, res: Response) => {
        done.push({ act: "by-token", body: undefined, headers: {}, raw: [] });
        res.json({ done: true });
      };
      parts.app.post("/as-ada", ownedBy(parts, ADA), guard, act);
      parts.app.post("/as-tom", ownedBy(parts, TOM), guard, act);
    },
  });
});

async function tom() {
  await addTom(app);
  await app.addUser({ email: ADA });
  return signedIn(app, TOM, TOTP_SECRET);
}

test("Tom's code, given before, lets nobody act as Ada, and is still good for Tom", async () => {
  const visitor = await tom();
  await visitor.post("/password");
  await prove(app, visitor, "change-password");
  expect((await visitor.post("/as-ada")).status).toBe(401);
  expect(done).toEqual([]);
  expect((await visitor.post("/as-tom")).status).toBe(200);
});

test("nor does one that comes with the request", async () => {
  const visitor = await tom();
  const inline = { secondFactorCode: await nextCode(app), secondFactorKind: "totp" };
  expect((await visitor.post("/as-ada", inline)).status).toBe(401);
  expect(done).toEqual([]);
  expect((await visitor.post("/as-tom", inline)).status).toBe(200);
});
