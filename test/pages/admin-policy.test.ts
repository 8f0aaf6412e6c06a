/** The policy's page: what can be changed, what a review says, and that what is saved is what was reviewed. */
import { describe, expect, test } from "vitest";
import type { Policy } from "../../src/core/policy.js";
import { policyOf } from "../../src/express/policy-form.js";
import { renderPage } from "../../src/pages/render.js";
import type { AdminPolicyView } from "../../src/pages/views.js";
import type { ProviderView } from "../../src/pages/views-admin.js";
import { type Element, find, form, only, parse, sent, text } from "./html.js";
import { asset, site, view } from "./views.js";

const BASE = "/second-factor";
const REVIEW = `${BASE}/admin/policy/report`;
const SAVE = `${BASE}/admin/policy`;
const draw = (shown: AdminPolicyView) => parse(renderPage(shown, site, asset));
const notices = (page: Element, tone: string) => find(page, "p", { class: `notice ${tone}` }).map(text);
const plain = view("admin-policy") as AdminPolicyView;
const reviewed = view("admin-policy, reviewed") as AdminPolicyView;
const page = draw(plain);

const policyIn = (shown: AdminPolicyView, action: string, base: Policy = {}) =>
  policyOf(sent(form(draw(shown), action).element), base);

const POLICY: Policy = {
  organisation: "optional",
  graceDays: 14,
  recovery: true,
  roles: { admin: { mode: "required", factors: ["totp", "email"] }, "admin 2": { mode: "off" } },
};

describe("the form", () => {
  test("is reviewed first, with the version it was read at", () => {
    expect(text(only(page, "h1"))).toBe("Two-factor policy");
    const { method, hidden, button } = form(page, REVIEW);
    expect({ method, button }).toEqual({ method: "post", button: "Review" });
    expect(hidden).toEqual({ version: "3", hasRecovery: "on", hasRoles: "on" });
    expect(find(page, "form", { action: SAVE })).toEqual([]);
    expect(only(page, "main").attributes["class"]).toBe("card wide");
  });

  test("sends back the policy it shows, where nobody touched it", () => {
    expect(policyIn(plain, REVIEW)).toEqual(POLICY);
    const off: AdminPolicyView = { ...plain, organisation: "off", recovery: false, roles: [], graceDays: 0 };
    expect(policyIn(off, REVIEW)).toEqual({ organisation: "off", recovery: false, roles: {}, graceDays: 0 });
  });

  test("asks for days with the digits' keyboard, as text that says what is wrong in the page's words", () => {
    const { attributes } = only(page, "input", { name: "graceDays" });
    expect(attributes).toMatchObject({ type: "text", inputmode: "numeric", value: "14" });
    for (const name of ["maxlength", "pattern", "required", "aria-invalid"])
      expect(attributes).not.toHaveProperty(name);
    expect(text(only(page, "label", { for: "graceDays" }))).toBe("Days to set up");
  });

  test("offers each mode to the organisation, and to a role also none", () => {
    const radios = find(page, "input", { name: "organisation" });
    expect(radios.map(({ attributes }) => attributes["value"])).toEqual(["off", "optional", "required"]);
    expect(find(page, "legend").map(text)).toEqual(["Organisation", "Roles"]);
    const select = only(page, "select", { name: "role-0-mode" });
    expect(find(select, "option").map(text)).toEqual(["No rule", "Off", "Optional", "Required"]);
  });

  test("has a row a role, named for who listens, and an empty one to add another", () => {
    expect(find(only(page, "tbody"), "tr")).toHaveLength(3);
    expect(find(page, "select").map(({ attributes }) => attributes["aria-label"])).toEqual([
      "Rule for admin",
      "Rule for admin 2",
      "Rule for the new role",
    ]);
    expect(text(only(page, "label", { for: "role-2-name" }))).toBe("Add a role");
    const fields = sent(form(page, REVIEW).element);
    expect([fields["role-2-name"], fields["role-2-mode"], fields["role-2-factors"]]).toEqual([
      "",
      "",
      undefined,
    ]);
  });

  test("keeps a way that is no longer configured ticked, so that saving does not open the role to every way", () => {
    const narrowed: AdminPolicyView = {
      ...plain,
      roles: [{ name: "admin", mode: "required", factors: ["passkey"] }],
    };
    expect(policyIn(narrowed, REVIEW).roles).toEqual({ admin: { mode: "required", factors: ["passkey"] } });
    expect(find(draw(narrowed), "input", { value: "passkey" })).toHaveLength(1);
  });

  test("is drawn again from a form that no page of ours sends", () => {
    const odd = policyOf(
      { ...sent(form(page, REVIEW).element), organisation: "nobody", "role-0-factors": "constructor" },
      {},
    );
    const { organisation = "off", roles: _, ...rest } = odd;
    const rows = Object.entries(odd.roles ?? {}).map(([name, rules]) => ({ name, ...rules }));
    const drawn = draw({ ...plain, ...rest, recovery: true, graceDays: 14, organisation, roles: rows });
    expect(find(drawn, "input", { type: "radio", checked: "" })).toEqual([]);
    expect(find(drawn, "input", { value: "constructor" })).toEqual([]);
  });
});

