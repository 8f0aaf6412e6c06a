/** What is said to administrators. */
import type { Mode } from "../core/policy.js";
import { count } from "./words.js";

const modes: Record<Mode, { name: string; hint: string }> = {
  off: { name: "Off", hint: "Nobody is asked, unless a role says otherwise." },
  optional: { name: "Optional", hint: "Whoever has set it up is asked." },
  required: { name: "Required", hint: "Everybody has to set it up." },
};

/** Of the way to the other pages for administrators. */
export const administration = "Administration";

export const adminPolicy = {
  heading: "Two-factor policy",
  saved: "Saved.",
  conflict: "Someone else saved first. Your changes, below, aren't saved.",
  showSaved: "Show what is saved",
  setInCode: "Set in code.",
  organisation: "Organisation",
  modes,
  graceDays: "Days to set up",
  graceDaysHint: "From the first sign-in that asks for it; 0 to 365.",
  recovery: "Recovery codes count at sign-in",
  recoveryCounts: { yes: "They count at sign-in.", no: "They don't count at sign-in." },
  roles: "Roles",
  rolesHint:
    "A role's rule replaces the organisation's, unless that is Required. Of several roles, the strictest counts. With no way ticked, every way counts.",
  noRoles: "No role has a rule.",
  role: "Role",
  addRole: "Add a role",
  newRole: "the new role",
  rule: "Rule",
  ruleNamed: (role: string) => `Rule for ${role}`,
  noRule: "No rule",
  ways: "Ways that count",
  waysNamed: (role: string) => `Ways that count for ${role}`,
  everyWay: "Every way",
  codes: {
    heading: "Codes that are sent",
    label: {
      email: "E-mail codes work for (minutes)",
      sms: "Text message codes work for (minutes)",
    },
    hint: (max: number, usual: number) => `1 to ${max}; ${usual} where nothing is entered.`,
    fixed: (kind: "email" | "sms", minutes: number) =>
      `${kind === "email" ? "E-mail" : "Text message"} codes work for ${count(minutes, "minute", "minutes")}.`,
  },
  provider: {
    heading: { email: "E-mail", sms: "Text messages" },
    notReady: "Not set up. Nobody can use it yet.",
    isTest: "Test key: not for production. Messages reach nobody.",
    saved: "Saved. Enter a new one to replace it.",
    entered: "Entered, and not saved yet. Enter another one to replace it.",
    remove: "Remove these settings",
    removeNamed: (name: string) => `Remove these settings: ${name}`,
    isRemoved: "These settings will be removed.",
  },
  testMode: {
    label: "Test mode",
    hint: "Nothing is sent: messages are kept in the outbox.",
    off: "Off",
  },
  seeBelow: "Something below can't be saved as it is.",
  confirmFirst: "Nothing is saved yet. Confirm it's you, then review your changes, below, again.",
  confirm: "Confirm it's you (opens a new tab)",
  confirmed: "Confirmed. Your changes are still in the tab you came from.",
  review: "Review",
  reviewHeading: "If you save this",
  /** `sessions`: undefined where nobody can count them. */
  summary: (must: number, cannot: number, sessions: number | undefined) => {
    const parts = [`${must} must set up`, `${cannot} can't`];
    if (sessions !== undefined) parts.push(count(sessions, "session ends", "sessions end"));
    return `${parts.join(", ")}.`;
  },
  affected: "Who they are",
  firstOf: (shown: number, total: number) => `The first ${shown} of ${total}.`,
  outcomes: { must: "Must set up", cannot: "Can't set up" },
  onlyReviewed: "This saves what was reviewed. Review again whatever you change below.",
  save: "Save policy",
};
