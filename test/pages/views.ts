/** One view of every page, and the variants at its edges, with names that try to break out where asked. */
import type { AdminPolicyView, HistoryView, Site, View } from "../../src/pages/views.js";
import { peopleViews } from "./people-views.js";

export const site: Site = { issuer: "Acme", base: "/second-factor", loginUrl: "/login" };

export const asset = { styleUrl: "/second-factor/style.css?v=1", scriptUrl: "/second-factor/script.js?v=1" };

/** Later than anything a test asks, so that a countdown is due. */
export const RESEND_AT = new Date("2026-11-22T14:33:00Z");

const PLAIN = {
  account: "ada@example.test",
  hint: "a••@example.test",
  description: "pay out 12 EUR",
  action: "payout",
};

/** Every page in every shape. `text` replaces whatever came from outside. */
export function everyView(text?: string): [string, View][] {
  const { account, hint, description, action: name } = text === undefined ? PLAIN : everywhere(text);
  const app = { kind: "totp" } as const;
  const email = { kind: "email", hint } as const;
  const sms = { kind: "sms", hint } as const;
  const sent = { minutes: 10, sender: account, resendAt: RESEND_AT };
  const action = { name, description };
  const url = text ?? "/account";
  const tooSoon = { code: "resend_too_soon", seconds: 42 } as const;
  const failed = { code: "delivery_failed", reason: "invalid-recipient" } as const;
  const wrong = { code: "wrong_code", attemptsLeft: 1 } as const;
  const key = { secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: `otpauth://totp/${account}`, qr: QR };
  const shortPassword = { field: "newPassword", message: description } as const;
  const notMine = { field: "currentPassword", message: description } as const;
  const kept = { page: "enrol-sms", countries: [], required: false } as const;
  return [
    ["challenge", { page: "challenge", account, factor: app, others: true, trustBrowserDays: 90 }],
    ["challenge, wrong", { page: "challenge", account, factor: app, others: false, problem: wrong }],
    ["challenge, unsent", { page: "challenge", account, factor: email, others: true }],
    ["challenge, unsent, wrong", { page: "challenge", account, factor: sms, others: false, problem: failed }],
    ["challenge, sent", { page: "challenge", account, factor: email, sent, others: true }],
    ["challenge, texted", { page: "challenge", account, factor: sms, sent, others: false }],
    [
      "challenge, sent, wrong",
      { page: "challenge", account, factor: email, sent, others: true, problem: tooSoon },
    ],
    ["recovery", { page: "challenge", account, factor: { kind: "recovery-code" }, others: true }],
    ["step-up", { page: "challenge", action, factor: app, others: true, cancelUrl: url }],
    [
      "step-up, bound",
      {
        page: "challenge",
        action: { ...action, target: text ?? "what-it-is-bound-to" },
        factor: email,
        sent,
        others: false,
      },
    ],
    ["step-up, wrong", { page: "challenge", action, factor: app, others: true, problem: wrong }],
    ["choose", { page: "choose", factors: [{ kind: "recovery-code" }, app, email, { kind: "sms", hint }] }],
    ["choose, step-up", { page: "choose", action, factors: [app, email], cancelUrl: url }],
    ["locked", { page: "locked", minutes: 5, outlasts: false, recovery: true }],
    ["locked, step-up", { page: "locked", minutes: 1, outlasts: false, recovery: false, action }],
    ["locked, outlasting", { page: "locked", minutes: 60, outlasts: true, recovery: true }],
    ["locked, stopped", { page: "locked", outlasts: false, recovery: true, stopped: { others: true } }],
    ["locked, blocked", { page: "locked", outlasts: false, recovery: false }],
    ["ask-link, welcome", { page: "ask-link", use: "welcome" }],
    ["ask-link, reset", { page: "ask-link", use: "reset" }],
    ["ask-link, wrong", { page: "ask-link", use: "reset", address: account, problem: BAD }],
    ["link-sent, welcome", { page: "link-sent", use: "welcome", address: account }],
    ["link-sent, reset", { page: "link-sent", use: "reset", address: account }],
    ["reset-closed", { page: "reset-closed" }],
    ["link, welcome", { page: "link", use: "welcome", to: "/welcome/dG9t.x" }],
    ["link, reset", { page: "link", use: "reset", to: "/reset/dG9t.x" }],
    ["link, stop", { page: "link", use: "stop", to: "/stop/dG9t.x" }],
    ["link, unlock", { page: "link", use: "unlock", to: "/unlock/dG9t.x" }],
    ["link-done, stop", { page: "link-done", use: "stop" }],
    ["link-done, unlock", { page: "link-done", use: "unlock" }],
    ["link-expired", { page: "link-expired" }],
    ["link-expired, another", { page: "link-expired", askUrl: "/second-factor/first-login" }],
    ["expired", { page: "expired", over: false, factor: app }],
    ["expired, sent", { page: "expired", over: false, factor: email, action, cancelUrl: url }],
    ["expired, over", { page: "expired", over: true }],
    ["enrol-choose", { page: "enrol-choose", factors: ["totp", "email", "sms"], required: false }],
    ["enrol-choose, lacking", { page: "enrol-choose", factors: ["sms"], lacking: ["sms"], required: false }],
    ["enrol-choose, required", { page: "enrol-choose", factors: ["totp"], required: true }],
    [
      "enrol-choose, until",
      { page: "enrol-choose", factors: ["totp", "email"], required: true, until: UNTIL },
    ],
    ["enrol-totp", { page: "enrol-totp", ...key, required: false }],
    ["enrol-totp, wrong", { page: "enrol-totp", ...key, required: true, problem: { code: "empty" } }],
    ["enrol-email", { page: "enrol-email", address: account, required: false }],
    ["enrol-email, wrong", { page: "enrol-email", address: account, addressProblem: BAD, required: true }],
    [
      "enrol-email, unsent, wrong",
      { page: "enrol-email", address: account, problem: failed, required: false },
    ],
    ["enrol-email, sent", { page: "enrol-email", address: account, sent, required: false }],
    [
      "enrol-email, sent, wrong",
      { page: "enrol-email", address: account, sent, problem: wrong, required: true },
    ],
    ["enrol-sms", { page: "enrol-sms", countries: COUNTRIES, country: "GB", required: false }],
    ["enrol-sms, wrong", { ...number(account), numberProblem: BAD, required: true }],
    ["enrol-sms, unsent, wrong", { ...number(account), problem: failed, required: false }],
    ["enrol-sms, sent", { ...number(account), address: account, sent, required: false }],
    ["enrol-sms, kept", { ...kept, kept: { url }, address: account }],
    ["enrol-sms, kept, wrong", { ...kept, kept: {}, address: account, numberProblem: BAD, required: true }],
    ["enrol-sms, kept, unsent, wrong", { ...kept, kept: { url }, address: account, problem: failed }],
    ["enrol-sms, none kept", { ...kept, kept: { url } }],
    ["enrol-sms, none kept, required", { ...kept, kept: {}, required: true }],
    ["browsers", { page: "browsers", browsers: browsersNamed(account), notice: "forgotten" }],
    ["browsers, none", { page: "browsers", browsers: [], notice: "all-forgotten" }],
    ["recovery-codes", { page: "recovery-codes", codes: [CODE, `${CODE.slice(0, -1)}9`], account }],
    ["recovery-codes, signed out", { page: "recovery-codes", codes: [CODE], account, slip: "v1.1.AAAA" }],
    ["recovery-codes-gone", { page: "recovery-codes-gone", left: 7, total: 10 }],
    ["renew-recovery-codes", { page: "renew-recovery-codes", left: 7 }],
    [
      "overview",
      {
        page: "overview",
        on: true,
        account,
        factors: [{ ...app, lastUsedAt: USED_AT }, email],
        browsers: 2,
        recovery: { left: 3, total: 10, saved: false },
        addable: ["sms"],
        configured: true,
        notice: "turned-on",
      },
    ],
    [
      "overview, password",
      {
        page: "overview",
        on: false,
        account,
        factors: [],
        addable: ["totp"],
        configured: true,
        password: true,
        notice: "password-changed",
      },
    ],
    [
      "overview, off",
      { page: "overview", on: false, account, factors: [], addable: ["totp"], configured: true },
    ],
    [
      "overview, unconfigured",
      { page: "overview", on: false, account, factors: [], addable: [], configured: false },
    ],
    ["remove", { page: "remove", factor: email, last: true, required: false }],
    ["remove, required", { page: "remove", factor: app, last: true, required: true }],
    ["password", { page: "password", account, forced: true, minLength: 15 }],
    ["password, wrong", { page: "password", account, forced: true, minLength: 15, problem: shortPassword }],
    ["password, own", { page: "password", account, forced: false, minLength: 15 }],
    ["password, own, wrong", { page: "password", account, forced: false, minLength: 15, problem: notMine }],
    ["history", history(text)],
    ["history, nothing", { page: "history", events: [] }],
    ["admin-policy", policy(text)],
    ["admin-policy, saved", { ...policy(text), saved: true }],
    ["admin-policy, reviewed", { ...policy(text), report: report(text) }],
    [
      "admin-policy, reviewed, quiet",
      { ...policy(text), report: { must: 0, cannot: 0, sessions: 0, affected: [] } },
    ],
    ["admin-policy, conflict, wrong", { ...policy(text), conflict: true }],
    ["admin-policy, wrong", { ...policy(text), graceDays: Number.NaN, problem: text ?? BAD }],
    ["admin-policy, pinned", { ...policy(text), pinned: PARTS }],
    ["admin-policy, providers", { ...settings(text), confirmed: true }],
    ["admin-policy, providers, reviewed", { ...settings(text), report: report(text), draft: "draft-1" }],
    ["admin-policy, providers, wrong", { ...settings(text), errors: wrongFields(text) }],
    ["admin-policy, unconfirmed, wrong", { ...settings(text), confirmUrl: url }],
    ["admin-policy, providers, pinned", { ...settings(text), pinned: EVERY_PART }],
    ["admin-policy, no roles, pinned", { ...policy(text), roles: [], pinned: ["roles"] }],
    ...peopleViews(text),
    [
      "problem",
      {
        page: "problem",
        title: text ?? "Not found",
        text: text ?? "No such page.",
        next: { label: text ?? "Go on", url },
      },
    ],
  ];
}

