/** "Your account": a name and a phone number to change, and the way to the second factor. */
import { type Request, type Response, Router } from "express";
import {
  type FactorKind,
  type FieldError,
  parsePhoneNumber,
  phoneFields,
  type SecondFactor,
} from "passport-second-factor";
import { sendPage, wantsPage } from "./answers.js";
import { byField, nameProblems, phoneProblems, textsIn } from "./form.js";
import { Account } from "./pages/account.js";
import { LoginInformation } from "./pages/login-information.js";
import { signedIn } from "./sign-in.js";
import type { UserDocument, Users } from "./users.js";
import { viewerOf } from "./viewer.js";

interface Parts {
  users: Users;
  secondFactor: SecondFactor;
  /** The factors that are offered: without text messages nobody is asked for a number. */
  kinds: readonly FactorKind[];
}

interface Filled {
  name: string;
  country: string;
  number: string;
}

export function accountRoutes(parts: Parts): Router {
  const routes = Router();
  routes.get("/account", signedIn, async (req, res) => {
    await show(parts, req, res, await onFile(parts, req.user as UserDocument), []);
  });
  routes.get("/account/login", signedIn, async (req, res) => {
    const { secondFactor } = parts;
    const standing = await secondFactor.check(req);
    const hasCodeAddress = standing.state === "satisfied" && standing.enrolled.includes("email");
    sendPage(res, LoginInformation({ viewer: await viewerOf(req, secondFactor), hasCodeAddress }));
  });
  routes.post("/account", signedIn, (req, res) => save(parts, req, res));
  return routes;
}

/** What the account has: the number with its country, as it is written from anywhere. */
async function onFile({ secondFactor }: Parts, user: UserDocument): Promise<Filled> {
  const number = (await secondFactor.phoneOf(user)) ?? "";
  const parsed = await parsePhoneNumber({ number });
  return { name: user.name, country: parsed.ok ? parsed.country : "", number };
}

async function save(parts: Parts, req: Request, res: Response): Promise<void> {
  const user = req.user as UserDocument;
  const filled = textsIn(req.body, "name", "country", "number");
  const { name, ...phone } = filled;
  const has = takesNumber(parts) && (await parts.secondFactor.phoneOf(user)) !== undefined;
  const errors = [...nameProblems(name), ...(await phoneProblems(phone, { has }))];
  if (errors.length > 0) {
    if (wantsPage(req)) return show(parts, req, res, filled, errors);
    return void res.status(400).json({ errors });
  }
  await parts.users.updateOne({ _id: user._id }, { name: name.trim() });
  if (phone.number.trim() !== "" && takesNumber(parts)) await parts.secondFactor.suggestPhone(user, phone);
  if (wantsPage(req)) res.redirect(303, "/account?saved=1");
  else res.json({ state: "saved" });
}

async function show(
  parts: Parts,
  req: Request,
  res: Response,
  filled: Filled,
  errors: FieldError[],
): Promise<void> {
  const { name, country, number } = filled;
  const phone = takesNumber(parts) ? await phoneFields({ country, number, errors }) : undefined;
  const view = {
    viewer: await viewerOf(req, parts.secondFactor),
    name,
    problems: byField(errors),
    isSaved: req.method === "GET" && req.query["saved"] === "1",
    ...(phone === undefined ? {} : { phone }),
  };
  sendPage(res, Account(view), errors.length > 0 ? 400 : 200);
}

const takesNumber = ({ kinds }: Parts) => kinds.includes("sms");