describe("what is set in code", () => {
  const ALL = ["organisation", "roles", "recovery", "graceDays"] as const;
  const FIELDS = {
    organisation: /^organisation$/,
    roles: /^(hasRoles|role-.*)$/,
    recovery: /^(hasRecovery|recovery)$/,
    graceDays: /^graceDays$/,
  };

  test.each(ALL)("is shown and not sent: %s", (part) => {
    const pinned: AdminPolicyView = { ...reviewed, pinned: [part] };
    const drawn = draw(pinned);
    expect(text(drawn)).toContain("Set in code.");
    for (const action of [REVIEW, SAVE]) {
      const names = Object.keys(sent(form(drawn, action).element));
      expect(names.filter((name) => FIELDS[part].test(name))).toEqual([]);
      expect(policyIn(pinned, action, POLICY)).toEqual(POLICY);
    }
  });

  test("says what it is, role by role", () => {
    const pinned = draw(view("admin-policy, pinned") as AdminPolicyView);
    expect(find(only(pinned, "tbody"), "tr").map((row) => find(row, "td").map(text))).toEqual([
      ["Roleadmin", "RuleRequired", "Ways that countAuthenticator app, E-mail"],
      ["Roleadmin 2", "RuleOff", "Ways that countEvery way"],
    ]);
    expect(text(pinned)).toContain("OrganisationOptionalSet in code.");
    expect(text(pinned)).toContain("Days to set up14Set in code.");
    expect(text(pinned)).toContain("They count at sign-in.");
    const none = view("admin-policy, no roles, pinned") as AdminPolicyView;
    expect(text(draw(none))).toContain("No role has a rule.");
    const without = draw({ ...none, recovery: false, pinned: ["recovery"] });
    expect(text(without)).toContain("They don't count at sign-in.");
  });

  test("leaves nothing to send where it is everything", () => {
    const pinned = draw({ ...plain, pinned: ALL });
    for (const tag of ["form", "input", "select", "button"]) expect(find(pinned, tag)).toEqual([]);
  });
});

describe("a review", () => {
  const drawn = draw(reviewed);
  const report = reviewed.report ?? { must: 0, cannot: 0, affected: [] };
  const { sessions: _, ...uncounted } = report;

  test("stands above the form, and its button is the one that stands out", () => {
    const html = renderPage(reviewed, site, asset);
    expect(html.indexOf(`action="${SAVE}"`)).toBeLessThan(html.indexOf(`action="${REVIEW}"`));
    expect(text(only(drawn, "h2"))).toBe("If you save this");
    expect(find(drawn, "button", { class: "button primary" }).map(text)).toEqual(["Save policy"]);
    expect(form(drawn, REVIEW).button).toBe("Review");
  });

  test.each([
    [report, "2 must set up, 1 can't, 12 sessions end."],
    [{ ...report, must: 1, sessions: 1 }, "1 must set up, 1 can't, 1 session ends."],
    [{ ...report, sessions: 0 }, "2 must set up, 1 can't, 0 sessions end."],
    [uncounted, "2 must set up, 1 can't."],
  ])("says in a sentence what it would mean: %#", (each, sentence) => {
    expect(notices(draw({ ...plain, report: each }), "warn")).toEqual([sentence]);
  });

  test("is calm where nothing would happen to anybody", () => {
    const quiet = draw(view("admin-policy, reviewed, quiet") as AdminPolicyView);
    expect(notices(quiet, "ok")).toEqual(["0 must set up, 0 can't, 0 sessions end."]);
    expect(find(quiet, "details")).toEqual([]);
    const ends = draw({ ...plain, report: { must: 0, cannot: 0, sessions: 3, affected: [] } });
    expect(notices(ends, "warn")).toEqual(["0 must set up, 0 can't, 3 sessions end."]);
  });

  test("names those affected, first those who can't, with why", () => {
    const list = only(only(drawn, "details"), "ul");
    expect(find(list, "li").map(text)).toEqual([
      "bob@example.test Can't set upno factor serves",
      "ada@example.test Must set up",
    ]);
    expect(text(only(drawn, "details"))).toContain("The first 2 of 3.");
    const all = draw({ ...plain, report: { ...report, must: 1 } });
    expect(text(only(all, "details"))).not.toContain("The first");
  });

  test("keeps a long list closed, so that it does not push the button away", () => {
    const people = (n: number) => Array.from({ length: n }, (_, at) => ({ account: `${at}@example.test` }));
    const isOpen = (n: number) => {
      const affected = people(n).map((each) => ({ ...each, outcome: "must" as const }));
      return (
        "open" in only(draw({ ...plain, report: { must: n, cannot: 0, affected } }), "details").attributes
      );
    };
    expect([isOpen(10), isOpen(11)]).toEqual([true, false]);
  });

  test("saves what was reviewed: the fields the form below has, and no others", () => {
    const { element, method } = form(drawn, SAVE);
    expect(method).toBe("post");
    expect(find(element, "input").every(({ attributes }) => attributes["type"] === "hidden")).toBe(true);
    expect(sent(element)["version"]).toBe("3");
    expect(policyIn(reviewed, SAVE)).toEqual(POLICY);
    const strict: AdminPolicyView = { ...reviewed, recovery: false };
    expect(policyIn(strict, SAVE)).toEqual({ ...POLICY, recovery: false });
  });
});

