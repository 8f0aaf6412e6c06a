// The code blocks of the documentation, with where they stand.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Block {
  /** Path from the top of the repository, such as "docs/http.md". */
  file: string;
  line: number;
  language: string;
  text: string;
  /** The latest `<!-- visitor: … -->` above it: who sends a request. */
  visitor: string | undefined;
}

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export const PAGES = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(`${ROOT}docs`).map((name) => `docs/${name}`),
].filter((file) => file.endsWith(".md"));

export const read = (file: string) => readFileSync(ROOT + file, "utf8");

export const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf);

export const blocksIn = (...languages: string[]) =>
  BLOCKS.filter(({ language }) => languages.includes(language));

/** @throws where a block is not closed */
function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let visitor: string | undefined;
  for (const [at, text] of read(file).split("\n").entries()) {
    const fence = /^\s*(?:```|~~~)\s*(.*)$/.exec(text);
    visitor = /^<!-- visitor: (.*) -->$/.exec(text)?.[1] ?? visitor;
    if (fence && open) {
      blocks.push(open);
      open = undefined;
    } else if (fence) open = { file, line: at + 1, language: fence[1] ?? "", text: "", visitor };
    else if (open) open.text += `${text}\n`;
  }
  if (open) throw new Error(`${file}:${open.line} is not closed`);
  return blocks;
}

/** Files that a page asks its reader to write: blocks whose first line is a comment with their name. */
export function filesIn(page: string): Map<string, string> {
  const named = BLOCKS.filter(({ file }) => file === page).map(
    ({ text }) => [/^\/\/ (\S+\.ts)$/.exec(text.split("\n")[0] ?? "")?.[1], text] as const,
  );
  return new Map(named.filter((entry): entry is [string, string] => entry[0] !== undefined));
}
