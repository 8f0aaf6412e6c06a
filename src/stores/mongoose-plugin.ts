/** The schema side of the Mongoose store: where the state lives, that it stays hidden, and that only we write it. */
import type { Schema, SchemaType } from "mongoose";
import { misconfigured } from "../errors.js";
import {
  ROOT,
  refuseInsert,
  refuseOperation,
  refuseReplacement,
  refuseSave,
  refuseUpdate,
  refuseUpsert,
} from "./mongoose-guards.js";
import { noteLoaded } from "./mongoose-loaded.js";

/** The fields a loaded user carries; nothing in them is secret. */
export const OPEN_PATHS = [
  "factors",
  "sessionGeneration",
  "raisedBy",
  "endedLogins",
  "requiredSince",
  "mustChangePassword",
].map((field) => `${ROOT}.${field}`);

/** Marks the path as ours, also in a clone of the schema and in discriminators. */
const MARK = "passportSecondFactor";

/**
 * Adds `secondFactor` to a user schema, for `mongooseStore(Model)`.
 *
 * A user without a second factor stores nothing. The path is left out of `toJSON` and `toObject`, and its vault out of
 * every query that does not ask for it. Any write to it through Mongoose by anyone else throws `forbidden` before
 * anything is written: save, create, insertMany, bulkSave, bulkWrite, updates of every form, and replacements. Writes
 * that go round Mongoose (`Model.collection`, `connection.bulkWrite`, `$merge`) are not seen.
 *
 * On discriminators, apply it to the base schema.
 *
 * @throws SecondFactorError `misconfigured` where the schema has a `secondFactor` of its own
 */
export function secondFactorPlugin(schema: Schema): void {
  if (hasPlugin(schema) || isOwnSchema(schema)) return;
  if (schema.pathType(ROOT) !== "adhocOrUndefined") {
    throw misconfigured(
      `the user schema has a path named "${ROOT}" already: rename it, the plugin needs that name`,
    );
  }
  schema.add({ [ROOT]: statePath(schema) });
  guardDocuments(schema as unknown as Hooks);
  guardQueries(schema as unknown as Hooks);
  guardBulk(schema as unknown as Hooks);
  (schema as unknown as Hooks).post(LOADS, always(noteLoaded));
}

/** Whether the plugin is on this schema. */
export function hasPlugin(schema: { path(name: string): SchemaType | undefined }): boolean {
  const options: object | undefined = schema.path(ROOT)?.options;
  return options !== undefined && MARK in options;
}

const LOADS = ["find", "findOne", "findOneAndUpdate"];

/** The few calls of a schema that we make, the same in Mongoose 8 and 9. */
interface Hooks {
  pre(names: string | string[], hook: Hook): unknown;
  post(names: string | string[], hook: Hook): unknown;
}

type Hook = (this: never, ...args: never[]) => void;

interface UpdateQuery {
  getUpdate(): unknown;
  getFilter(): unknown;
  getOptions(): { upsert?: boolean; overwrite?: boolean };
}

function statePath(schema: Schema) {
  const SchemaClass = schema.constructor as typeof Schema;
  const typeKey = (schema.get("typeKey") as string | undefined) ?? "type";
  const strings = { type: [String], default: undefined };
  const state = new SchemaClass(
    {
      factors: strings,
      sessionGeneration: Number,
      raisedBy: String,
      endedLogins: strings,
      requiredSince: Date,
      mustChangePassword: Boolean,
      vault: { type: {}, select: false },
    },
    { _id: false, id: false, minimize: false, [MARK]: true } as object,
  );
  return { [typeKey]: state, default: undefined, transform: () => undefined, [MARK]: true };
}

/** A plugin of the whole connection is offered our own part of the schema too. */
function isOwnSchema(schema: Schema): boolean {
  return schema.get(MARK as never) === true;
}

function guardDocuments(schema: Hooks): void {
  before(
    schema,
    "save",
    () =>
      function refuseOurPath(this: unknown) {
        refuseSave(this);
      },
  );
}

function guardQueries(schema: Hooks): void {
  before(
    schema,
    ["updateOne", "updateMany", "findOneAndUpdate"],
    () =>
      function refuseQuery(this: UpdateQuery) {
        const { upsert, overwrite } = this.getOptions();
        if (overwrite) refuseReplacement();
        refuseUpdate(this.getUpdate());
        if (upsert) refuseUpsert(this.getFilter());
      },
  );
  before(schema, ["replaceOne", "findOneAndReplace"], () => () => refuseReplacement());
}

function guardBulk(schema: Hooks): void {
  before(schema, "insertMany", () => withArgument((documents) => listOf(documents).forEach(refuseInsert)));
  before(schema, "bulkWrite", () =>
    withArgument((operations) => listOf(operations).forEach(refuseOperation)),
  );
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Mongoose 9 passes what the call was given; Mongoose 8 passes a callback before it. */
function withArgument(check: (argument: unknown) => void): Hook {
  return function refuseBulk(first: unknown, second: unknown) {
    if (typeof first !== "function") return check(first);
    check(second);
    first();
  };
}

/**
 * Puts a guard before an operation, twice: `{ middleware: false }` skips ordinary hooks, and a method that the app
 * overrides loses the built-in ones.
 */
function before(schema: Hooks, names: string | string[], guard: () => Hook): void {
  schema.pre(names, guard());
  schema.pre(names, always(guard()));
}

/** Keeps a hook in force where a call says `{ middleware: false }`, which is meant for the app's own hooks. */
function always(hook: Hook): Hook {
  return Object.assign(hook, { [Symbol.for("mongoose:built-in-middleware")]: true });
}
