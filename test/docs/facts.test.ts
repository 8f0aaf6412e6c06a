// Tables, quoted messages and links of the documentation, held against the package.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSecondFactor, type ErrorCode, type SecondFactorOptions, STATUS } from "passport-second-factor";
import { describe, expect, test } from "vitest";
import { PAGES, ROOT, read } from "./blocks.js";

const readme = read("README.md");

/** The first cells of a table's rows, and the others, below a heading. */
function tableUnder(heading: string): string[][] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => /^\| (?!-)/.test(line));
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const inCode = (cell: string | undefined) => /^`(.*)`$/.exec(cell ?? "")?.[1];

/** The sources, with texts that are broken over lines put together again. */
const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(ROOT, "src", name), "utf8"))
  .join("\n")
  .replace(/["'`]\s*\+\s*["'`]/g, "")
  .replaceAll(/\$\{ROOT\}/g, "secondFactor")
  .replaceAll("\\`", "`");

describe("the table of codes", () => {
  const rows = tableUnder("JSON clients and single-page apps").slice(1);

  test("names the status that each code has", () => {
    const documented = Object.fromEntries(rows.map(([code, status]) => [inCode(code), Number(status)]));
    expect(STATUS).toMatchObject(documented);
  });

  test("has every code that this version answers with", () => {
    const documented = new Set(rows.map(([code]) => inCode(code)));
    const answered = (Object.keys(STATUS) as ErrorCode[]).filter(
      (code) => code !== "misconfigured" && new RegExp(`(?<!\\w)"${code}"`).test(sources),
    );
    expect(answered.filter((code) => !documented.has(code))).toEqual([]);
  });
});

test("the table of options has every option and no other", () => {
  const rows = tableUnder("Options")
    .slice(1)
    .map(([option]) => inCode(option));
  let message = "";
  try {
    createSecondFactor({ nonsense: true } as unknown as SecondFactorOptions);
  } catch (error) {
    message = (error as Error).message;
  }
  const known = (message.split("there are ")[1] ?? "").split(", ");
  expect(known.length).toBeGreaterThan(5);
  expect([...rows].sort()).toEqual([...known].sort());
});

describe("troubleshooting quotes messages that exist", () => {
  const quoted = tableUnder("Troubleshooting")
    .slice(1)
    .flatMap(([cell]) => inCode(cell) ?? []);
  test("there are some", () => expect(quoted.length).toBeGreaterThan(8));
  test.each(quoted)("%s", (message) => expect(sources).toContain(message));
});

describe("links and pictures lead somewhere", () => {
  const links = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)]
      .map((match) => match[1] ?? match[2] ?? "")
      .filter((link) => !link.startsWith("https:"))
      .map((link) => [page, link] as const),
  );
  test.each(links)("%s: %s", (page, link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, target)), target).toBe(true);
    if (anchor) expect(anchorsOf(target)).toContain(anchor);
  });
});

/** As GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