describe("after a save", () => {
  test("says that it is saved, or that somebody else was first, and then leads to what is saved", () => {
    const saved = draw(view("admin-policy, saved") as AdminPolicyView);
    expect(notices(saved, "ok")).toEqual(["Saved."]);
    const links = (of: Element) => find(of, "a").map((a) => [text(a), a.attributes["href"]]);
    const people = ["People", `${BASE}/admin/users`];
    expect(links(saved)).toEqual([people]);
    const conflict = draw(view("admin-policy, conflict, wrong") as AdminPolicyView);
    expect(notices(conflict, "danger")).toEqual([
      "Error: Someone else saved first. Your changes, below, aren't saved.",
    ]);
    expect(policyIn({ ...plain, conflict: true, version: 4 }, REVIEW)).toEqual(POLICY);
    expect(links(conflict)).toEqual([people, ["Show what is saved", `${BASE}/admin/policy`]]);
    expect(links(page)).toEqual([people]);
  });

  test("says what is wrong, and leads to days that are no number", () => {
    const wrong = view("admin-policy, wrong") as AdminPolicyView;
    const drawn = draw(wrong);
    expect(notices(drawn, "danger")).toEqual(["Error: Enter it like this."]);
    expect(only(drawn, "input", { name: "graceDays" }).attributes).toMatchObject({
      value: "",
      autofocus: "",
      "aria-invalid": "true",
      "aria-describedby": "problem graceDays-hint",
    });
    const other = only(draw({ ...wrong, graceDays: 14 }), "input", { name: "graceDays" });
    expect(other.attributes).not.toHaveProperty("aria-invalid");
    expect(other.attributes).not.toHaveProperty("autofocus");
  });
});

