/** The two files pages load: colours that can be read (WCAG 2.2, 1.4.3 and 1.4.11), nothing fetched from elsewhere. */
import { describe, expect, test } from "vitest";
import { SCRIPT } from "../../src/pages/script.js";
import { STYLE } from "../../src/pages/style.js";

const [light = "", dark = ""] = [...STYLE.matchAll(/:root\{(?:color-scheme:light dark;)?(--[^}]+)\}/g)].map(
  ([, colours]) => colours,
);

const PAIRS: [front: string, back: string, least: number][] = [
  ["text", "card", 4.5],
  ["text", "page", 4.5],
  ["muted", "card", 4.5],
  ["muted", "page", 4.5],
  ["accent", "card", 4.5],
  ["on-accent", "accent", 4.5],
  ["on-danger", "danger", 4.5],
  ["danger", "danger-bg", 4.5],
  ["ok", "ok-bg", 4.5],
  ["warn", "warn-bg", 4.5],
  ["field", "card", 3],
  ["danger", "card", 3],
  ["accent", "page", 3],
];

describe.each([
  ["light", light],
  ["dark", dark],
])("in %s", (_, palette) => {
  test.each(PAIRS)("%s stands out on %s", (front, back, least) => {
    expect(contrast(colour(palette, front), colour(palette, back))).toBeGreaterThanOrEqual(least);
  });
});

function colour(palette: string, name: string): string {
  const hex = palette.match(new RegExp(`--sf-${name}:#([0-9a-f]+)`))?.[1];
  if (!hex) throw new Error(`no colour ${name}`);
  return hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

test("the style sheet fetches nothing and uses only colours it names", () => {
  expect(STYLE).not.toMatch(/@import|url\(/);
  const named = new Set(STYLE.match(/--sf-[a-z-]+(?=:)/g));
  for (const [, used = ""] of STYLE.matchAll(/var\((--sf-[a-z-]+)\)/g)) expect(named).toContain(used);
});

test("the script is one a browser takes, sends nothing and writes no markup", () => {
  expect(() => new Function(SCRIPT)).not.toThrow();
  expect(SCRIPT).not.toMatch(/\bfetch\b|XMLHttpRequest|innerHTML|\beval\b|\.style\b/);
});
