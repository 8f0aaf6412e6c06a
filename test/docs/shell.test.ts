import { execFileSync } from "node:child_process";
import { describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../cli/command.js";
import { BLOCKS, blocksIn, ROOT, read } from "./blocks.js";

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
  test.each(commands)("%s", (_where, command) => check(command), 60_000);
});

test("a block is TypeScript, a command, or an exchange over HTTP: each of them is tested", () => {
  const languages = new Set(BLOCKS.map(({ language }) => language));
  expect([...languages].sort()).toEqual(["http", "sh", "ts"]);
});

function check(command: string): void | Promise<void> {
  const [tool, ...rest] = command.split(" ");
  if (command === "npm ci" || command === "npm test") return;
  if (tool === "npm" && rest[0] === "run") return expect(Object.keys(scripts)).toContain(rest[1]);
  if (tool === "npm" && rest[0] === "install") return checkInstall(rest.slice(1));
  if (tool === "node") return checkKey(command);
  if (tool === "npx" && rest[0] === "passport-second-factor") return checkCommandLine(command);
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

/** An app of one person, Tom, who has an authenticator app. */
const SET_UP = `
import { createSecondFactor, memoryStore, totp } from ${JSON.stringify(`${ROOT}src/index.ts`)};

const tom = { id: "1", email: "tom@acme.test" };
const secondFactor = createSecondFactor({
  issuer: "Acme",
  origins: ["https://acme.test"],
  keys: JSON.parse(process.env.KEYS),
  store: memoryStore([tom]),
  factors: [totp()],
});
export default async () => {
  await secondFactor.importTotp(tom, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
  return secondFactor;
};
`;

/** Runs it; nobody is there to be asked. */
async function checkCommandLine(command: string): Promise<void> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  const args = words.slice(2);
  const isAct = args[0] === "disable" || args[0] === "unlock";
  const folder = await newFolder(SET_UP);
  onTestFinished(folder.remove);
  await folder.write("policy.json", '{ "organisation": "required" }');
  const { code, out, err } = await folder.run([...args, ...(isAct ? ["--yes"] : [])]);
  expect([code, err.includes("Stopped")]).toEqual([0, false]);
  expect(out).not.toBe("");
}
