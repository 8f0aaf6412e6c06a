/** Who may set a factor up here: somebody signed in, or a login that must enrol before it is one. */
import type { Request } from "express";
import { provenKinds } from "../core/assurance.js";
import type { Actor } from "../core/enrolment.js";
import { type Budget, type FactorKind, isPrimary, type UserRef } from "../core/model.js";
import { SecondFactorError } from "../errors.js";
import { OWED } from "./negotiate.js";
import { visitorOf } from "./route.js";
import type { Runtime } from "./runtime.js";
import type { Notice, PendingLogin } from "./session.js";

export interface Enroller {
  ref: UserRef;
  actor: Actor;
  budget: Budget;
  /** Kinds that may be set up. */
  kinds: readonly FactorKind[];
  /** The login that waits for it; absent where somebody is signed in. */
  pending?: PendingLogin;
  /** Kinds that are active: setting up another takes a step-up. */
  enrolled: readonly FactorKind[];
  notice?: Notice;
  note(notice: Notice | undefined): void;
}

/** @throws `second_factor_required` while a code is owed, `no_challenge` where nobody is here */
export function enrollerOf(runtime: Runtime, req: Request): Enroller {
  const visitor = visitorOf(runtime, req);
  if (visitor.state === "signed-in") {
    const { person, record } = visitor;
    return {
      ref: person.ref,
      actor: { login: record.login, account: record.account, recovered: provenKinds(record).some(isSpare) },
      budget: "signedIn",
      kinds: enrollable(runtime),
      enrolled: person.standing.factors.filter(isPrimary),
      ...notes(record),
    };
  }
  if (visitor.state === "pending" && visitor.pending.owes === "enrolment")
    return mustEnrol(runtime, visitor.pending);
  if (visitor.state === "pending") {
    throw new SecondFactorError(OWED[visitor.pending.owes].code, "something else is owed first");
  }
  throw new SecondFactorError("no_challenge", "nobody is signed in");
}

function mustEnrol(runtime: Runtime, pending: PendingLogin): Enroller {
  const { login, account, proven } = pending;
  return {
    ref: pending.user,
    actor: { login, account, proven: proven.length > 0 },
    budget: "login",
    kinds: pending.factors.filter((kind) => isReady(runtime, kind)),
    pending,
    enrolled: [],
    ...notes(pending),
  };
}

const isSpare = (kind: FactorKind) => !isPrimary(kind);

export function enrollable(runtime: Runtime): FactorKind[] {
  return runtime.configured.filter((kind) => runtime.factors.get(kind)?.enrol && isReady(runtime, kind));
}

/** A code that nobody would carry sets nothing up. */
function isReady({ factors }: Runtime, kind: FactorKind): boolean {
  return factors.get(kind)?.sends?.isReady ?? true;
}

function notes(holder: { notice?: Notice }): Pick<Enroller, "notice" | "note"> {
  return {
    ...(holder.notice ? { notice: holder.notice } : {}),
    note(notice) {
      if (notice) holder.notice = notice;
      else delete holder.notice;
    },
  };
}
