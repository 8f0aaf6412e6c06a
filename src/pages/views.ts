/** What each page is told. A page is a function of its view and the site; it reads nothing else. */
import type { DeliveryReason } from "../core/delivery.js";
import type { AdminAct, FactorKind } from "../core/model.js";
import type { Mode } from "../core/policy.js";
import type { AdminPolicyView } from "./views-admin.js";

export type { AdminPolicyView };

import type { LinksView } from "./views-links.js";

/** What every page knows about where it stands. */
export interface Site {
  /** The product's name as people know it. */
  issuer: string;
  /** Path the pages are mounted at, with no slash at the end; base of every link and form. */
  base: string;
  loginUrl: string;
  /** The way back to the app; absent while a sign-in is pending, when nothing there would open. */
  homeUrl?: string;
  logoUrl?: string;
  /** Whom to ask, as a person would read it: an address, a name. */
  support?: string;
  /** Test mode: where kept messages can be read. */
  outboxUrl?: string;
  /** Somebody whose codes are switched off was mailed a link. */
  mailsLinks?: boolean;
}

export interface FactorView {
  kind: FactorKind;
  /** Masked at sign-in, whole in the settings; absent where there is nothing to tell (an authenticator app). */
  hint?: string;
}

/** What a code authorises. */
export interface ActionView {
  name: string;
  /** As words after "to". */
  description: string;
  /** What it is bound to, as it goes back with the form: a code counts for what this very page says, or for nothing. */
  target?: string;
}

/** Why the last try did not go through: shown above the field. */
export type FieldProblem =
  | { code: "empty" | "malformed" | "expired" }
  | { code: "wrong_code"; attemptsLeft?: number; hint?: "clock" | "used" | "superseded" }
  | SendProblem;

/** Why no code went out; shown where the button to send one is, else above the field. */
export type SendProblem =
  /** Whole seconds, or minutes where it is long, until a new one may be asked for. */
  { code: "resend_too_soon"; seconds: number } | { code: "delivery_failed"; reason?: DeliveryReason };

/** A code is on its way, or there. */
export interface SentView {
  /** Whole minutes that it works for. */
  minutes: number;
  /** Whom mail comes from. */
  sender?: string;
  /** From when on a new one may be asked for. */
  resendAt: Date;
}

export interface ChallengeView {
  page: "challenge";
  /** Who is signing in; absent in a step-up. */
  account?: string;
  /** A step-up says what the code authorises. */
  action?: ActionView;
  factor: FactorView;
  /** E-mail and text message: a code is under way. Absent: the page offers to send one. */
  sent?: SentView;
  /** Another way can be chosen. */
  others: boolean;
  problem?: FieldProblem;
  trustBrowserDays?: number;
  /** Step-ups: where "Cancel" goes. */
  cancelUrl?: string;
}

export interface ChooseView {
  page: "choose";
  action?: ActionView;
  /** Preferred first; recovery codes are offered last whatever the order. */
  factors: FactorView[];
  /** Step-ups: where "Cancel" goes. */
  cancelUrl?: string;
}

export interface LockedView {
  page: "locked";
  /** Whole minutes until codes are compared again; absent where the factor is blocked. */
  minutes?: number;
  /** The pause outlasts the sign-in: only the way back to the login page is left. */
  outlasts: boolean;
  /** A recovery code can still be used. */
  recovery: boolean;
  /** Only this way is switched off, by a mailed link; whether another can be chosen. */
  stopped?: { others: boolean };
  /** Where "Try again" reloads to, instead of starting the challenge afresh. */
  retryUrl?: string;
  /** What "Try again" starts; the app unless told. */
  factor?: FactorKind;
  /** Step-ups: where "Cancel" goes. */
  cancelUrl?: string;
  action?: ActionView;
}

export interface ExpiredView {
  page: "expired";
  /** The whole sign-in is over, not only the challenge. */
  over: boolean;
  /** What a new start would use; absent when it is over. */
  factor?: FactorView;
  action?: ActionView;
  /** Step-ups: where "Cancel" goes. */
  cancelUrl?: string;
}

