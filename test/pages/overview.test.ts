/** The overview: what a person has, what is asked for first, and what they can change. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { OverviewView, View } from "../../src/pages/views.js";
import { type Element, find, form, only, parse, text } from "./html.js";
import { asset, site, view } from "./views.js";

const draw = (shown: View) => parse(renderPage(shown, site, asset));
const lead = (page: Element) => text(only(page, "p", { id: "lead" }));
const heading = (page: Element) => text(only(page, "h1"));
const links = (page: Element) => find(page, "a").map((a) => [text(a), a.attributes.href]);
const BASE = "/second-factor";

describe("overview", () => {
  const full = view("overview") as OverviewView;
  const page = draw(full);

  test("says whether it is on, and what just happened", () => {
    expect(heading(page)).toBe("Two-factor authentication");
    expect(lead(page)).toBe("On ada@example.test");
    expect(lead(draw(view("overview, off")))).toBe("Off ada@example.test");
    expect(text(page)).toContain("Two-factor authentication is on.");
  });

  test("lists each way with when it was last used, and names it in its buttons", () => {
    expect(text(page)).toContain("Authenticator app Asked firstLast used 22 Nov 2026, 14:32 UTC");
    expect(only(page, "time").attributes.datetime).toBe("2026-11-22T14:32:00.000Z");
    expect(form(page, `${BASE}/enrol/totp`).button).toBe("Replace");
    const remove = only(page, "a", { href: `${BASE}/factors/totp/remove` });
    expect([text(remove), remove.attributes["aria-label"]]).toEqual(["Remove", "Remove authenticator app"]);
  });

  test("replaces an address by the form for a new one, which changes nothing yet", () => {
    const replace = only(page, "a", { href: `${BASE}/enrol/email` });
    expect([text(replace), replace.attributes["aria-label"]]).toEqual(["Replace", "Replace e-mail"]);
    expect(find(page, "form", { action: `${BASE}/enrol/email` })).toEqual([]);
    expect(text(page)).toContain("E-maila••@example.test");
  });

  test("says which of several is asked for first, and lets another take its place", () => {
    const { element, button } = form(page, `${BASE}/factors/email/prefer`);
    expect(button).toBe("Ask this first");
    expect(only(element, "button").attributes["aria-label"]).toBe("Ask this first: e-mail");
    expect(find(page, "form", { action: `${BASE}/factors/totp/prefer` })).toEqual([]);
    expect(text(draw({ ...full, notice: "preferred" }))).toContain("You'll be asked for that first.");
    const [first] = full.factors;
    const alone = draw({ ...full, factors: first ? [first] : [] });
    expect(text(alone)).not.toMatch(/Asked first|Ask this first/);
  });

  test.each([
    [1, "Remembered browsers1 browserManage"],
    [2, "Remembered browsers2 browsersManage"],
  ])("counts %i remembered browsers and leads to them", (browsers, row) => {
    const drawn = draw({ ...full, browsers });
    expect(text(drawn)).toContain(row);
    expect(only(drawn, "a", { href: `${BASE}/browsers` }).attributes["aria-label"]).toBe(
      "Manage remembered browsers",
    );
  });

  test("has no row for browsers where none is remembered or can be", () => {
    const { browsers: _, ...without } = full;
    for (const each of [without, { ...full, browsers: 0 }])
      expect(text(draw(each))).not.toContain("Remembered browsers");
  });

  test.each([
    [4, true, []],
    [3, true, ["3 of 10 recovery codes left"]],
    [0, false, ["0 of 10 recovery codes left", "You haven't saved your recovery codes."]],
  ])("with %i recovery codes left, saved %s, warns: %j", (left, saved, warnings) => {
    const drawn = draw({ ...full, recovery: { left, total: 10, saved } });
    expect(find(drawn, "p", { class: "notice warn" }).map(text)).toEqual(warnings);
    expect(text(drawn)).toContain(`${left} of 10 recovery codes left`);
    expect(links(drawn)).toContainEqual(["Make new codes", `${BASE}/recovery-codes/new`]);
  });

  test.each([
    ["overview", ["Add another way", `${BASE}/enrol`]],
    ["overview, off", ["Turn on", `${BASE}/enrol`]],
  ])("%s leads on to %j", (name, link) => {
    expect(links(draw(view(name))).at(-1)).toEqual(link);
  });

  test.each(["overview", "overview, off", "overview, unconfigured"])(
    "%s signs out everywhere else by a quiet button",
    (name) => {
      const { method, hidden, button, element } = form(draw(view(name)), `${BASE}/sessions/end-others`);
      expect({ method, hidden, button }).toEqual({
        method: "post",
        hidden: {},
        button: "Sign out everywhere else",
      });
      expect(only(element, "button").attributes["class"]).toBe("button quiet");
    },
  );

  test("says once it has signed out everywhere else", () => {
    const notices = find(draw({ ...full, notice: "sessions-ended" }), "p", { class: "notice ok" });
    expect(notices.map(text)).toEqual(["Signed out everywhere else."]);
  });

  test("offers nothing more where nothing can be added or turned on", () => {
    expect(text(draw({ ...full, addable: [] }))).not.toContain("Add another way");
    const unconfigured = draw(view("overview, unconfigured"));
    expect(text(unconfigured)).toContain("Two-factor authentication isn't configured. Ask an administrator.");
    expect(find(unconfigured, "a")).toEqual([]);
  });
});
