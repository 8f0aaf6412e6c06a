// What a reader by ear, or by keyboard, would stumble over on a page.
import type { Page } from "playwright-core";

/** Runs in the page, hence as text: the tests' own types know no document. */
const FIND = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const text = (element) => (element?.textContent ?? "").trim();
  const show = (element) => element.outerHTML.slice(0, 120);
  const byId = (list) => (list ?? "").split(/\\s+/).filter(Boolean).map((id) => document.getElementById(id));
  const named = (element) => (element.getAttribute("aria-label") ?? "").trim() || text(element);
  const faults = [];
  const check = (ok, fault) => ok || faults.push(fault);

  check(all("h1").length === 1, all("h1").length + " first headings");
  check(all("main").length === 1, all("main").length + " main parts");
  check(document.title.startsWith("Error: ") ? document.title.length > 7 : document.title.trim() !== "", "no title");
  check(document.title.includes(text(document.querySelector("h1"))), "the title does not name the page");
  check(document.documentElement.lang !== "", "no language");

  for (const field of all("input:not([type=hidden]), select, textarea")) {
    check([...(field.labels ?? [])].some(text), "no label: " + show(field));
    const described = byId(field.getAttribute("aria-describedby"));
    check(described.every(text), "described by nothing: " + show(field));
    check(field.getAttribute("aria-invalid") !== "true" || described.length > 0, "an unexplained error: " + show(field));
  }
  for (const control of all("a, button, summary")) check(named(control), "no name: " + show(control));
  for (const link of all("a")) check(link.hasAttribute("href"), "leads nowhere: " + show(link));
  for (const picture of all("img")) check(picture.hasAttribute("alt"), "no words: " + show(picture));
  for (const drawing of all("svg")) {
    check(drawing.getAttribute("aria-hidden") === "true" || named(drawing), "no words: " + show(drawing));
  }
  for (const element of all("[tabindex]")) check(element.tabIndex <= 0, "own tab order: " + show(element));
  const ids = all("[id]").map((element) => element.id);
  check(new Set(ids).size === ids.length, "an id twice");
  check(all("[autofocus]").length <= 1, "two want the focus");
  const levels = all("h1, h2, h3").map((heading) => Number(heading.tagName[1]));
  check(levels.every((level, at) => level <= (levels[at - 1] ?? 0) + 1), "a heading level left out");
  return faults;
})()`;

export async function faultsOf(page: Page): Promise<string[]> {
  const faults = await page.evaluate<string[]>(FIND);
  return faults.map((fault) => `${page.url()}: ${fault}`);
}
