/** What holds for every page, whatever it shows. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import { type Element, elements, find, only, parse, text } from "./html.js";
import { asset, everyView, site } from "./views.js";

const HOSTILE = [
  "<script>alert(1)</script>",
  `"'><img src=x onerror=alert(1)>`,
  "' onfocus='alert(1)",
  "</title></textarea><!--",
  "\u202eDLROW\u2069 \u200f!",
  "&lt;b&gt; &amp;",
];

const draw = (view: Parameters<typeof renderPage>[0], on = site) => parse(renderPage(view, on, asset));

describe.each(everyView())("%s", (name, view) => {
  const page = draw(view, { ...site, support: "Ada", outboxUrl: "/outbox" });

  test("is one document with a language, a title that begins with its heading, and one main landmark", () => {
    const heading = text(only(page, "h1"));
    const prefix = name.endsWith("wrong") ? "Error: " : "";
    expect(text(only(page, "title"))).toBe(`${prefix}${heading}, Acme`);
    expect(only(page, "html").attributes).toMatchObject({ lang: "en", dir: "ltr" });
    expect(find(only(page, "main"), "h1")).toHaveLength(1);
  });

  test("has no inline script, style or handler, and loads only the two files", () => {
    for (const { attributes, tag } of elements(page)) {
      expect(Object.keys(attributes).filter((each) => each === "style" || each.startsWith("on"))).toEqual([]);
      expect(tag).not.toBe("style");
    }
    const script = only(page, "script");
    expect(script.attributes["src"]).toBe(asset.scriptUrl);
    expect(text(script)).toBe("");
    expect(only(page, "link", { rel: "stylesheet" }).attributes["href"]).toBe(asset.styleUrl);
  });

  test("labels every field, names every button and link, and uses each id once", () => {
    const ids = elements(page).flatMap(({ attributes }) => attributes["id"] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const fields = [...find(page, "input"), ...find(page, "select")];
    for (const each of fields.filter((field) => field.attributes["type"] !== "hidden"))
      expect(text(only(page, "label", { for: each.attributes["id"] ?? "" }))).not.toBe("");
    for (const each of [...find(page, "button"), ...find(page, "a")])
      expect(each.attributes["aria-label"] ?? text(each)).not.toBe("");
    for (const id of describedBy(page)) expect(ids).toContain(id);
  });

  test("starts with nothing disabled or hidden, and every form posts below the base, unless it searches", () => {
    for (const { attributes } of elements(page)) {
      expect(attributes).not.toHaveProperty("disabled");
      expect(attributes).not.toHaveProperty("hidden");
    }
    const searches = find(page, "search").flatMap((search) => find(search, "form"));
    for (const form of find(page, "form")) {
      expect(form.attributes["method"]).toBe(searches.includes(form) ? "get" : "post");
      expect(form.attributes["action"]).toMatch(/^\/second-factor\//);
    }
  });

  test("says nothing a person would have to look up", () => {
    expect(text(page)).not.toMatch(/\b(token|otp|totp|device|invalid)\b/i);
  });

  test("links to the kept messages in test mode only", () => {
    expect(text(only(page, "aside"))).toBe("Nothing is sent. Open the outbox.");
    expect(find(draw(view), "aside")).toEqual([]);
  });
});

const describedBy = (page: Element) =>
  elements(page).flatMap(({ attributes }) => attributes["aria-describedby"]?.split(" ") ?? []);

describe.each(HOSTILE)("a name like %s", (hostile) => {
  const from = { issuer: hostile, support: hostile, logoUrl: hostile, outboxUrl: hostile, loginUrl: hostile };

  test.each(everyView(hostile))("stays text on %s", (name, view) => {
    const page = draw(view, { ...site, ...from });
    const plain = draw(everyView().find(([each]) => each === name)?.[1] ?? view, {
      ...site,
      ...from,
      issuer: "A",
    });
    expect(skeleton(page)).toEqual(skeleton(plain));
    expect(text(only(page, "title")).endsWith(`, ${hostile}`)).toBe(true);
    expect(only(page, "img").attributes).toMatchObject({ src: hostile, alt: hostile });
  });

  test.each(everyView(hostile))("cannot turn the text around it on %s", (_, view) => {
    const page = draw(view, { ...site, issuer: hostile, support: hostile });
    if (view.page === "problem") return; // Its words are ours, none come from outside.
    expect(unisolated(only(page, "body"))).not.toContain(hostile);
  });
});

/** Tags and attribute names: what a name from outside must not change. */
const skeleton = (page: Element) =>
  elements(page).map(({ tag, attributes }) => `${tag} ${Object.keys(attributes).join(" ")}`);

const unisolated = (node: Element | string): string =>
  typeof node === "string" ? node : node.tag === "bdi" ? "" : node.children.map(unisolated).join("");
