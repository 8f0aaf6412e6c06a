/** Registration: a name, an address, a password, and a phone number for whoever likes to give it. */
import { type NextFunction, type Request, type Response, Router } from "express";
import { type FactorKind, type FieldError, phoneFields, type SecondFactor } from "passport-second-factor";
import { sendPage, wantsPage } from "./answers.js";
import { byField, nameProblems, phoneProblems, textsIn } from "./form.js";
import { passwordProblem } from "./new-password.js";
import { Register } from "./pages/register.js";
import { hashPassword, isDuplicate, loadUser, MAX_EMAIL, type UserDocument, type Users } from "./users.js";

interface Parts {
  users: Users;
  secondFactor: SecondFactor;
  /** The factors that are offered: without text messages nobody is asked for a number. */
  kinds: readonly FactorKind[];
}

interface Filled {
  name: string;
  email: string;
  password: string;
  country: string;
  number: string;
}

export function registerRoutes(parts: Parts): Router {
  const routes = Router();
  routes.get("/register", async (req, res) => {
    if (req.isAuthenticated()) return res.redirect(303, "/account");
    await showForm(parts, res, {}, []);
  });
  routes.post("/register", (req, res, next) => register(parts, req, res, next));
  return routes;
}

async function register(parts: Parts, req: Request, res: Response, next: NextFunction): Promise<void> {
  const filled = textsIn(req.body, "name", "email", "password", "country", "number");
  const problems = await problemsOf(filled, String(res.app.locals["shopName"]));
  const user = problems.length === 0 ? await create(parts, filled) : undefined;
  if (!user) return refuse(parts, req, res, filled, problems.length > 0 ? problems : [TAKEN]);
  // As any login: whoever must set up a second factor is asked for it before anything opens.
  const options = { session: true, keepSessionInfo: true, successReturnToOrRedirect: "/account" };
  req.logIn(user, options, (error) => {
    if (error) next(error);
    else if (wantsPage(req)) res.redirect(303, "/account");
    else res.status(201).json({ state: "signed-in" });
  });
}

async function problemsOf({ name, email, password, ...phone }: Filled, shop: string): Promise<FieldError[]> {
  const weak = passwordProblem(password, [name, email, shop]);
  return [
    ...nameProblems(name),
    ...(isAddress(email)
      ? []
      : [{ field: "email", message: "Enter an e-mail address like name@example.com." }]),
    ...(weak === undefined ? [] : [{ field: "password", message: weak }]),
    ...(await phoneProblems(phone)),
  ];
}

const isAddress = (text: string) =>
  text.length <= MAX_EMAIL && /^[^\s@<>(),;:"\p{Cc}]+@[^\s@<>(),;:"\p{Cc}]+\.[^\s@.]+$/u.test(text.trim());

const TAKEN = { field: "email", message: "There is an account with this address already. Sign in instead." };

/** Undefined where somebody has that address. */
async function create(
  { users, secondFactor, kinds }: Parts,
  filled: Filled,
): Promise<UserDocument | undefined> {
  const { name, email, password, country, number } = filled;
  const fields = {
    name: name.trim(),
    email,
    roles: ["customer"],
    passwordHash: await hashPassword(password),
  };
  try {
    const { id } = await users.create(fields);
    const user = await loadUser(users, id);
    if (user && number.trim() !== "" && kinds.includes("sms"))
      await secondFactor.suggestPhone(user, { country, number });
    return user ?? undefined;
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}

async function refuse(
  parts: Parts,
  req: Request,
  res: Response,
  filled: Filled,
  errors: FieldError[],
): Promise<void> {
  if (!wantsPage(req)) return void res.status(400).json({ errors });
  await showForm(parts, res, filled, errors);
}

/** Nothing that was typed is lost, but the password: it is never sent back. */
async function showForm(
  { kinds }: Parts,
  res: Response,
  filled: Partial<Filled>,
  errors: FieldError[],
): Promise<void> {
  const { name = "", email = "", country = "", number = "" } = filled;
  const phone = kinds.includes("sms") ? await phoneFields({ country, number, errors }) : undefined;
  const view = { name, email, problems: byField(errors), ...(phone === undefined ? {} : { phone }) };
  sendPage(res, Register(view), errors.length > 0 ? 400 : 200);
}
