// The security history: what happened in words, when and from where, and what to do about it.
import { expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { View } from "../../src/pages/views.js";
import { find, only, parse, text } from "./html.js";
import { asset, site, view } from "./views.js";

const draw = (shown: View) => parse(renderPage(shown, site, asset));

test("says what happened, each in words of its own", () => {
  const page = draw(view("history"));
  expect(find(page, "p", { class: "row-title" }).map(text)).toEqual([
    "Signed in with authenticator app",
    "Signed in",
    "Signed out",
    "A wrong code was entered",
    "Codes were switched off",
    "Codes were paused",
    "Added: text message",
    "Removed: e-mail",
    "A recovery code was used, 1 is left",
    "New recovery codes were made",
    "A browser was remembered",
    "A remembered browser was forgotten",
    "Confirmed with authenticator app",
    "A session ended",
    "Signed out everywhere else",
    "An administrator switched off two-factor authentication",
    "An administrator unlocked codes",
    "An administrator forgot the remembered browsers",
    "An administrator ended every session",
    "An administrator filled in a mobile number",
    "of a newer version",
  ]);
});

test("with when and from where, a way to act, and the page before", () => {
  const page = draw(view("history"));
  expect(text(find(page, "p", { class: "row-note" })[0]!)).toContain(
    "Firefox on Windows, 22 Nov 2026, 14:32 UTC",
  );
  const links = find(page, "a").map(({ attributes }) => attributes["href"]);
  expect(links).toContain("/second-factor");
  expect(links).toContain("/second-factor/events?before=2026-11-22T14%3A00%3A00.000Z");
});

test("with who did it and why, where it was an administrator", () => {
  const notes = find(draw(view("history")), "p", { class: "row-note" }).map(text);
  const because = notes.filter((note) => note.includes("Reason"));
  expect(because).toEqual(Array(5).fill("By root@example.test. Reason: Lost the phone"));
});

test("nothing yet: says so", () => {
  expect(text(only(draw(view("history, nothing")), "p", { id: "lead" }))).toBe("Nothing has happened yet.");
});
