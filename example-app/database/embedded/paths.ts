// Dotted paths: what a path reaches in a document, arrays on the way included (MongoDB's traversal rules).
import { type Doc, isDoc, own } from "./values.js";

/** What a path reaches where there is no such field; a query takes it for null, a comparison does not. */
export const MISSING: unique symbol = Symbol("missing");

/** A value a path reached, and the index in the outermost array that was walked to it. */
export interface Reached {
  readonly value: unknown;
  readonly index: number | undefined;
}

export const isIndex = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part);

/** Everything a path reaches; with `spread`, an array at its end gives its elements and then itself. */
export function reach(doc: Doc, path: string, spread: boolean): Reached[] {
  const found: Reached[] = [];
  walk(doc, path.split("."), 0, undefined, spread, found);
  return found;
}

function walk(
  node: unknown,
  parts: readonly string[],
  at: number,
  index: number | undefined,
  spread: boolean,
  found: Reached[],
): void {
  const part = parts[at];
  if (part === undefined) end(node, index, spread, found);
  else if (Array.isArray(node)) walkElements(node, parts, at, index, spread, found);
  else if (!isDoc(node) || !Object.hasOwn(node, part)) found.push({ value: MISSING, index });
  else walk(own(node, part), parts, at + 1, index, spread, found);
}

function walkElements(
  list: readonly unknown[],
  parts: readonly string[],
  at: number,
  index: number | undefined,
  spread: boolean,
  found: Reached[],
): void {
  const last = at + 1 === parts.length;
  list.forEach((element, position) => {
    const here = index ?? position;
    if (isDoc(element)) walk(element, parts, at, here, spread, found);
    if (parts[at] !== String(position)) return;
    if (last) found.push({ value: element, index: here });
    else if (isDoc(element) || Array.isArray(element)) walk(element, parts, at + 1, here, spread, found);
  });
}

function end(node: unknown, index: number | undefined, spread: boolean, found: Reached[]): void {
  if (spread && Array.isArray(node)) {
    node.forEach((value, position) => {
      found.push({ value, index: index ?? position });
    });
  }
  found.push({ value: node, index });
}
