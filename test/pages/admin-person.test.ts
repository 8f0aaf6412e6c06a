/** The page of one person: how they stand, what they have, what happened; and only what makes sense to do. */
import { describe, expect, test } from "vitest";
import { english } from "../../src/pages/messages.js";
import { renderPage } from "../../src/pages/render.js";
import type { AdminPersonView, View } from "../../src/pages/views.js";
import { type Element, find, only, parse, text } from "./html.js";
import { ACTS } from "./people-views.js";
import { asset, site, view } from "./views.js";

const PERSON = "/second-factor/admin/users/a%2Fb";
const draw = (shown: View) => parse(renderPage(shown, site, asset));
const hrefs = (root: Element) => find(root, "a").map((a) => [text(a), a.attributes["href"]]);
const part = (of: Element, name: string) => only(of, "section", { "aria-labelledby": name });
const notices = (of: Element, tone: string) => find(of, "p", { class: `notice ${tone}` }).map(text);
const full = view("admin-person") as AdminPersonView;
const bare = view("admin-person, bare") as AdminPersonView;
const page = draw(full);
const facts = (of: Element) => find(only(of, "dl"), "dd").map(text);
const drawWith = (more: Partial<AdminPersonView["person"]>) =>
  draw({ ...bare, person: { ...bare.person, ...more } });

describe("how somebody stands", () => {
  test("is said in words, with what the policy asks and their roles", () => {
    expect(text(only(page, "h1"))).toBe("eve@example.test");
    expect(facts(page)).toEqual(["On Two-factor authentication is on.", "Requires it of them.", "admin"]);
    expect(facts(draw(bare))).toEqual([
      "Off Two-factor authentication is off.",
      "Leaves it to them.",
      "None",
    ]);
  });

  test.each([
    [{ coverage: "must" }, "Must set up They must set it up at their next sign-in."],
    [{ coverage: "grace", until: new Date("2026-12-06") }, "In grace They may put it off until 6 Dec 2026."],
    [{ coverage: "cannot" }, "Can't set up They can't set it up: no way fits."],
  ] as const)("is said for each standing: %o", (more, said) => {
    expect(facts(drawWith(more))[0]).toBe(said);
  });

  test("says first of all that codes are paused or blocked", () => {
    expect(notices(page, "warn")).toEqual(["Codes are paused until 22 Nov 2026, 14:32 UTC."]);
    expect(notices(drawWith({ locked: {} }), "warn")).toEqual([
      "Codes are blocked until somebody unlocks them.",
    ]);
    expect(notices(draw(bare), "warn")).toEqual([]);
  });

  test("names somebody without a name by their id", () => {
    expect(text(only(drawWith({ id: "42", account: "" }), "h1"))).toBe("42");
  });
});

describe("what somebody has", () => {
  test("is each way with where codes go, since when, and when it was last used", () => {
    expect(find(part(page, "ways"), "li").map(text)).toEqual([
      "Authenticator appSet up 22 Nov 2026",
      "E-maile***@example.testSet up 22 Nov 2026Last used 22 Nov 2026, 14:32 UTC",
      "Recovery codes7 of 10 recovery codes left",
      "Text messageNumber on file: +1 ••• ••23, not proven",
    ]);
    expect(text(part(draw(bare), "ways"))).toContain("Nothing is set up.");
  });

  test("is each browser that is remembered, until when", () => {
    expect(find(part(page, "browsers"), "li").map(text)).toEqual([
      "Firefox on WindowsLast used 22 Nov 2026, 14:32 UTC, until 6 Dec 2026",
    ]);
    expect(text(part(draw(bare), "browsers"))).toContain("No browser is remembered.");
  });
});

describe("what can be done", () => {
  const offered = (of: Element) => hrefs(part(of, "actions"));

  test("has a page each, and nothing on this one changes anything", () => {
    expect(offered(page)).toEqual([
      ["Switch off two-factor authentication", `${PERSON}/disable`],
      ["Unlock codes", `${PERSON}/unlock`],
      ["Forget remembered browsers", `${PERSON}/forget-browsers`],
      ["Sign out everywhere", `${PERSON}/end-sessions`],
      ["Fill in a mobile number", `${PERSON}/set-phone`],
      ["Ask for a new password", `${PERSON}/require-password-change`],
      ["Make a temporary password", `${PERSON}/temporary-password`],
      ["Send a reset link", `${PERSON}/reset`],
    ]);
    for (const tag of ["form", "button", "input"]) expect(find(page, tag)).toEqual([]);
  });

  test("is offered only where there is something to do it to", () => {
    const names = (of: Element) => offered(of).map(([, href]) => href?.split("/").at(-1));
    const whenever = ["end-sessions", "set-phone", "require-password-change", "temporary-password", "reset"];
    expect(names(draw(bare))).toEqual(whenever);
    expect(names(drawWith({ factors: ["totp"] }))).toContain("disable");
    expect(names(drawWith({ locked: {} }))).toContain("unlock");
    expect(names(drawWith({ browsers: full.person.browsers }))).toContain("forget-browsers");
    expect(names(draw({ ...full, acts: ["end-sessions"] }))).toEqual(["end-sessions"]);
  });

  test("never switches anything on", () => {
    expect(text(draw(bare))).not.toMatch(/switch on|turn on/i);
  });

  test.each(ACTS)("is said once it is done: %s", (notice) => {
    expect(notices(draw({ ...bare, notice }), "ok")).toEqual([english.person.acts[notice].done]);
  });

  test("is said where there was nothing to do", () => {
    expect(notices(draw({ ...bare, notice: "unchanged" }), "warn")).toEqual(["There was nothing to change."]);
  });
});

describe("what happened", () => {
  test("says what an administrator did, who it was and why", () => {
    expect(find(part(page, "history"), "li").map(text)).toEqual([
      "An administrator switched off two-factor authenticationBy root@example.test. Reason: Lost the phone22 Nov 2026, 14:32 UTC",
      "An administrator changed somethingBy root@example.test. Reason: Lost the phone22 Nov 2026, 14:32 UTC",
    ]);
  });

  test("goes on, on this page", () => {
    const older = "2026-11-22T14%3A00%3A00.000Z";
    expect(hrefs(part(page, "history"))).toEqual([["Older", `${PERSON}?before=${older}#history`]]);
  });

  test("is nothing yet, or is not kept at all", () => {
    expect(text(part(draw({ ...bare, history: { events: [] } }), "history"))).toContain(
      "Nothing has happened yet.",
    );
    expect(find(draw(bare), "section", { "aria-labelledby": "history" })).toEqual([]);
  });
});

test("leads back to everybody", () => {
  expect(hrefs(page)[0]).toEqual(["People", "/second-factor/admin/users"]);
});
