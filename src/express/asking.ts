/** One way to look at a challenge, whether it stands before a login or before an action. */
import type { Request } from "express";
import type { FactorKind, UserRef } from "../core/model.js";
import type { ChallengeKey } from "../core/store.js";
import { SecondFactorError } from "../errors.js";
import type { Asked } from "./challenge-views.js";
import { baseOf } from "./negotiate.js";
import type { Visitor } from "./route.js";
import type { Runtime } from "./runtime.js";
import type { Notice } from "./session.js";

export interface Asking extends Asked {
  ref: UserRef;
  key: ChallengeKey;
  /** Keeps or clears what the page says about the last try. */
  note(notice: Notice | undefined): void;
  /** The challenge page, showing this factor. */
  url(factor?: FactorKind): string;
}

/** What is asked of a visitor; undefined where nothing is. @throws `not_found` for an unknown action */
export function askingOf(
  runtime: Runtime,
  req: Request,
  visitor: Visitor,
  action: string | undefined,
): Asking | undefined {
  if (visitor.state === "pending") return askLogin(runtime, req, visitor);
  if (visitor.state === "signed-in") return askAction(runtime, req, visitor, action);
  return undefined;
}

function askLogin(
  runtime: Runtime,
  req: Request,
  { pending }: Extract<Visitor, { state: "pending" }>,
): Asking | undefined {
  if (pending.owes !== "challenge") return undefined;
  const { user, login, factors, account, expiresAt, notice } = pending;
  return {
    ref: user,
    key: { login, purpose: "login" },
    account,
    factors,
    expiresAt,
    ...(notice ? { notice } : {}),
    note: (next) => assign(pending, next),
    url: (factor) => pageUrl(runtime, req, { factor: factor === factors[0] ? undefined : factor }),
  };
}

function askAction(
  runtime: Runtime,
  req: Request,
  { person, record }: Extract<Visitor, { state: "signed-in" }>,
  name: string | undefined,
): Asking {
  if (name === undefined) throw new SecondFactorError("conflict", "nothing is asked: the login is complete");
  const description = runtime.actions.get(name);
  if (description === undefined) throw new SecondFactorError("not_found", `no action is called "${name}"`);
  const factors = stepUpFactors(runtime, person.standing.factors);
  if (factors.length === 0) {
    throw new SecondFactorError("factor_not_enrolled", "no factor that could confirm an action is enrolled");
  }
  const stepUp = record.stepUp?.action === name ? record.stepUp : undefined;
  return {
    ref: person.ref,
    key: { login: record.login, purpose: `action:${name}` },
    action: { name, description },
    factors,
    cancelUrl: baseOf(runtime, req),
    ...(stepUp?.notice ? { notice: stepUp.notice } : {}),
    note: (next) => {
      const target = stepUp ?? { action: name };
      record.stepUp = target;
      assign(target, next);
    },
    url: (factor) =>
      pageUrl(runtime, req, { action: name, factor: factor === factors[0] ? undefined : factor }),
  };
}

/** Recovery codes are for getting in, never for approving something. */
function stepUpFactors(runtime: Runtime, enrolled: readonly FactorKind[]): FactorKind[] {
  return runtime.configured.filter((kind) => enrolled.includes(kind) && runtime.factors.get(kind)?.primary);
}

function assign(holder: { notice?: Notice }, notice: Notice | undefined): void {
  if (notice) holder.notice = notice;
  else delete holder.notice;
}

function pageUrl(runtime: Runtime, req: Request, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const text = new URLSearchParams(given).toString();
  return `${baseOf(runtime, req)}/challenge${text ? `?${text}` : ""}`;
}
