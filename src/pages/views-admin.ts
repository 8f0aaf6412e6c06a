/** What the pages for administrators are told. */
import type { FactorKind } from "../core/model.js";
import type { Mode } from "../core/policy.js";

/** The settings in a form, and, once reviewed, what they would mean. */
export interface AdminPolicyView {
  page: "admin-policy";
  /** Of what is being edited; sent along, so that nobody saves over somebody else. */
  version: number;
  organisation: Mode;
  graceDays: number;
  recovery: boolean;
  roles: readonly { name: string; mode: Mode; factors?: readonly FactorKind[] }[];
  /** Kinds a role can be narrowed to. */
  factors: readonly FactorKind[];
  /** Whole minutes that codes work for, by how they are sent: as an administrator says, as the code does, at most. */
  codes: readonly { kind: "email" | "sms"; minutes?: number; usual: number; max: number }[];
  providers: readonly ProviderView[];
  /** Absent where there is no test mode. */
  testMode?: boolean;
  /** Parts that are set in code, and shown only. */
  pinned: readonly PartOfSettings[];
  /** Reviewed, and not yet saved. `sessions` is absent where nobody can count them. */
  report?: {
    must: number;
    cannot: number;
    sessions?: number;
    affected: readonly { account: string; outcome: "must" | "cannot"; why?: string }[];
  };
  saved?: boolean;
  /** Somebody else saved first; the form holds what was not saved. */
  conflict?: boolean;
  /** What is wrong as a whole, ready to show. */
  problem?: string;
  /** What is wrong, ready to show, by field: `codeMinutes.email`, `providers.sms.accountSid`. */
  errors?: Readonly<Record<string, string>>;
  /** A save without a fresh code: where one is given, while the form stays. */
  confirmUrl?: string;
  /** That code was given; the form is in another tab. */
  confirmed?: boolean;
  /** Names the secrets that were entered and are kept for the save. */
  draft?: string;
}

export type PartOfSettings =
  | "organisation"
  | "roles"
  | "recovery"
  | "graceDays"
  | "codeMinutes"
  | "providers"
  | "testMode";

/** A service that carries messages, as an administrator sets it up. */
export interface ProviderView {
  channel: "email" | "sms";
  name: string;
  fields: readonly ProviderFieldView[];
  isReady: boolean;
  /** Its key is good for trying out only. */
  isTest: boolean;
  /** What is saved of it is to be removed. */
  isRemoved: boolean;
}

export type ProviderFieldView = { name: string; label: string; hint?: string } & (
  | { secret: false; value: string }
  /** `saved`: there is one. `isEntered`: it was just entered, and is not saved yet. Never the secret itself. */
  | { secret: true; saved: boolean; isEntered: boolean }
);
