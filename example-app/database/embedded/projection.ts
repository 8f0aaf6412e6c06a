// Projections by inclusion or exclusion, through arrays of documents as MongoDB goes.
import { CommandError, notOffered } from "./errors.js";
import { isNumber } from "./numbers.js";
import { type Doc, isDoc, numeric, own, put } from "./values.js";

export type Projection = (doc: Doc) => Doc;

/** A path tree; a leaf is true. */
type Tree = Map<string, Tree | true>;

/** @throws {CommandError} 31254 where inclusion and exclusion are mixed, 238 for computed fields in a find */
export function compileProjection(spec: unknown): Projection {
  if (spec === undefined || spec === null) return (doc) => doc;
  if (!isDoc(spec)) throw new CommandError(14, "the projection must be a document");
  const flags = flatten(spec).map(([path, value]): [string, boolean] => [path, flagOf(path, value)]);
  const fields = flags.filter(([path]) => path !== "_id");
  const id = flags.find(([path]) => path === "_id")?.[1];
  if (fields.length === 0 && id === undefined) return (doc) => doc;
  const including = fields[0]?.[1] ?? id ?? false;
  if (fields.some(([, flag]) => flag !== including)) throw mixed(including);
  return including ? inclusion(fields, id ?? true) : exclusion(fields, id ?? true);
}

/** `{ a: { b: 1 } }` means `{ "a.b": 1 }`. */
function flatten(spec: Doc, prefix = ""): [string, unknown][] {
  return Object.entries(spec).flatMap(([field, value]): [string, unknown][] => {
    const nested = isDoc(value) && Object.keys(value).length > 0 && !Object.keys(value)[0]?.startsWith("$");
    return nested ? flatten(value, `${prefix}${field}.`) : [[`${prefix}${field}`, value]];
  });
}

export const isFlag = (value: unknown): boolean => typeof value === "boolean" || isNumber(value);

function flagOf(path: string, value: unknown): boolean {
  if (path.includes("$")) throw notOffered(`the positional projection '${path}'`);
  if (typeof value === "boolean") return value;
  if (isNumber(value)) return Number(numeric(value)) !== 0;
  throw notOffered(`a projection of '${path}' other than 0 and 1`);
}

const mixed = (including: boolean): CommandError =>
  including
    ? new CommandError(31254, "Cannot do exclusion in inclusion projection")
    : new CommandError(31253, "Cannot do inclusion in exclusion projection");

function inclusion(fields: readonly [string, boolean][], id: boolean): Projection {
  const tree = treeOf(fields.map(([path]) => path));
  return (doc) => {
    const kept = include(doc, tree);
    if (!id || !Object.hasOwn(doc, "_id")) return kept;
    return { _id: own(doc, "_id"), ...kept };
  };
}

function exclusion(fields: readonly [string, boolean][], id: boolean): Projection {
  const tree = treeOf([...fields.map(([path]) => path), ...(id ? [] : ["_id"])]);
  return (doc) => exclude(doc, tree);
}

function treeOf(paths: readonly string[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) plant(root, path.split("."));
  return root;
}

function plant(tree: Tree, [part = "", ...rest]: string[]): void {
  const existing = tree.get(part);
  if (rest.length === 0) {
    if (existing !== undefined && existing !== true) throw collision(part);
    tree.set(part, true);
    return;
  }
  if (existing === true) throw collision(part);
  const branch: Tree = existing ?? new Map();
  tree.set(part, branch);
  plant(branch, rest);
}

const collision = (part: string): CommandError => new CommandError(31249, `Path collision at ${part}`);

function include(doc: Doc, tree: Tree): Doc {
  const kept: Doc = {};
  for (const [field, value] of Object.entries(doc)) {
    const branch = tree.get(field);
    if (branch === true) put(kept, field, value);
    else if (branch && (isDoc(value) || Array.isArray(value))) put(kept, field, includeIn(value, branch));
  }
  return kept;
}

function includeIn(value: Doc | unknown[], tree: Tree): unknown {
  if (!Array.isArray(value)) return include(value, tree);
  return value
    .filter((item): item is Doc | unknown[] => isDoc(item) || Array.isArray(item))
    .map((item) => includeIn(item, tree));
}

function exclude(doc: Doc, tree: Tree): Doc {
  const kept: Doc = {};
  for (const [field, value] of Object.entries(doc)) {
    const branch = tree.get(field);
    if (branch !== true) put(kept, field, branch ? excludeIn(value, branch) : value);
  }
  return kept;
}

function excludeIn(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => excludeIn(item, tree));
  return isDoc(value) ? exclude(value, tree) : value;
}
