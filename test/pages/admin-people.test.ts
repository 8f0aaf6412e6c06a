/** The list of people: everybody with how they stand; what is searched for stays while one looks on. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { AdminPeopleView, View } from "../../src/pages/views.js";
import { type Element, find, only, parse, sent, text } from "./html.js";
import { asset, site, view } from "./views.js";

const LIST = "/second-factor/admin/users";
const draw = (shown: View) => parse(renderPage(shown, site, asset));
const hrefs = (root: Element) => find(root, "a").map((a) => [text(a), a.attributes["href"]]);
const plain = view("admin-people") as AdminPeopleView;
const searched = view("admin-people, searched") as AdminPeopleView;
const page = draw(plain);

describe("the table", () => {
  test("has a row a person, which leads to their page", () => {
    const links = hrefs(only(page, "tbody"));
    expect(links).toHaveLength(5);
    expect(links[0]).toEqual(["ada@example.test", `${LIST}/id%20of%20ada%40example.test%200`]);
    expect(find(page, "th", { scope: "row" })).toHaveLength(5);
  });

  test("says in words how each stands, what they have, who they are", () => {
    const rows = find(only(page, "tbody"), "tr").map((row) => find(row, "td").map(text));
    const none = ["WaysNone", "RolesNone"];
    expect(rows).toEqual([
      ["StatusOn ", "WaysAuthenticator app, Text message", "Rolesadmin, clerk"],
      ["StatusOff LockedCodes are paused until 22 Nov 2026, 14:32 UTC.", ...none],
      ["StatusMust set up LockedCodes are blocked until somebody unlocks them.", ...none],
      ["StatusIn grace They may put it off until 6 Dec 2026.", ...none],
      ["StatusCan't set up ", ...none],
    ]);
    expect(find(only(page, "thead"), "th").map(text)).toEqual(["Person", "Status", "Ways", "Roles"]);
  });

  test("says what it shows", () => {
    expect(text(only(page, "caption"))).toBe("Everybody");
    expect(text(only(draw(searched), "caption"))).toBe("Locked, matching ada & co");
    expect(text(only(draw({ ...plain, filter: "in-grace" }), "caption"))).toBe("In grace");
  });

  test("is not there where nobody is to be shown", () => {
    const nobody = draw(view("admin-people, nobody"));
    expect(find(nobody, "table")).toEqual([]);
    expect(text(nobody)).toContain("Nobody was found.");
    const yet = draw(view("admin-people, nobody yet"));
    expect(text(yet)).toContain("Nobody so far. Look further with Next.");
    expect(hrefs(yet)).toContainEqual(["Next", `${LIST}?cursor=a%2Fb`]);
  });

  test("names somebody without a name by their id", () => {
    const [first] = plain.people;
    const nameless = first ? [{ ...first, id: "42", account: "" }] : [];
    expect(hrefs(only(draw({ ...plain, people: nameless }), "tbody"))).toEqual([["42", `${LIST}/42`]]);
  });
});

describe("searching", () => {
  const searchIn = (of: Element) => only(only(of, "search"), "form");

  test("is a plain form that sends what is looked for, and changes nothing", () => {
    expect(searchIn(page).attributes).toMatchObject({ method: "get", action: LIST });
    expect(sent(searchIn(page))).toEqual({ q: "" });
    expect(text(only(searchIn(page), "button"))).toBe("Search");
  });

  test("keeps the filter, and what was typed", () => {
    expect(sent(searchIn(draw(searched)))).toEqual({ filter: "locked", q: "ada & co" });
  });

  test("filters by a link each, with how many there are", () => {
    const filters = only(page, "nav", { "aria-label": "Show" });
    expect(hrefs(filters)).toEqual([
      ["Everybody 5", LIST],
      ["Not set up 4", `${LIST}?filter=not-set-up`],
      ["Must set up 2", `${LIST}?filter=must-set-up`],
      ["In grace 1", `${LIST}?filter=in-grace`],
      ["Locked 2", `${LIST}?filter=locked`],
    ]);
    expect(text(only(filters, "a", { "aria-current": "true" }))).toBe("Everybody 5");
  });

  test("keeps what was searched for, from filter to filter and from page to page, and says where counting stopped", () => {
    const drawn = draw(searched);
    const filters = only(drawn, "nav", { "aria-label": "Show" });
    expect(hrefs(filters).slice(0, 2)).toEqual([
      ["Everybody 5000+", `${LIST}?q=ada+%26+co`],
      ["Not set up 4+", `${LIST}?q=ada+%26+co&filter=not-set-up`],
    ]);
    expect(text(only(filters, "a", { "aria-current": "true" }))).toBe("Locked 2+");
    expect(hrefs(drawn)).toContainEqual(["Next", `${LIST}?q=ada+%26+co&filter=locked&cursor=a%2Fb`]);
    expect(hrefs(page).map(([name]) => name)).not.toContain("Next");
  });
});

test("leads to the policy where there is one to change", () => {
  const policy = ["Two-factor policy", "/second-factor/admin/policy"];
  expect(hrefs(page)[0]).toEqual(policy);
  expect(hrefs(draw(view("admin-people, nobody")))).not.toContainEqual(policy);
});
