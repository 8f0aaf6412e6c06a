/** The page before something is done to somebody: what, to whom, and why; with what was typed where it does not fit. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { AdminActView, View } from "../../src/pages/views.js";
import { find, form, only, parse, sent, text } from "./html.js";
import { ACTS } from "./people-views.js";
import { asset, site, view } from "./views.js";

const PERSON = "/second-factor/admin/users/a%2Fb";
const draw = (shown: View) => parse(renderPage(shown, site, asset));
const act = (name: string) => draw(view(`admin-act, ${name}`));

describe.each([
  ["disable", "Switch off two-factor authentication for eve@example.test?", "Switch off", "danger"],
  ["unlock", "Unlock codes for eve@example.test?", "Unlock", "primary"],
  ["forget-browsers", "Forget the remembered browsers of eve@example.test?", "Forget", "primary"],
  ["end-sessions", "Sign eve@example.test out everywhere?", "Sign out", "primary"],
  ["set-phone", "Fill in a mobile number for eve@example.test", "Save number", "primary"],
  ["require-password-change", "Ask eve@example.test for a new password?", "Ask at next sign-in", "primary"],
  ["temporary-password", "Make a temporary password for eve@example.test?", "Make it", "danger"],
  ["reset", "Send eve@example.test a link to choose a new password?", "Send link", "primary"],
])("%s", (name, heading, button, look) => {
  const page = act(name);

  test("asks for a reason, says who is told, and can be left", () => {
    expect(text(only(page, "h1"))).toBe(heading);
    expect(text(only(page, "p", { id: "lead" }))).toBe("They'll be told by e-mail.");
    const { method, button: pressed, element } = form(page, `${PERSON}/${name}`);
    expect({ method, pressed }).toEqual({ method: "post", pressed: button });
    expect(sent(element)).toEqual({ reason: "" });
    expect(text(only(page, "label", { for: "reason" }))).toBe("Reason (kept in the log)");
    expect(find(page, "button", { class: `button ${look}` })).toHaveLength(1);
    const cancel = only(page, "a");
    expect([text(cancel), cancel.attributes["href"]]).toEqual(["Cancel", PERSON]);
  });
});

test("says nothing of a mail where none goes out", () => {
  expect(find(act("untold"), "p", { id: "lead" })).toEqual([]);
});

test("every act has been looked at", () => {
  expect(ACTS).toHaveLength(8);
});

test("a reset offers to switch the second factor off as well, unticked, and says when that happens", () => {
  const page = draw(view("admin-act, reset that switches off"));
  const box = only(page, "input", { type: "checkbox" });
  expect(box.attributes).toMatchObject({ name: "disable", "aria-describedby": "disable-hint" });
  expect(box.attributes).not.toHaveProperty("checked");
  expect(text(only(page, "label", { for: "disable" }))).toBe("Also switch off two-factor authentication");
  expect(text(only(page, "p", { id: "disable-hint" }))).toContain("when the link is used");
  expect(find(act("reset"), "input", { type: "checkbox" })).toEqual([]);
});

test("a temporary password is shown whole, with how long it works and what becomes of the old one", () => {
  const page = draw(view("temporary-password"));
  expect(text(only(page, "h1"))).toBe("Temporary password for eve@example.test");
  expect(text(only(page, "p", { id: "lead" }))).toMatch(/^Shown once\. Works once, until .* UTC\.$/);
  expect(find(page, "li").map(text)).toEqual(["7QK4-M2XN-0V9B-HT3D"]);
  expect(text(page)).toContain("Their old password no longer works.");
  expect(only(page, "a").attributes["href"]).toBe(PERSON);
  expect(find(page, "form")).toEqual([]);
});

describe("a number", () => {
  test("is asked for by country, and is nobody's until it is proven", () => {
    const page = act("number");
    expect(sent(form(page, `${PERSON}/set-phone`).element)).toEqual({ country: "", number: "", reason: "" });
    expect(find(page, "option").map(text)).toEqual([
      "Choose a country",
      "United Kingdom (+44)",
      "United States (+1)",
    ]);
    expect(text(only(page, "p", { id: "number-hint" }))).toBe("They still have to prove it with a code.");
  });

  test("is not the administrator's own, which their browser may know", () => {
    const page = act("number");
    for (const tag of ["input", "select"])
      for (const { attributes } of find(page, tag)) expect(attributes["autocomplete"]).toBe("off");
  });
});

describe("what does not fit", () => {
  const wrong = view("admin-act, number, wrong") as AdminActView;

  test("is said above its field, and nothing that was typed is lost", () => {
    const page = draw(wrong);
    expect(sent(form(page, `${PERSON}/set-phone`).element)).toEqual({
      country: "US",
      number: "12",
      reason: "Lost the phone",
    });
    for (const [field, tag] of [
      ["country", "select"],
      ["number", "input"],
      ["reason", "input"],
    ] as const) {
      const { attributes } = only(page, tag, { id: field });
      expect(attributes["aria-invalid"]).toBe("true");
      expect(attributes["aria-describedby"]?.split(" ")[0]).toBe(`${field}-error`);
      expect(text(only(page, "p", { id: `${field}-error` }))).toBe("Error: Write a reason.");
    }
  });

  test.each([
    [["country", "number", "reason"], "country"],
    [["reason", "number"], "number"],
    [["reason"], "reason"],
  ])("has the focus, the first of %o", (fields, focused) => {
    const errors = fields.map((field) => ({ field, message: "No." }));
    const page = draw({ ...wrong, errors });
    const all = [...find(page, "select"), ...find(page, "input")];
    const withFocus = all.filter(({ attributes }) => "autofocus" in attributes);
    expect(withFocus.map(({ attributes }) => attributes["id"])).toEqual([focused]);
  });
});
