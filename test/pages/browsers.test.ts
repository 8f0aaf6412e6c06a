/** The list of remembered browsers: which, until when, and how each is forgotten. */
import { expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { BrowsersView, View } from "../../src/pages/views.js";
import { type Element, find, form, only, parse, text } from "./html.js";
import { asset, site, view } from "./views.js";

const BASE = "/second-factor";
const draw = (shown: View) => parse(renderPage(shown, site, asset));
const lead = (page: Element) => text(only(page, "p", { id: "lead" }));
const notices = (page: Element) => find(page, "p", { class: "notice ok" }).map(text);

const shown = view("browsers") as BrowsersView;
const named = { ...shown, browsers: shown.browsers.map((each) => ({ ...each, name: "Firefox on Windows" })) };
const page = draw(named);

test("names each browser and this one, with when it was last used and until when it counts", () => {
  expect(text(only(page, "h1"))).toBe("Remembered browsers");
  expect(lead(page)).toBe("They skip the code until the date shown.");
  expect(find(only(page, "ul"), "div", { class: "row-text" }).map(text)).toEqual([
    "Firefox on Windows (this browser)Last used 22 Nov 2026, 14:32 UTC, until 20 Feb 2027",
    "Firefox on WindowsLast used 22 Nov 2026, 14:32 UTC, until 20 Feb 2027",
  ]);
});

test("leaves both times to the script, one as a time and one as a day", () => {
  const times = find(page, "time").slice(0, 2);
  expect(times.map(({ attributes }) => [attributes["datetime"], attributes["data-sf-local"]])).toEqual([
    ["2026-11-22T14:32:00.000Z", "time"],
    ["2027-02-20T14:32:00.000Z", "date"],
  ]);
});

test("forgets one by a button that names it, or all by another", () => {
  const { element, button } = form(page, `${BASE}/browsers/b2/forget`);
  expect(button).toBe("Forget");
  expect(only(element, "button").attributes["aria-label"]).toBe("Forget Firefox on Windows");
  expect(form(page, `${BASE}/browsers/forget-all`)).toMatchObject({ method: "post", button: "Forget all" });
});

test("keeps an id inside its path", () => {
  const [first] = named.browsers;
  const odd = draw({ page: "browsers", browsers: first ? [{ ...first, id: "../a?b" }] : [] });
  expect(form(odd, `${BASE}/browsers/..%2Fa%3Fb/forget`).button).toBe("Forget");
});

test("says what has just happened, and nothing where nothing has", () => {
  const { notice: _, ...quiet } = named;
  expect(notices(page)).toEqual(["Forgotten. It will be asked for a code."]);
  expect(notices(draw(view("browsers, none")))).toEqual([
    "Forgotten. Every browser will be asked for a code.",
  ]);
  expect(notices(draw(quiet))).toEqual([]);
});

test("with none left it says so, offers nothing to forget, and leads back", () => {
  const none = draw(view("browsers, none"));
  expect(lead(none)).toBe("No browser is remembered.");
  expect(find(none, "form")).toEqual([]);
  expect(find(none, "ul")).toEqual([]);
  for (const each of [none, page]) {
    const link = only(each, "a");
    expect([text(link), link.attributes["href"]]).toEqual(["Back to your settings", BASE]);
  }
});
