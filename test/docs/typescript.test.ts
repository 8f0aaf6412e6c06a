import ts from "typescript";
import { describe, expect, test } from "vitest";
import { type Block, blocksIn, filesIn, ROOT, read } from "./blocks.js";

const FOLDER = `${ROOT}test/docs/`;
const PRELUDE = [...read("test/docs/prelude.ts").matchAll(/^export declare \w+ (\w+)/gm)].map(
  ([, name]) => name ?? "",
);
const REEXPORTED = [
  "BlockList",
  "Request",
  "passport",
  "AuthenticateOptions",
  "createSecondFactor",
  "Key",
  "Policy",
];

const blocks = blocksIn("ts").map((block, at) => ({ block, ...sourceOf(block, at) }));
const problems = typeCheck(new Map(blocks.map(({ path, source }) => [path, source])));

describe("every TypeScript block compiles against the package", () => {
  test("there are some", () => expect(blocks.length).toBeGreaterThan(10));

  test.each(blocks.map(({ block, path }) => [`${block.file}:${block.line}`, path]))("%s", (_where, path) => {
    expect(problems.get(path) ?? []).toEqual([]);
  });

  test("and a mistake in one would be seen", () => {
    const path = `${FOLDER}mistake.ts`;
    const wrong =
      'import { createSecondFactor } from "passport-second-factor";\ncreateSecondFactor({ isuer: "Acme" });\n';
    expect(
      typeCheck(new Map([[path, wrong]]))
        .get(path)
        ?.join(),
    ).toContain("isuer");
  });
});

/** A block that names its file stands for itself; a shorter one gets the names that it takes for granted. */
function sourceOf({ file, text, line }: Block, at: number): { path: string; source: string } {
  const name = [...filesIn(file)].find(([, whole]) => whole === text)?.[0];
  if (name) return { path: `${FOLDER}${name}`, source: text };
  const taken = [...PRELUDE, ...REEXPORTED].filter((known) => uses(text, known) && !declares(text, known));
  const types = `import { ${taken.join(", ")} } from "./prelude.js";`;
  const path = `${FOLDER}block-${at}-line-${line}.ts`;
  return { path, source: `${taken.length > 0 ? types : ""}${text}\nexport {};\n` };
}

function uses(text: string, name: string): boolean {
  return new RegExp(`(?<!(?<!\\.\\.)\\.|[\\w"/-])${name}\\b`).test(text);
}

function declares(text: string, name: string): boolean {
  const word = `\\b${name}\\b`;
  return new RegExp(`(?:const|function|class)\\s+${word}|import[^;]*${word}[^;]*from`).test(text);
}

/** Compiles the sources as if they were files of the repository; what is wrong, by path. */
function typeCheck(sources: ReadonlyMap<string, string>): Map<string, string[]> {
  const config = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  // A reader's own file need not say `import type`.
  const options = { ...parsed.options, verbatimModuleSyntax: false };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const source = sources.get(path);
    if (source === undefined) return getSourceFile(path, ...rest);
    return ts.createSourceFile(path, source, {
      ...(rest[0] as object),
      languageVersion: ts.ScriptTarget.ES2023,
    });
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const found = new Map<string, string[]>();
  for (const path of sources.keys()) {
    const file = program.getSourceFile(path);
    const all = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    found.set(
      path,
      all.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    );
  }
  return found;
}
