// What a policy means, in a terminal and as CSV.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { report } from "../../src/cli/report.js";
import type { SecondFactorOptions } from "../../src/index.js";
import { memorySettings } from "../../src/stores/settings-store.js";
import { appOf, fakeTerminal } from "./fake-terminal.js";

const USERS = [
  { id: "7", email: "tom@acme.test", roles: ["admin"] },
  { id: "8", email: "=ada@acme.test" },
];

async function said(
  { csv, policy, users = USERS }: { csv?: boolean; policy?: unknown; users?: typeof USERS },
  options: Partial<SecondFactorOptions> = {},
) {
  const cwd = await mkdtemp(join(tmpdir(), "second-factor-report-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const text = typeof policy === "string" ? policy : JSON.stringify(policy);
  if (policy !== undefined) await writeFile(join(cwd, "p.json"), text);
  const terminal = fakeTerminal({ cwd });
  const path = policy === undefined ? {} : { policy: "p.json" };
  await report(terminal, appOf(users, options).secondFactor, {
    name: "report",
    ...path,
    ...(csv ? { csv } : {}),
  });
  return terminal.out();
}

test("the policy that holds, and who is affected", async () => {
  expect(await said({})).toBe(
    [
      "People       2",
      "Covered      0",
      "Must set up  1",
      "Can't        0",
      "Not asked    1",
      "",
      "tom@acme.test (7): must set up",
      "",
    ].join("\n"),
  );
});

test("another one, from a file", async () => {
  expect(await said({ policy: { organisation: "required" } })).toContain("Must set up  2\n");
  expect(await said({ policy: {} })).not.toContain("tom@acme.test");
});

test("of another one, pinned parts stay as the code says", async () => {
  const pinned = { settings: memorySettings(), pinned: ["roles"] } satisfies Partial<SecondFactorOptions>;
  expect(await said({ policy: {} }, pinned)).toContain("tom@acme.test (7): must set up");
});

test("as CSV, where no cell is a formula", async () => {
  expect(await said({ csv: true, policy: { organisation: "required" } })).toBe(
    'id,account,outcome,why\r\n"7","tom@acme.test","must",""\r\n"8","\'=ada@acme.test","must",""\r\n',
  );
});

test("of many the first are named, and CSV has them all", async () => {
  const users = Array.from({ length: 60 }, (_, i) => ({
    id: `${i}`,
    email: `u${i}@acme.test`,
    roles: ["admin"],
  }));
  expect(await said({ users })).toContain("\n… the first 50; --csv has them all.\n");
  expect((await said({ users, csv: true })).split("\r\n")).toHaveLength(62);
});

test.each([
  ["no JSON", "{", { message: expect.stringContaining("p.json is no policy") }],
  ["no policy", "[]", { code: "invalid_input" }],
  [
    "an unknown mode",
    { organisation: "must" },
    { code: "invalid_input", errors: [{ field: "organisation" }] },
  ],
])("%s is refused", async (_, policy, error) => {
  await expect(said({ policy })).rejects.toMatchObject(error);
  await expect(said({ policy, csv: true })).rejects.toMatchObject(error);
});
