/** The pages about people, in every shape. `text` replaces whatever came from outside. */
import type { AdminAct } from "../../src/core/model.js";
import type {
  AdminActView,
  AdminPeopleView,
  AdminPersonRow,
  AdminPersonView,
  View,
} from "../../src/pages/views.js";

/** Every act there is: one that is missing here does not compile. */
export const ACTS = Object.keys({
  disable: 1,
  unlock: 1,
  "forget-browsers": 1,
  "end-sessions": 1,
  "set-phone": 1,
  "require-password-change": 1,
  "temporary-password": 1,
  reset: 1,
} satisfies Record<AdminAct, 1>) as AdminAct[];

const AT = new Date("2026-11-22T14:32:00Z");
const UNTIL = new Date("2026-12-06T14:32:00Z");
const BAD = "Write a reason.";

const row = (account: string, more: Partial<AdminPersonRow>): AdminPersonRow => ({
  id: `id of ${account}`,
  account,
  roles: [],
  coverage: "off",
  factors: [],
  ...more,
});

/** One of each standing. */
function list(text?: string): AdminPeopleView {
  const role = text ?? "admin";
  const name = (account: string) => text ?? account;
  return {
    page: "admin-people",
    people: [
      row(name("ada@example.test"), { roles: [role, "clerk"], coverage: "on", factors: ["totp", "sms"] }),
      row(name("bob@example.test"), { locked: { until: AT } }),
      row(name("cat@example.test"), { coverage: "must", locked: {} }),
      row(name("dan@example.test"), { coverage: "grace", until: UNTIL }),
      row(name("eve@example.test"), { coverage: "cannot" }),
    ].map((person, at) => ({ ...person, id: `${person.id} ${at}` })),
    counts: {
      people: 5,
      "not-set-up": 4,
      "must-set-up": 2,
      "in-grace": 1,
      locked: 2,
      isPartial: false,
    },
    hasPolicy: true,
  };
}

function one(text?: string): AdminPersonView {
  const name = text ?? "eve@example.test";
  const browser = { name: text ?? "Firefox on Windows", lastUsedAt: AT, expiresAt: UNTIL };
  return {
    page: "admin-person",
    person: {
      ...row(name, { roles: [text ?? "admin"], coverage: "on", factors: ["totp", "email", "recovery-code"] }),
      id: "a/b",
      mode: "required",
      locked: { until: AT },
      ways: [
        { kind: "totp", confirmedAt: AT },
        { kind: "email", hint: text ?? "e***@example.test", confirmedAt: AT, lastUsedAt: AT },
      ],
      recoveryCodes: { left: 7, total: 10 },
      browsers: [{ id: "b1", ...browser }],
      suggestedPhone: text ?? "+1 ••• ••23",
    },
    acts: ACTS,
    history: {
      events: ["disable", "of-a-newer-version"].map((act) => ({
        event: "administered",
        at: AT,
        detail: { act, by: text ?? "root@example.test", reason: text ?? "Lost the phone" },
      })),
      older: "2026-11-22T14:00:00.000Z",
    },
  };
}

const bare = (text?: string): AdminPersonView => ({
  page: "admin-person",
  person: { ...row(text ?? "bob@example.test", {}), mode: "optional", ways: [], browsers: [] },
  acts: ACTS,
});

const act = (name: AdminAct, text?: string): AdminActView => ({
  page: "admin-act",
  act: name,
  isTold: true,
  person: { id: "a/b", account: text ?? "eve@example.test" },
});

const phone = (text?: string): AdminActView => ({
  ...act("set-phone", text),
  countries: [
    { code: "GB", name: "United Kingdom", callingCode: "+44" },
    { code: "US", name: "United States", callingCode: "+1" },
  ],
});

export function peopleViews(text?: string): [string, View][] {
  const typed = { reason: text ?? "Lost the phone", country: "US", number: text ?? "12" };
  const errors = ["country", "number", "reason"].map((field) => ({ field, message: BAD }));
  const searched = { text: text ?? "ada & co", filter: "locked" } as const;
  const partly = { ...list(text).counts, people: 5000, isPartial: true };
  return [
    ["admin-people", list(text)],
    ["admin-people, searched", { ...list(text), ...searched, next: text ?? "a/b", counts: partly }],
    ["admin-people, nobody", { ...list(text), ...searched, people: [], hasPolicy: false }],
    ["admin-people, nobody yet", { ...list(text), people: [], next: "a/b" }],
    ["admin-person", one(text)],
    ["admin-person, done", { ...one(text), notice: "disable" }],
    ["admin-person, unchanged", { ...one(text), notice: "unchanged" }],
    ["admin-person, bare", bare(text)],
    ...ACTS.map((name): [string, View] => [`admin-act, ${name}`, act(name, text)]),
    ["admin-act, reset that switches off", { ...act("reset", text), mayDisable: true }],
    ["admin-act, untold", { ...act("disable", text), isTold: false }],
    [
      "temporary-password",
      {
        page: "temporary-password",
        person: { id: "a/b", account: text ?? "eve@example.test" },
        password: "7QK4-M2XN-0V9B-HT3D",
        until: UNTIL,
      },
    ],
    ["admin-act, number", phone(text)],
    ["admin-act, number, wrong", { ...phone(text), typed, errors }],
    [
      "admin-act, wrong",
      { ...act("disable", text), typed: { reason: "" }, errors: [{ field: "reason", message: BAD }] },
    ],
  ];
}
