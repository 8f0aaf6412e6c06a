/** What passport-local asks: whether these are a name and its password. Counted, and the same for names that nobody has. */
import type { Request } from "express";
import { isTemporary, temporaryIn } from "../core/temporary-password.js";
import { misconfigured, SecondFactorError } from "../errors.js";
import { runtimeOf } from "../express/runtime.js";
import { takeLogin } from "./login-guesses.js";
import { type Account, accountOf } from "./parts.js";
import { isPassword, waste } from "./passwords.js";

export interface LocalVerifyOptions {
  /** What createSecondFactor() returned, with `account`. */
  secondFactor: object;
  /** The user with this name, as typed; null, undefined or false where nobody has it. */
  find: (name: string) => unknown;
  /**
   * A user whom nobody is, with a password that nobody knows, hashed as all are: `passwords.verify` is asked about it where
   * nobody has the name, so that the answer takes as long. Default: a scrypt hash of ours, which takes about as long as
   * a good one does.
   */
  standIn?: unknown;
}

type Done = (error: unknown, user?: Express.User | false, info?: { message: string }) => void;

/** The function for `new LocalStrategy({ passReqToCallback: true }, …)`. */
export type LocalVerify = (req: Request, name: string, password: string, done: Done) => void;

/** Names and passwords that are longer are nobody's. */
const MAX_LENGTH = 1000;

/**
 * Verifies logins by name and password. Guesses are counted per name, per address they come from, and over both; a
 * temporary password stands in the place of the person's own, and opens one login. It fails with a message for whatever
 * is no name or no password, and with an error where something is broken: never a pass.
 *
 * @throws `misconfigured` at once where the second factor has no `account`
 */
export function localVerify(options: LocalVerifyOptions): LocalVerify {
  const { secondFactor, find } = options;
  const account = accountOf(runtimeOf(secondFactor));
  if (typeof find !== "function") throw misconfigured("localVerify({ find }) is missing: (name) => the user");
  return function secondFactorLocalVerify(req, name, password, done) {
    if (typeof password === "function") throw wrongArguments();
    judge(account, options, { req, name, password }).then(
      (verdict) => (verdict.ok ? done(null, verdict.user as Express.User) : done(null, false, verdict)),
      // What is thrown may be nothing, and nothing means to Passport that all went well.
      (error: unknown) => done(error || new Error("the password could not be verified")),
    );
  };
}

function wrongArguments() {
  return misconfigured("localVerify() needs the request: new LocalStrategy({ passReqToCallback: true }, …)");
}

interface Typed {
  req: Request;
  name: unknown;
  password: unknown;
}

type Verdict = { ok: true; user: unknown } | { ok: false; message: string };

const WRONG: Verdict = { ok: false, message: "Wrong name or password." };

async function judge(account: Account, options: LocalVerifyOptions, typed: Typed): Promise<Verdict> {
  const { name, password } = typed;
  if (!isText(name) || !isText(password)) return WRONG;
  const taken = await takeLogin(account.runtime, typed.req, name);
  if (!taken.ok) return { ok: false, message: waitFor(taken.retryAfterSeconds) };
  const verdict = await compare(account, options, name, password).catch(async (error: unknown) => {
    await taken.giveBack();
    throw error;
  });
  if (verdict.ok) await taken.giveBack();
  return verdict;
}

async function compare(
  account: Account,
  { find, standIn }: LocalVerifyOptions,
  name: string,
  password: string,
): Promise<Verdict> {
  const user = await find(name);
  if (user) return verify(account, user, password);
  await waste(account, standIn, password);
  return WRONG;
}

/** A user whose password need not change has no temporary one: nothing is read. */
async function verify(account: Account, user: unknown, password: string): Promise<Verdict> {
  const { runtime, passwords } = account;
  const ref = runtime.store.refOf(user);
  const standing = runtime.store.standingOf(user);
  const state = standing && !standing.mustChangePassword ? undefined : await runtime.store.read(ref);
  if (!standing && !state) {
    throw new SecondFactorError("store_unavailable", `the store does not know user "${ref.id}"`);
  }
  const temporary = state && temporaryIn(state);
  if (!temporary) {
    return (await isPassword(runtime, passwords, user, password)) ? { ok: true, user } : WRONG;
  }
  if (!(await isTemporary(runtime.tools, ref, temporary, password))) return WRONG;
  const spend = { hash: temporary.hash, at: runtime.tools.clock.now() };
  if (!(await runtime.store.spendTemporaryPassword(ref, spend))) return over(account);
  runtime.events.emit("temporary-password-used", { user: ref.id });
  return { ok: true, user };
}

/** Only whoever has it is told. */
function over({ runtime: { support = "an administrator" } }: Account): Verdict {
  return { ok: false, message: `That password no longer works. Ask ${support} for another.` };
}

function waitFor(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return `Too many tries. Try again in about ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
}

/** A query of the app's never sees anything but text, and text without the sign that ends it for some. */
function isText(value: unknown): value is string {
  const isShort = typeof value === "string" && value !== "" && value.length <= MAX_LENGTH;
  return isShort && !value.includes("\0");
}
