// Writing at a dotted path of a document that is ours to change (a clone), with MongoDB's refusals.
import { CommandError, notOffered } from "./errors.js";
import { isIndex } from "./paths.js";
import { type Doc, isDoc, own, put } from "./values.js";

/** More than mongod pads with nulls when an index is far beyond the end of an array. */
const MAX_PADDING = 1_500_000;

export type Path = readonly string[];

/** The value at a concrete path, or undefined; indexes go into arrays, names do not. */
export function getAt(doc: Doc, path: Path): unknown {
  let node: unknown = doc;
  for (const part of path) node = child(node, part);
  return node;
}

function child(node: unknown, part: string): unknown {
  if (Array.isArray(node)) return isIndex(part) ? node[Number(part)] : undefined;
  return isDoc(node) ? own(node, part) : undefined;
}

/** @throws {CommandError} 28 where the path leads through something that can have no such field */
export function setAt(doc: Doc, path: Path, value: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>(descend, doc);
  const last = path.at(-1) ?? "";
  if (Array.isArray(parent)) setElement(parent, last, value);
  else if (isDoc(parent)) put(parent, last, value);
  else throw notViable(last, parent);
}

function descend(node: unknown, part: string): unknown {
  if (!isDoc(node) && !Array.isArray(node)) throw notViable(part, node);
  const existing = child(node, part);
  if (existing !== undefined) return existing;
  const created: Doc = {};
  if (Array.isArray(node)) setElement(node, part, created);
  else put(node, part, created);
  return created;
}

function setElement(list: unknown[], part: string, value: unknown): void {
  if (!isIndex(part)) throw notViable(part, list);
  const index = Number(part);
  if (index - list.length > MAX_PADDING) throw new CommandError(2, `index ${part} is too far past the end`);
  while (list.length < index) list.push(null);
  list[index] = value;
}

const notViable = (part: string, node: unknown): CommandError =>
  new CommandError(28, `Cannot create field '${part}' in element ${JSON.stringify(node)}`);

/** An element of an array becomes null, so that the others keep their place. */
export function unsetAt(doc: Doc, path: Path): void {
  const parent = getAt(doc, path.slice(0, -1));
  const last = path.at(-1) ?? "";
  if (Array.isArray(parent) && isIndex(last) && Number(last) < parent.length) parent[Number(last)] = null;
  else if (isDoc(parent)) delete parent[last];
}

/** @throws {CommandError} 56 for an empty part, 52 or 238 for a `$` that means nothing here */
export function parsePath(text: string): Path {
  const parts = text.split(".");
  for (const part of parts) {
    if (part === "") throw new CommandError(56, `The update path '${text}' contains an empty field name`);
    if (part.startsWith("$") && part !== "$" && !/^\$\[\w*\]$/.test(part)) {
      throw new CommandError(52, `The dollar ($) prefixed field '${part}' in '${text}' is not allowed`);
    }
  }
  if (parts[0]?.startsWith("$"))
    throw new CommandError(2, `Cannot have array filter or positional first in '${text}'`);
  if (parts.filter((part) => part === "$").length > 1) throw notOffered("more than one positional operator");
  return parts;
}