export interface EnrolChooseView {
  page: "enrol-choose";
  factors: FactorKind[];
  /** Kinds that need a number on file first. */
  lacking?: FactorKind[];
  /** Set where policy asks for it and nothing else opens: "Protect your account". */
  required: boolean;
  /** Until when it may be put off. */
  until?: Date;
}

export interface EnrolTotpView {
  page: "enrol-totp";
  /** Base32, no spaces. */
  secret: string;
  /** `otpauth:` URI. */
  uri: string;
  /** The QR code of the URI as an SVG path in a square of `size` modules, margin included. */
  qr: { size: number; path: string };
  problem?: FieldProblem;
  /** Set where policy asks for it: the way out is signing out. */
  required: boolean;
}

/** Without `sent`: the form for the address. With it: the form for the code that went there. */
export interface EnrolEmailView {
  page: "enrol-email";
  /** As typed, prefilled, or where the code went; whole. */
  address?: string;
  /** What is wrong with the address, in words that are ready to show. */
  addressProblem?: string;
  sent?: SentView;
  problem?: FieldProblem;
  /** Set where policy asks for it: the way out is signing out. */
  required: boolean;
}

export interface EnrolSmsView {
  page: "enrol-sms";
  /** The number is the one of the app's own page, whose URL is there where the person can go to it: no fields. */
  kept?: { url?: string };
  /** Where numbers can be texted, by name; `code` is ISO 3166-1 alpha-2. */
  countries: readonly CountryView[];
  country?: string;
  /** As typed, or prefilled: the national number. */
  number?: string;
  numberProblem?: string;
  /** Where the code went, as people write it: "+1 415 555 0123". */
  address?: string;
  sent?: SentView;
  problem?: FieldProblem;
  required: boolean;
}

export interface CountryView {
  code: string;
  /** In the page's language. */
  name: string;
  /** "+44". */
  callingCode: string;
}

export interface BrowsersView {
  page: "browsers";
  browsers: readonly {
    id: string;
    /** "Firefox on Windows". */
    name: string;
    isThis: boolean;
    createdAt: Date;
    lastUsedAt: Date;
    expiresAt: Date;
  }[];
  notice?: "forgotten" | "all-forgotten";
}

export interface RecoveryCodesView {
  page: "recovery-codes";
  /** In groups of four, ready to read. */
  codes: string[];
  /** A data: URL is made of this text by the page. */
  account: string;
  /** Sent along with "Done" by somebody who is signed out by now. */
  slip?: string;
}

export interface RecoveryCodesGoneView {
  page: "recovery-codes-gone";
  left: number;
  total: number;
}

export interface OverviewView {
  page: "overview";
  on: boolean;
  account: string;
  /** The one asked for first comes first. */
  factors: (FactorView & { lastUsedAt?: Date })[];
  /** Trusted browsers; absent where none can be. */
  browsers?: number;
  recovery?: { left: number; total: number; saved: boolean };
  /** There is a security history to look at. */
  history?: boolean;
  /** The password can be changed here. */
  password?: boolean;
  /** Kinds that could still be added. */
  addable: FactorKind[];
  /** Nothing is configured that a person could turn on. */
  configured: boolean;
  notice?:
    | "turned-on"
    | "replaced"
    | "removed"
    | "recovery-codes-saved"
    | "preferred"
    | "sessions-ended"
    | "password-changed";
}

export interface RemoveView {
  page: "remove";
  factor: FactorView;
  last: boolean;
  /** Policy requires one: replace it instead. */
  required: boolean;
}

/** A new password: chosen because the sign-in asks for it, or changed in the settings. */
export interface PasswordView {
  page: "password";
  account: string;
  /** Nothing else opens before. */
  forced: boolean;
  minLength: number;
  /** What is wrong with a field, in words that are ready to show. */
  problem?: { field: "currentPassword" | "newPassword"; message: string };
}