export const CODE = "K7QM-2XR9-WPTH-4Z0C";
const BAD = "Enter it like this.";
const USED_AT = new Date("2026-11-22T14:32:00Z");
const QR = { size: 29, path: "M4 4h7v1h-7z" };

const UNTIL = new Date("2026-12-06T14:32:00Z");
const PARTS = ["organisation", "roles", "recovery", "graceDays"] as const;

/** Two roles, one of them narrowed. */
const policy = (name = "admin"): AdminPolicyView => ({
  page: "admin-policy",
  version: 3,
  organisation: "optional",
  graceDays: 14,
  recovery: true,
  roles: [
    { name, mode: "required", factors: ["totp", "email"] },
    { name: `${name} 2`, mode: "off" },
  ],
  factors: ["totp", "email", "sms"],
  codes: [],
  providers: [],
  pinned: [],
});

const EVERY_PART = [...PARTS, "codeMinutes", "providers", "testMode"] as const;

/** Codes of both kinds, one provider of each that is set up, and test mode. */
const settings = (text?: string): AdminPolicyView => ({
  ...policy(text),
  codes: [
    { kind: "email", minutes: 15, usual: 10, max: 20 },
    { kind: "sms", usual: 5, max: 10 },
  ],
  providers: [
    {
      channel: "sms",
      name: text ?? "Twilio",
      isReady: true,
      isTest: true,
      isRemoved: false,
      fields: [
        {
          name: "accountSid",
          label: text ?? "Account SID",
          secret: false,
          value: text ?? "AC1",
          hint: text ?? "AC…",
        },
        { name: "authToken", label: "Auth token", secret: true, saved: true, isEntered: false },
      ],
    },
    {
      channel: "email",
      name: "SMTP",
      isReady: false,
      isTest: false,
      isRemoved: false,
      fields: [
        { name: "host", label: "Server", secret: false, value: "" },
        { name: "password", label: "Password", secret: true, saved: false, isEntered: false },
      ],
    },
  ],
  testMode: true,
});