describe("codes and providers", () => {
  const settings = view("admin-policy, providers") as AdminPolicyView;
  const drawn = draw(settings);
  const [sms, email] = settings.providers as [ProviderView, ProviderView];
  const of = (changes: Partial<ProviderView>) => draw({ ...settings, providers: [{ ...sms, ...changes }] });

  test("are groups of fields of their own", () => {
    const legends = find(drawn, "legend").map(text);
    expect(legends.slice(2)).toEqual(["Codes that are sent", "Text messages: Twilio", "E-mail: SMTP"]);
    const minutes = ["email", "sms"].map((kind) => only(drawn, "input", { name: `codeMinutes-${kind}` }));
    expect(minutes.map(({ attributes }) => attributes["value"])).toEqual(["15", ""]);
    expect(text(only(drawn, "p", { id: "codeMinutes-sms-hint" }))).toBe(
      "1 to 10; 5 where nothing is entered.",
    );
  });

  test("say of a secret whether there is one, and have a field to replace it that nothing fills in", () => {
    const { attributes } = only(drawn, "input", { name: "provider-sms-authToken" });
    expect(attributes).toMatchObject({ type: "password", autocomplete: "new-password" });
    expect(attributes).not.toHaveProperty("value");
    const hint = (page: Element) => text(only(page, "p", { id: "provider-sms-authToken-hint" }));
    expect(hint(drawn)).toBe("Saved. Enter a new one to replace it.");
    const [account, token] = sms.fields as [ProviderView["fields"][number], ProviderView["fields"][number]];
    const entered = { ...token, isEntered: true } as typeof token;
    expect(hint(of({ fields: [account, entered] }))).toMatch(/^Entered, and not saved yet\./);
    expect(find(drawn, "p", { id: "provider-email-password-hint" })).toEqual([]);
  });

  test("mark a test key, and what is not set up", () => {
    expect(notices(drawn, "warn")).toEqual(["Test key: not for production. Messages reach nobody."]);
    expect(notices(of({ isTest: false }), "warn")).toEqual([]);
    const silent = text(draw({ ...settings, providers: [email] }));
    expect(silent).toContain("Not set up. Nobody can use it yet.");
  });

  test("have a box to remove what is saved, and only that", () => {
    expect(find(drawn, "input", { type: "checkbox", name: "provider-sms-remove" })).toHaveLength(1);
    expect(find(drawn, "input", { name: "provider-email-remove" })).toEqual([]);
    const removed = of({ isRemoved: true });
    expect(notices(removed, "warn")).toEqual(["These settings will be removed."]);
    expect(only(removed, "input", { name: "provider-sms-remove" }).attributes).toHaveProperty("checked");
  });

  test("say at each field what is wrong with it, and at the top that something is", () => {
    const wrong = draw(view("admin-policy, providers, wrong") as AdminPolicyView);
    expect(notices(wrong, "danger")).toEqual([
      "Error: Something below can't be saved as it is.",
      ...Array(3).fill("Error: Enter it like this."),
    ]);
    for (const name of ["codeMinutes-sms", "provider-sms-accountSid", "provider-email-password"]) {
      const { attributes } = only(wrong, "input", { name });
      expect(attributes["aria-invalid"]).toBe("true");
      expect(attributes["aria-describedby"]).toContain(`${name}-error`);
    }
    expect(text(only(wrong, "title"))).toMatch(/^Error:/);
  });

  test("are saved as they were reviewed, with secrets by the name of their draft", () => {
    const reviewedNow = draw(view("admin-policy, providers, reviewed") as AdminPolicyView);
    const fields = sent(form(reviewedNow, SAVE).element);
    expect(fields).toMatchObject({
      draft: "draft-1",
      "codeMinutes-email": "15",
      "codeMinutes-sms": "",
      "provider-sms-accountSid": "AC1",
      hasTestMode: "on",
      testMode: "on",
    });
    expect(Object.keys(fields).filter((name) => /authToken|password|remove/.test(name))).toEqual([]);
    const removing = { ...settings, report: reviewed.report!, providers: [{ ...sms, isRemoved: true }] };
    expect(sent(form(draw(removing), SAVE).element)).toMatchObject({ "provider-sms-remove": "on" });
    const off = { ...settings, report: reviewed.report!, testMode: false };
    expect(sent(form(draw(off), SAVE).element)).not.toHaveProperty("testMode");
  });

  test("that are set in code are shown, and nothing is left to send", () => {
    const pinned = draw(view("admin-policy, providers, pinned") as AdminPolicyView);
    for (const tag of ["form", "input", "select", "button"]) expect(find(pinned, tag)).toEqual([]);
    expect(text(pinned)).toContain("E-mail codes work for 10 minutes.");
    expect(text(pinned)).toContain("Text messagesTwilioSet in code.");
  });

  test("without any of them there are no such groups", () => {
    expect(find(page, "input", { name: "hasTestMode" })).toEqual([]);
    expect(find(page, "legend")).toHaveLength(2);
  });
});

test("a form that was sent without a fresh code stays, beside a link to give one in another tab", () => {
  const unconfirmed = draw({ ...plain, confirmUrl: "/second-factor/challenge?action=administer" });
  expect(notices(unconfirmed, "danger")[0]).toContain("Nothing is saved yet.");
  expect(only(unconfirmed, "a", { target: "_blank" }).attributes).toMatchObject({
    href: "/second-factor/challenge?action=administer",
    rel: "noopener",
  });
  expect(policyIn({ ...plain, confirmUrl: "/x" }, REVIEW)).toEqual(POLICY);
  const back = draw({ ...plain, confirmed: true });
  expect(notices(back, "ok")).toEqual(["Confirmed. Your changes are still in the tab you came from."]);
});
