/** From what is known about a challenge to the page that shows it. */
import type { FactorKind } from "../core/model.js";
import { minutesUntil } from "../core/sent-code.js";
import type {
  ActionView,
  ChallengeView,
  ExpiredView,
  FactorView,
  FieldProblem,
  LockedView,
  SentView,
  View,
} from "../pages/views.js";
import type { KeptSending, Notice } from "./session.js";

export interface Asked {
  /** Who is signing in; absent in a step-up. */
  account?: string;
  action?: ActionView;
  /** Preferred first. */
  factors: readonly FactorKind[];
  /** Where codes go, covered. */
  hints: Partial<Record<FactorKind, string>>;
  /** The code that was sent last. */
  sent?: KeptSending;
  notice?: Notice;
  /** Offers to remember the browser; absent where that is not on. */
  trustBrowserDays?: number;
  /** The kinds it is offered with. */
  trusts?: readonly FactorKind[];
  /** Milliseconds since the epoch; absent in a step-up. */
  expiresAt?: number;
  cancelUrl?: string;
}

/** The factor that is shown where none is asked for: the one whose code is on its way, else the preferred one. */
export function defaultOf({ factors, sent }: Pick<Asked, "factors" | "sent">): FactorKind {
  return sent?.kind ?? factors[0] ?? "totp";
}

/** The challenge as it stands: its form, or why there is none just now. `senderOf`: whom messages come from. */
export function challengeView(
  asked: Asked,
  wanted: unknown,
  now: Date,
  senderOf: (kind: FactorKind) => string | undefined,
): View {
  const factor = asked.factors.find((kind) => kind === wanted) ?? defaultOf(asked);
  const { notice } = asked;
  const isGuessable = factor !== "recovery-code";
  const at = now.getTime();
  if (notice?.reason === "locked" && isGuessable && isAbout(notice, factor) && isPaused(notice, at)) {
    return lockedView(asked, factor, notice, at);
  }
  const sent = asked.sent?.kind === factor ? asked.sent : undefined;
  if (notice?.reason === "challenge-expired") return expiredView(asked, factor, notice.over);
  if (sent && sent.expiresAt <= at) return expiredView(asked, factor, false);
  return formView(asked, factor, now, sent && sentView(sent, now, senderOf(factor)));
}

function formView(asked: Asked, kind: FactorKind, now: Date, sent: SentView | undefined): ChallengeView {
  const problem = asked.notice && isAbout(asked.notice, kind) ? problemOf(asked.notice, now) : undefined;
  return {
    page: "challenge",
    factor: factorView(asked, kind),
    others: asked.factors.length > 1,
    ...pick(asked, "account", "action", "cancelUrl"),
    ...(asked.trusts?.includes(kind) ? pick(asked, "trustBrowserDays") : {}),
    ...(sent ? { sent } : {}),
    ...(problem ? { problem } : {}),
  };
}

export function factorView({ hints }: Pick<Asked, "hints">, kind: FactorKind): FactorView {
  const hint = hints[kind];
  return hint === undefined ? { kind } : { kind, hint };
}

export function sentView(
  { expiresAt, resendAt }: Pick<KeptSending, "expiresAt" | "resendAt">,
  now: Date,
  sender: string | undefined,
): SentView {
  return {
    minutes: minutesUntil(new Date(expiresAt), now),
    resendAt: new Date(resendAt),
    ...(sender === undefined ? {} : { sender }),
  };
}

function isPaused({ until = Number.POSITIVE_INFINITY }: { until?: number }, at: number): boolean {
  return until > at;
}

function lockedView(
  asked: Asked,
  factor: FactorKind,
  { until, factor: stopped }: { until?: number; factor?: FactorKind },
  now: number,
): LockedView {
  return {
    ...(stopped ? { stopped: { others: asked.factors.length > 1 } } : {}),
    page: "locked",
    ...(until === undefined ? {} : { minutes: Math.max(1, Math.ceil((until - now) / 60_000)) }),
    outlasts: until !== undefined && asked.expiresAt !== undefined && until >= asked.expiresAt,
    recovery: asked.factors.includes("recovery-code"),
    factor,
    ...pick(asked, "action", "cancelUrl"),
  };
}

function expiredView(asked: Asked, kind: FactorKind, over: boolean): ExpiredView {
  return {
    page: "expired",
    over,
    ...(over ? {} : { factor: factorView(asked, kind) }),
    ...pick(asked, "action", "cancelUrl"),
  };
}

/** A wrong code of the app is not said again above the field for a recovery code. */
export function isAbout(notice: Notice, kind: FactorKind): boolean {
  return !("factor" in notice) || notice.factor === kind;
}

export function problemOf(notice: Notice, now: Date): FieldProblem | undefined {
  switch (notice.reason) {
    case "empty":
    case "malformed":
      return { code: notice.reason };
    case "challenge-expired":
      return { code: "expired" };
    case "wrong-code": {
      const { attemptsLeft, hint } = notice;
      return { code: "wrong_code", attemptsLeft, ...(hint ? { hint } : {}) };
    }
    case "resend-too-soon": {
      const seconds = Math.ceil((notice.until - now.getTime()) / 1000);
      return seconds > 0 ? { code: "resend_too_soon", seconds } : undefined;
    }
    case "delivery-failed":
      return { code: "delivery_failed", ...(notice.why ? { reason: notice.why } : {}) };
    default:
      return undefined;
  }
}

/** The named properties that are there: an optional property is left out, never set to undefined. */
function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): Pick<T, K> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  ) as Pick<T, K>;
}
