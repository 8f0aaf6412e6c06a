/** From what is known about a challenge to the page that shows it. */
import type { FactorKind } from "../core/model.js";
import type { ChallengeView, ExpiredView, FieldProblem, LockedView, View } from "../pages/views.js";
import type { Notice } from "./session.js";

export interface Asked {
  /** Who is signing in; absent in a step-up. */
  account?: string;
  action?: { name: string; description: string };
  /** Preferred first. */
  factors: readonly FactorKind[];
  notice?: Notice;
  /** Milliseconds since the epoch; absent in a step-up. */
  expiresAt?: number;
  cancelUrl?: string;
}

/** The challenge as it stands: its form, or why there is none just now. */
export function challengeView(asked: Asked, wanted: unknown, now: number): View {
  const factor = asked.factors.find((kind) => kind === wanted) ?? asked.factors[0] ?? "totp";
  const { notice } = asked;
  const isGuessable = factor !== "recovery-code";
  if (notice?.reason === "locked" && isGuessable && (notice.until ?? Number.POSITIVE_INFINITY) > now) {
    return lockedView(asked, notice.until, now);
  }
  if (notice?.reason === "challenge-expired") return expiredView(asked, factor, notice.over);
  return formView(asked, factor);
}

function formView(asked: Asked, kind: FactorKind): ChallengeView {
  const problem = asked.notice && isAbout(asked.notice, kind) ? problemOf(asked.notice) : undefined;
  return {
    page: "challenge",
    factor: { kind },
    others: asked.factors.length > 1,
    ...pick(asked, "account", "action", "cancelUrl"),
    ...(problem ? { problem } : {}),
  };
}

function lockedView(asked: Asked, until: number | undefined, now: number): LockedView {
  return {
    page: "locked",
    ...(until === undefined ? {} : { minutes: Math.max(1, Math.ceil((until - now) / 60_000)) }),
    outlasts: until !== undefined && asked.expiresAt !== undefined && until >= asked.expiresAt,
    recovery: asked.factors.includes("recovery-code"),
    ...pick(asked, "action", "cancelUrl"),
  };
}

function expiredView(asked: Asked, kind: FactorKind, over: boolean): ExpiredView {
  return {
    page: "expired",
    over,
    ...(over ? {} : { factor: { kind } }),
    ...pick(asked, "action", "cancelUrl"),
  };
}

/** A wrong code of the app is not said again above the field for a recovery code. */
function isAbout(notice: Notice, kind: FactorKind): boolean {
  return !("factor" in notice) || notice.factor === kind;
}

export function problemOf(notice: Notice): FieldProblem | undefined {
  if (notice.reason === "empty" || notice.reason === "malformed") return { code: notice.reason };
  if (notice.reason !== "wrong-code") return undefined;
  const { attemptsLeft, hint } = notice;
  return { code: "wrong_code", attemptsLeft, ...(hint ? { hint } : {}) };
}

/** The named properties that are there: an optional property is left out, never set to undefined. */
function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): Pick<T, K> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  ) as Pick<T, K>;
}
