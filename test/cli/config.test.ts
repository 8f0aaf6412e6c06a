// The app's own set-up: which file it is, what it may export, and what is said where it does not.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openConfig } from "../../src/cli/config.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "second-factor-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is used of what createSecondFactor returned. */
const SECOND_FACTOR = "const secondFactor = { admin: { rotateKeys() {} }, settled() {}, mark: 7 };";

/** Opens what this text exports, in a file of its own. */
async function opened(
  text: string,
  { name = "second-factor.config.mjs", given = undefined as string | undefined } = {},
) {
  await writeFile(join(folder, name), `${SECOND_FACTOR}\n${text}\n`);
  return openConfig(given, folder);
}

const marked = { secondFactor: { mark: 7 } };

describe("what it may export", () => {
  test.each([
    ["the second factor", "export default secondFactor;"],
    ["a function that returns it", "export default () => secondFactor;"],
    ["one that promises it", "export default async () => secondFactor;"],
    ["an object with it", "export default { secondFactor };"],
    ["what a compiler made of CommonJS", "export default { default: () => ({ secondFactor }) };"],
  ])("%s", async (_, text) => {
    expect(await opened(text)).toMatchObject(marked);
  });

  test("close is called as it was given", async () => {
    const { close } = await opened("export default { secondFactor, close: async () => 'closed' };");
    expect(await close?.()).toBe("closed");
  });

  test.each([
    ["nothing", ""],
    ["a function that returns nothing", "export default () => {};"],
    ["options", 'export default { issuer: "Acme" };'],
    ["null", "export default null;"],
    ["a close that is none", "export default { secondFactor, close: 7 };"],
  ])("%s is refused, with what to write", async (_, text) => {
    const opening = opened(text);
    await expect(opening).rejects.toThrow("should export what createSecondFactor returned");
    await expect(opening).rejects.toThrow("return { secondFactor, close: () => mongoose.disconnect() };");
  });

  test.each([
    ["reading it", 'throw new Error("no such setting");', "could not be read"],
    ["its function", 'export default () => { throw new Error("no such setting"); };', "function of"],
  ])("what breaks in %s is said, with where", async (_, text, what) => {
    const opening = opened(text);
    await expect(opening).rejects.toThrow(what);
    await expect(opening).rejects.toThrow(/Error: no such setting\n +at .*second-factor\.config\.mjs/);
  });
});

describe("which file it is", () => {
  test("the first of the usual names", async () => {
    await writeFile(join(folder, "second-factor.config.ts"), "export default 7;");
    expect(await opened("export default secondFactor;")).toMatchObject(marked);
  });

  test("or the one that is named", async () => {
    await writeFile(join(folder, "second-factor.config.mjs"), "export default 7;");
    const named = { name: "other.mjs", given: "other.mjs" };
    expect(await opened("export default secondFactor;", named)).toMatchObject(marked);
  });

  test("none is a mistake, and so is one that is not there", async () => {
    await expect(openConfig(undefined, folder)).rejects.toThrow(
      /none of second-factor\.config\.js, second-factor\.config\.mjs, second-factor\.config\.ts[\s\S]*export default/,
    );
    await expect(openConfig("other.mjs", folder)).rejects.toThrow(
      `there is no file ${join(folder, "other.mjs")}`,
    );
  });
});
