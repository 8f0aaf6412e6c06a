// The linter's rules that keep the layers apart: one file that offends and one that does not, for each folder.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Folder → what its files may import, and what they may not. */
const RULES: Record<string, { may: string[]; mayNot: string[] }> = {
  core: {
    may: ["./model.js", "../errors.js", "node:crypto"],
    mayNot: [
      "express",
      "mongoose",
      "otplib",
      "node:fs",
      "../express/route.js",
      "../index.js",
      "../stores/state.js",
    ],
  },
  factors: {
    may: ["./digits.js", "../core/model.js", "../errors.js", "otplib"],
    mayNot: [
      "express",
      "passport",
      "mongoose",
      "../pages/qr.js",
      "../stores/state.js",
      "../express/route.js",
    ],
  },
  delivery: {
    may: ["../core/model.js", "nodemailer", "twilio"],
    mayNot: ["express", "passport", "../pages/qr.js", "../factors/totp.js"],
  },
  stores: {
    may: ["./state.js", "../core/store.js", "mongoose"],
    mayNot: ["express", "passport", "../pages/qr.js", "../factors/totp.js", "../second-factor.js"],
  },
  passport: {
    may: ["../core/challenge.js", "passport", "express"],
    mayNot: [
      "mongoose",
      "../express/route.js",
      "../stores/state.js",
      "../second-factor.js",
      "../pages/qr.js",
    ],
  },
  pages: {
    may: ["./views.js", "preact"],
    mayNot: ["express", "passport", "mongoose", "../express/route.js", "../core/policy.js", "../index.js"],
  },
  express: {
    may: ["../core/policy.js", "../passport/strategy.js", "../pages/render.js", "express", "zod"],
    mayNot: [
      "mongoose",
      "../second-factor.js",
      "../index.js",
      "../stores/memory-store.js",
      "../factors/totp.js",
    ],
  },
  account: {
    may: ["./account.js", "../express/route.js", "../pages/views.js", "../core/store.js", "express"],
    mayNot: [
      "mongoose",
      "passport",
      "../second-factor.js",
      "../index.js",
      "../stores/state.js",
      "../factors/totp.js",
    ],
  },
  cli: {
    may: ["./text.js", "node:fs/promises", "node:util"],
    mayNot: ["express", "mongoose", "../stores/memory-store.js", "../index.js", "../core/policy.js"],
  },
  testing: {
    may: ["../core/clock.js", "otplib"],
    mayNot: ["express", "mongoose", "../second-factor.js", "../stores/memory-store.js"],
  },
};

const cases = Object.entries(RULES).flatMap(([folder, { may, mayNot }]) => [
  ...may.map((name) => ({ folder, name, allowed: true })),
  ...mayNot.map((name) => ({ folder, name, allowed: false })),
]);

interface Diagnostic {
  category: string;
  location: { path: string; start: { line: number } };
}

let folder: string;
let diagnostics: Diagnostic[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "import-directions-"));
  await cp(join(ROOT, "biome.json"), join(folder, "biome.json"));
  for (const name of Object.keys(RULES)) await write(`src/${name}/offender.ts`, offender(name));
  await write("src/pages/dynamic.ts", 'export const load = () => import("../express/route.js");\n');
  await write(
    "src/pages/types.ts",
    'import type { Policy } from "../core/policy.js";\nexport type P = Policy;\n',
  );
  await write("src/one.ts", 'import { two } from "./two.js";\nexport const one = () => two;\n');
  await write("src/two.ts", 'import { one } from "./one.js";\nexport const two = () => one;\n');
  diagnostics = await lint();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A line for each case, in its order. */
const offender = (name: string) =>
  cases
    .filter((it) => it.folder === name)
    .map((it, at) => `import { imported as x${at} } from "${it.name}";\nexport { x${at} };\n`)
    .join("");

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function lint(): Promise<Diagnostic[]> {
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const flags = ["lint", "--vcs-enabled=false", "--reporter=json", "--max-diagnostics=none", "."];
  const run = promisify(execFile)(process.execPath, [biome, ...flags], { cwd: folder, maxBuffer: 2 ** 24 });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}

const found = (path: string, rule: string) =>
  diagnostics.filter((it) => it.location.path === path && it.category === rule);

const refusedAt = (path: string, line: number) =>
  found(path, "lint/style/noRestrictedImports").some((it) => it.location.start.line === line);

describe("what a layer may import", () => {
  test.each(cases)("$folder, $name: $allowed", ({ folder: layer, name, allowed }) => {
    const line = 1 + 2 * cases.filter((it) => it.folder === layer).findIndex((it) => it.name === name);
    expect(refusedAt(`src/${layer}/offender.ts`, line)).toBe(!allowed);
  });

  test("import() is an import", () => expect(refusedAt("src/pages/dynamic.ts", 1)).toBe(true));

  test("pages take types from the core", () => expect(refusedAt("src/pages/types.ts", 1)).toBe(false));

  test("no circles", () => {
    expect(found("src/one.ts", "lint/suspicious/noImportCycles")).not.toEqual([]);
  });
});
