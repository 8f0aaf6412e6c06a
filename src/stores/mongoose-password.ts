/** Where an app's user documents keep the password's hash: a change of it ends trusted browsers. */
import { misconfigured } from "../errors.js";
import type { UserModel } from "./mongoose-user.js";

/** What apps and their plugins call it, in the order in which they are looked for. */
const NAMES = ["passwordHash", "password", "hash", "hashedPassword", "password_hash"];

/**
 * The path; undefined where the schema has none of the usual names, null where the app says that it has no passwords.
 *
 * @throws SecondFactorError `misconfigured` where the path that was given is no String path of the schema
 */
export function passwordPathOf(
  { modelName, schema }: UserModel,
  given: string | null | undefined,
): string | null | undefined {
  const isText = (path: string) => schema.path(path)?.instance === "String";
  if (given === undefined) return NAMES.find(isText);
  if (given === null || isText(given)) return given;
  throw misconfigured(
    `the schema of "${modelName}" has no String path "${given}": give the path of the password's hash as \`passwordPath\`, or \`passwordPath: null\` where the app has no passwords`,
  );
}

/** What a document of the driver holds at a path with dots; undefined where it ends early. */
export function valueAt(document: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), document);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
