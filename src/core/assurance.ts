/** The record of a login: who, which login, what was proven when. It lives in the session and dies with the login. */
import type { FactorKind, Standing } from "./model.js";
import type { Generation } from "./settings.js";

export interface Proof {
  kind: FactorKind;
  /** RFC 8176. */
  amr: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Given for an action: the proof of a login, or of an enrolment, authorises nothing later. */
  stepUp?: true;
}

export interface AssuranceRecord {
  user: string;
  /** Names this login; it is never used again. */
  login: string;
  /** The person's session generation when it was earned. */
  generation: number;
  /** The organisation's generation when it was earned. */
  organisation: number;
  proven: Proof[];
  /** The login came from a trusted browser, and the factor that was proven there: it counts for the login alone. */
  trusted?: { browser: string; factor: FactorKind };
}

/** Whether a login was ended: by a log-out, by a newer login, or by whatever raised the generation. */
export function isEnded(record: AssuranceRecord, standing: Standing): boolean {
  if (standing.endedLogins.includes(record.login)) return true;
  return record.generation !== standing.sessionGeneration && record.login !== standing.raisedBy;
}

/** Whether the organisation ended it. Logins that are exempted are not asked; that is for the caller to see. */
export function isEndedForAll(
  { organisation = 0, login }: { organisation?: number; login: string },
  { number, raisedBy }: Generation,
): boolean {
  return organisation !== number && login !== raisedBy;
}

export function provenKinds(record: { proven: readonly Proof[] }): FactorKind[] {
  return record.proven.map((proof) => proof.kind);
}

/** What counts for the login itself: what was proven, or what a trusted browser stands for. */
export function countedKinds(record: Pick<AssuranceRecord, "proven" | "trusted">): FactorKind[] {
  return [...provenKinds(record), ...(record.trusted ? [record.trusted.factor] : [])];
}

/** Whether one of these kinds was proven at most `maxAgeSeconds` ago; a proof from the future is not fresh. */
export function isFresh(
  record: { proven: readonly Proof[] },
  { kinds, maxAgeSeconds, at }: { kinds: readonly FactorKind[]; maxAgeSeconds: number; at: Date },
): boolean {
  return record.proven.some((proof) => {
    const age = at.getTime() - proof.at;
    return kinds.includes(proof.kind) && age >= 0 && age <= maxAgeSeconds * 1000;
  });
}
