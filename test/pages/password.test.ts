// "Choose a new password": fields that password managers know, and what is wrong said at the right one.
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import { find, form, only, parse, text } from "./html.js";
import { asset, site, view } from "./views.js";

const draw = (name: string) => parse(renderPage(view(name), site, asset));

describe.each([
  ["password", "Choose a new password", "Your administrator asked for this.", ["newPassword"]],
  [
    "password, own",
    "Change your password",
    "You'll be signed out everywhere else.",
    ["currentPassword", "newPassword"],
  ],
])("%s", (name, heading, lead, fields) => {
  const page = draw(name);

  test("says what it is for, and how long a password is", () => {
    expect(text(only(page, "h1"))).toBe(heading);
    expect(text(only(page, "p", { id: "lead" }))).toBe(lead);
    expect(text(only(page, "p", { id: "newPassword-hint" }))).toBe(
      "At least 15 characters; several words work well.",
    );
    expect(form(page, "/second-factor/password").button).toBe("Save password");
  });

  test("has the fields that password managers fill in, and limits none of them", () => {
    const typed = find(page, "input", { type: "password" }).map(({ attributes }) => attributes);
    expect(typed.map(({ name: field }) => field)).toEqual(fields);
    expect(typed.map(({ autocomplete }) => autocomplete)).toEqual(
      fields.map((field) => (field === "newPassword" ? "new-password" : "current-password")),
    );
    for (const attributes of typed) {
      expect(attributes).not.toHaveProperty("maxlength");
      expect(attributes["value"] ?? "").toBe("");
    }
  });

  test("tells a password manager whose it is, and nobody else", () => {
    const { attributes } = only(page, "input", { id: "username" });
    expect(attributes).toMatchObject({ autocomplete: "username", value: "ada@example.test", tabindex: "-1" });
    expect(only(page, "div", { class: "unseen" }).attributes["aria-hidden"]).toBe("true");
  });
});

test.each([
  ["password, wrong", "newPassword", ["newPassword-error", "newPassword-hint"]],
  ["password, own, wrong", "currentPassword", ["currentPassword-error"]],
])("%s: said above %s, which has the focus", (name, id, describedBy) => {
  const page = draw(name);
  const withFocus = find(page, "input").filter(({ attributes }) => "autofocus" in attributes);
  expect(withFocus.map(({ attributes }) => attributes["id"])).toEqual([id]);
  expect(withFocus[0]?.attributes["aria-invalid"]).toBe("true");
  expect(withFocus[0]?.attributes["aria-describedby"]?.split(" ")).toEqual(describedBy);
  expect(text(only(page, "title"))).toMatch(/^Error: /);
});

test("a forced change can be left for another account, one's own for the settings", () => {
  expect(form(draw("password"), "/second-factor/challenge/cancel").button).toBe("Use another account");
  expect(only(draw("password, own"), "a").attributes["href"]).toBe("/second-factor");
});
