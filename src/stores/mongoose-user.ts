/** From an app's user object to the document it names, and to what it already says about the person. */
import type { Schema, SchemaType } from "mongoose";
import type { Standing, UserRef } from "../core/model.js";
import { misconfigured } from "../errors.js";
import type { Connection } from "./connection.js";
import { isFresh } from "./mongoose-loaded.js";
import { OPEN_PATHS } from "./mongoose-plugin.js";
import { toStanding } from "./state.js";

/** What the store uses of a Mongoose model, so that an app's own typed models fit. */
export interface UserModel {
  readonly modelName: string;
  readonly schema: { path(name: string): SchemaType | undefined };
  readonly collection: object;
  readonly db: Connection;
  readonly base: { trusted<T extends object>(condition: T): T };
  findOne(filter: object): unknown;
  find(filter: object): unknown;
  hydrate(document: object): unknown;
}

/** The app's shard key of a user, where it has one: added to the filter of every command. */
export type KeyOf = (user: never) => Record<string, unknown>;

/**
 * Names the document of a user: a Mongoose document, or a plain object with `_id` or `id`.
 *
 * @throws SecondFactorError `misconfigured` for anything else
 */
export function refOf(user: unknown, keyOf: KeyOf | undefined): UserRef {
  if (typeof user !== "object" || user === null) throw notAUser();
  const { _id, id } = user as { _id?: unknown; id?: unknown };
  const name = { id: textOf(_id ?? id) };
  const key = keyOf?.(user as never);
  if (!key) return name;
  return {
    ...name,
    key: Object.fromEntries(Object.entries(key).map(([path, value]) => [path, textOf(value)])),
  };
}

/** The filter that addresses one user; undefined where the id cannot be one of this model's. */
export function filterOf(model: UserModel, ref: UserRef): Record<string, unknown> | undefined {
  try {
    const parts = Object.entries({ ...ref.key, _id: ref.id });
    return Object.fromEntries(parts.map(([path, value]) => [path, castAs(model.schema.path(path), value)]));
  } catch {
    return undefined;
  }
}

/** An id as this model has them; undefined where it cannot be one. */
export function idOf(model: UserModel, id: string): unknown {
  return filterOf(model, { id })?.["_id"];
}

/**
 * What a loaded document carries; undefined where it may not be trusted: another model's, a plain or cached copy,
 * a projection that left any field out (the policy may read it, as a role), or unsaved changes.
 */
export function standingOf(model: UserModel, user: unknown): Standing | undefined {
  if (!isDocumentOf(model, user)) return undefined;
  const isComplete = ordinaryPaths(user.constructor.schema).every((path) => user.isSelected(path));
  if (user.isNew || !isComplete || user.isModified("secondFactor") || !isFresh(user)) return undefined;
  return toStanding(user.get("secondFactor"));
}

const pathsOf = new WeakMap<Schema, string[]>();

/** What an ordinary query loads, also of a discriminator's own fields. */
function ordinaryPaths(schema: Schema): string[] {
  const known = pathsOf.get(schema);
  if (known) return known;
  const paths = Object.values(schema.paths).filter(({ options }) => options["select"] !== false);
  const names = [...OPEN_PATHS, ...paths.map(({ path }) => path)];
  pathsOf.set(schema, names);
  return names;
}

interface UserDocument {
  constructor: { schema: Schema };
  isNew: boolean;
  isSelected(path: string): boolean;
  isModified(path: string): boolean;
  get(path: string): unknown;
}

function isDocumentOf(model: UserModel, user: unknown): user is UserDocument {
  return typeof model === "function" && user instanceof (model as unknown as new () => UserDocument);
}

function castAs(type: SchemaType | undefined, value: string): unknown {
  const cast: unknown = type ? type.cast(value) : value;
  if (cast === undefined || cast === null) throw new TypeError("no such id");
  return cast;
}

/** An id as text. A plain object is refused: it would turn into text that names nobody, or everybody. */
function textOf(value: unknown): string {
  const isText = typeof value === "string" || typeof value === "number" || typeof value === "bigint";
  if (isText && value !== "") return String(value);
  const isId = typeof value === "object" && value !== null && value.toString !== Object.prototype.toString;
  if (isId && !Array.isArray(value)) return String(value);
  throw notAUser();
}

function notAUser() {
  return misconfigured("this is not a user: pass the Mongoose document, or an object with its _id or id");
}