const wrongFields = (text = BAD) => ({
  "codeMinutes.sms": text,
  "providers.sms.accountSid": text,
  "providers.email.password": text,
});

const report = (text?: string): NonNullable<AdminPolicyView["report"]> => ({
  must: 2,
  cannot: 1,
  sessions: 12,
  affected: [
    { account: text ?? "ada@example.test", outcome: "must" },
    { account: text ?? "bob@example.test", outcome: "cannot", why: text ?? "no factor serves" },
  ],
});

const COUNTRIES = [
  { code: "GB", name: "United Kingdom", callingCode: "+44" },
  { code: "US", name: "United States", callingCode: "+1" },
];

const number = (typed: string) =>
  ({ page: "enrol-sms", countries: COUNTRIES, country: "US", number: typed }) as const;

/** Two of that name; the first is the one the page is read in. */
const browsersNamed = (name: string) =>
  ["b1", "b2"].map((id, at) => ({
    id,
    name,
    isThis: at === 0,
    createdAt: USED_AT,
    lastUsedAt: USED_AT,
    expiresAt: new Date("2027-02-20T14:32:00Z"),
  }));

const everywhere = (text: string) => ({ account: text, hint: text, description: text, action: text });

/** The view of that name, for a test about one page. */
export function view(name: string): View {
  const found = everyView().find(([each]) => each === name);
  if (!found) throw new Error(`no view named ${name}`);
  return found[1];
}

/** Every event that has words, and one that has none. */
const EVENTS: [string, object][] = [
  ["signed-in", { factors: ["totp"] }],
  ["signed-in", { factors: [] }],
  ["signed-out", {}],
  ["code-refused", { factor: "totp" }],
  ["locked", { blocked: true }],
  ["locked", { blocked: false }],
  ["enrolled", { factor: "sms" }],
  ["removed", { factor: "email" }],
  ["recovery-code-used", { left: 1 }],
  ["recovery-codes-renewed", {}],
  ["browser-trusted", {}],
  ["browser-forgotten", {}],
  ["step-up", { factor: "totp" }],
  ["session-ended", {}],
  ["sessions-ended", {}],
  ["administered", { act: "disable" }],
  ["administered", { act: "unlock" }],
  ["administered", { act: "forget-browsers" }],
  ["administered", { act: "end-sessions" }],
  ["administered", { act: "set-phone" }],
  ["of-a-newer-version", {}],
];

function history(text?: string): HistoryView {
  return {
    page: "history",
    events: EVENTS.map(([event, detail], i) => ({
      event,
      at: new Date(Date.UTC(2026, 10, 22, 14, 32 - i)),
      detail: { ...detail, by: text ?? "root@example.test", reason: text ?? "Lost the phone" },
      browser: text ?? "Firefox on Windows",
    })),
    older: "2026-11-22T14:00:00.000Z",
  };
}
