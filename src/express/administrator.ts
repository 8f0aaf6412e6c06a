/** Who may administer: whoever the app says, signed in with nothing owed, with a fresh code for each change. */
import type { Request } from "express";
import { boundTo } from "../core/actions.js";
import { MAX_BY } from "../core/administration.js";
import { ADMINISTER, isPrimary } from "../core/model.js";
import { mayDo } from "../core/own-factors.js";
import type { GrantKey } from "../core/store.js";
import { oneLine } from "../core/words.js";
import { SecondFactorError } from "../errors.js";
import { enrollable } from "./enroller.js";
import type { Person } from "./person.js";
import { requireSignedIn } from "./route.js";
import type { Runtime } from "./runtime.js";
import type { SignedIn } from "./session.js";

export interface Administrator {
  person: Person;
  record: SignedIn;
}

/** @throws `no_challenge`, `second_factor_required` for whoever is not signed in; `forbidden` for everybody else */
export async function administratorOf(runtime: Runtime, req: Request): Promise<Administrator> {
  const visitor = requireSignedIn(runtime, req);
  const isAllowed = (await runtime.authorizeAdmin?.(req)) === true;
  if (!isAllowed) throw new SecondFactorError("forbidden", "only an administrator may do this");
  return visitor;
}

/** Whether an administrator may see this person and act on them: asked anew, since the app may tell people apart. */
export async function mayAdminister(
  { authorizeAdmin }: Runtime,
  req: Request,
  user: unknown,
): Promise<boolean> {
  return (await authorizeAdmin?.(req, user)) === true;
}

/** What the log calls them. */
export function nameOf({ record }: Administrator): string {
  return oneLine(record.account).slice(0, MAX_BY) || record.user;
}

/**
 * Before anything is set up that anybody could confirm with, somebody has to begin: an administrator without a factor
 * changes settings on their password, until the first provider is there, and never again, also where it is taken away.
 * What is done to a person takes a code.
 */
function nobodyCanProve(runtime: Runtime, { person }: Administrator): boolean {
  if (person.standing.factors.some(isPrimary) || enrollable(runtime).length > 0) return false;
  return !runtime.settings.latest().hadProvider;
}

/** Whether a fresh code was given for the next act, on `target` where the code is bound to it; reads only. */
export async function hasProven(
  runtime: Runtime,
  administrator: Administrator,
  target?: string,
): Promise<boolean> {
  if (target === undefined && nobodyCanProve(runtime, administrator)) return true;
  return mayDo(runtime, administrator.person.ref, proofOf(runtime, administrator, target));
}

/** Uses the fresh code up: one act each. */
export async function spendProof(
  runtime: Runtime,
  administrator: Administrator,
  target?: string,
): Promise<boolean> {
  if (target === undefined && nobodyCanProve(runtime, administrator)) return true;
  const at = runtime.tools.clock.now();
  const proof = proofOf(runtime, administrator, target);
  return runtime.store.spendGrant(administrator.person.ref, { ...proof, at });
}

function proofOf(
  { tools }: Runtime,
  { person, record }: Administrator,
  target: string | undefined,
): GrantKey {
  const act = { user: person.ref.id, action: ADMINISTER, target };
  return { login: record.login, action: ADMINISTER, ...boundTo(tools, act) };
}