/** What happened to the person's account, newest first. */
export interface HistoryView {
  page: "history";
  events: readonly {
    event: string;
    at: Date;
    /** "Firefox on Windows". */
    browser?: string;
    detail: Readonly<Record<string, unknown>>;
  }[];
  /** Where the next page begins. */
  older?: string;
}

/** People, for administrators. */
export interface AdminPeopleView {
  page: "admin-people";
  /** What was searched for. */
  text?: string;
  filter?: PeopleFilter;
  people: readonly AdminPersonRow[];
  /** Where the next page begins. */
  next?: string;
  /** There is a policy to change. */
  hasPolicy?: boolean;
  /** How many there are behind each filter. */
  counts: Readonly<Record<PeopleFilter, number>> & { people: number; isPartial: boolean };
}

export type PeopleFilter = "not-set-up" | "must-set-up" | "in-grace" | "locked";

export interface AdminPersonRow {
  id: string;
  account: string;
  roles: readonly string[];
  coverage: "on" | "off" | "must" | "grace" | "cannot";
  /** Of `grace`. */
  until?: Date;
  factors: readonly FactorKind[];
  /** `until` is absent where codes are blocked until somebody unlocks them. */
  locked?: { until?: Date };
}

/** One person, for administrators. */
export interface AdminPersonView {
  page: "admin-person";
  person: AdminPersonRow & {
    mode: Mode;
    ways: readonly { kind: FactorKind; hint?: string; confirmedAt?: Date; lastUsedAt?: Date }[];
    recoveryCodes?: { left: number; total: number };
    browsers: readonly { id: string; name: string; lastUsedAt: Date; expiresAt: Date }[];
    /** Given, not proven, covered. */
    suggestedPhone?: string;
  };
  /** What can be done, a page each. */
  acts: readonly AdminAct[];
  /** Absent where no events are kept. */
  history?: Pick<HistoryView, "events" | "older">;
  /** What has just been done; `unchanged` where there was nothing to do. */
  notice?: AdminAct | "unchanged";
}

/** "Switch off two-factor authentication for {name}?" and the like, with a reason. */
export interface AdminActView {
  page: "admin-act";
  act: AdminAct;
  person: { id: string; account: string };
  /** They will hear of it by mail. */
  isTold: boolean;
  /** Of `set-phone`: where numbers can be texted. */
  countries?: readonly CountryView[];
  /** Of `reset`: there is a second factor that can go off with it. */
  mayDisable?: boolean;
  /** What was typed, where something is wrong with it. */
  typed?: { reason: string; disable?: boolean; country?: string; number?: string };
  /** By field: `reason`, `country`, `number`; ready to show. */
  errors?: readonly { field: string; message: string }[];
}

/** A password that an administrator has just made: shown once. */
export interface TemporaryPasswordView {
  page: "temporary-password";
  person: { id: string; account: string };
  /** In groups of four, ready to read out. */
  password: string;
  until: Date;
}

/** "Make new codes?" before the old ones stop working. */
export interface RenewRecoveryCodesView {
  page: "renew-recovery-codes";
  left: number;
}

/** Anything that has no page of its own: a heading, a sentence, one way on. */
export interface ProblemView {
  page: "problem";
  title: string;
  text: string;
  next?: { label: string; url: string };
}

export type View =
  | ChallengeView
  | ChooseView
  | LockedView
  | ExpiredView
  | EnrolChooseView
  | EnrolTotpView
  | EnrolEmailView
  | EnrolSmsView
  | BrowsersView
  | RecoveryCodesView
  | RecoveryCodesGoneView
  | OverviewView
  | RemoveView
  | PasswordView
  | AdminPolicyView
  | AdminPeopleView
  | AdminPersonView
  | AdminActView
  | TemporaryPasswordView
  | HistoryView
  | LinksView
  | RenewRecoveryCodesView
  | ProblemView;
