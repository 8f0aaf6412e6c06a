import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { BLOCKS, blocksIn, read } from "./blocks.js";

interface Manifest {
  scripts: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

const { scripts, peerDependencies, peerDependenciesMeta } = JSON.parse(read("package.json")) as Manifest;

const commands = blocksIn("sh").flatMap(({ file, line, text }) =>
  text
    .split("\n")
    .map((command) => command.replace(/\s+#.*$/, ""))
    .filter(Boolean)
    .flatMap((command) => (command.startsWith("node ") ? [command] : command.split(" && ")))
    .map((command) => [`${file}:${line} ${command}`, command] as const),
);

describe("every command", () => {
  test.each(commands)("%s", (_where, command) => check(command));
});

test("a block is TypeScript, a command, or an exchange over HTTP: each of them is tested", () => {
  const languages = new Set(BLOCKS.map(({ language }) => language));
  expect([...languages].sort()).toEqual(["http", "sh", "ts"]);
});

function check(command: string): void {
  const [tool, ...rest] = command.split(" ");
  if (command === "npm ci" || command === "npm test") return;
  if (tool === "npm" && rest[0] === "run") return expect(Object.keys(scripts)).toContain(rest[1]);
  if (tool === "npm" && rest[0] === "install") return checkInstall(rest.slice(1));
  if (tool === "node") return checkKey(command);
  throw new Error(`nothing tests this command: ${command}`);
}

/** What our peers are, or the types of them. */
function checkInstall(words: readonly string[]): void {
  const isTypes = words[0] === "--save-dev";
  const names = (isTypes ? words.slice(1) : words).map((word) => word.replace(/(?<=.)@.*$/, "")).sort();
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  if (!isTypes) return expect(names).toEqual([...peers, "passport-second-factor"].sort());
  // Mongoose brings its own.
  expect(names).toEqual(
    peers
      .filter((name) => name !== "mongoose")
      .map((name) => `@types/${name}`)
      .sort(),
  );
}

function checkKey(command: string): void {
  const script = /^node -e "(.*)"$/.exec(command)?.[1] ?? "";
  const [name, secret = ""] = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })
    .trim()
    .split("=");
  expect(name).toBe("SECOND_FACTOR_KEY");
  expect(Buffer.from(secret, "base64url")).toHaveLength(32);
}
