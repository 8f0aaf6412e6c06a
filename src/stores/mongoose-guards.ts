/** What nobody but the store may write: every shape in which a write can name, rename or erase `secondFactor`. */
import { SecondFactorError } from "../errors.js";

/** The path that belongs to the plugin. */
export const ROOT = "secondFactor";

/**
 * Refuses an update that names `secondFactor` in any operator, or that would erase it.
 *
 * A key whose value is undefined is dropped, not refused: that is what `toObject()` leaves of a hidden path.
 *
 * @throws SecondFactorError `forbidden`
 */
export function refuseUpdate(update: unknown): void {
  if (Array.isArray(update)) update.forEach(refuseStage);
  refuseInsert(update);
  if (!isRecord(update) || Array.isArray(update) || isDocument(update)) return;
  for (const [operator, fields] of Object.entries(update)) {
    if (!operator.startsWith("$") || !isRecord(fields)) continue;
    refuseInsert(fields);
    if (operator === "$rename" && Object.values(fields).some(isOurs)) refuse("$rename to secondFactor");
  }
}

/** Refuses an upsert whose filter would plant `secondFactor` in the new document. */
export function refuseUpsert(filter: unknown): void {
  if (namesDeep(filter)) refuse("an upsert that filters by secondFactor");
}

/** Refuses a save that would write `secondFactor`; one that leaves it alone passes. */
export function refuseSave(document: unknown): void {
  if (!isDocument(document)) return;
  if (document.isNew) refuseInsert(document);
  else if (document.isModified(ROOT)) refuse("save of a changed document");
}

/** Refuses a value that would be written as it stands and carries `secondFactor`: plain, or a document. */
export function refuseInsert(value: unknown): void {
  if (isDocument(value)) {
    if (value.get(ROOT) !== undefined) refuse("a whole document");
  } else if (isRecord(value)) {
    refuseFields(value);
  }
}

export function refuseReplacement(): never {
  return refuse("a replacement of the whole user, which would erase secondFactor");
}

/** Refuses one operation of a `bulkWrite`. */
export function refuseOperation(operation: unknown): void {
  if (!isRecord(operation)) return;
  const { insertOne, updateOne, updateMany, replaceOne } = operation;
  if (replaceOne !== undefined) refuseReplacement();
  if (isRecord(insertOne)) refuseInsert(insertOne.document);
  for (const change of [updateOne, updateMany]) {
    if (!isRecord(change)) continue;
    refuseUpdate(change.update);
    if (change.upsert) refuseUpsert(change.filter);
  }
}

interface DocumentLike {
  isNew: boolean;
  get(path: string): unknown;
  isModified(path: string): boolean;
}

const FIELD_STAGES = ["$set", "$addFields", "$unset"];

/** One stage of a pipeline update: only those that name their fields can be judged, the rest reshape the user. */
function refuseStage(stage: unknown): void {
  if (!isRecord(stage)) return;
  for (const [operator, fields] of Object.entries(stage)) {
    if (!FIELD_STAGES.includes(operator)) refuse(`${operator} in a pipeline update`);
    const unset = Array.isArray(fields) ? fields : [fields];
    if (unset.some(isOurs)) refuse(operator);
    if (isRecord(fields)) refuseFields(fields);
  }
}

function refuseFields(fields: Record<string, unknown>): void {
  if (ROOT in fields && fields[ROOT] === undefined) delete fields[ROOT];
  const ours = Object.keys(fields).find(isOurs);
  if (ours !== undefined) refuse(ours);
}

function namesDeep(filter: unknown): boolean {
  if (Array.isArray(filter)) return filter.some(namesDeep);
  if (!isRecord(filter)) return false;
  return Object.entries(filter).some(
    ([key, value]) => isOurs(key) || (key.startsWith("$") && namesDeep(value)),
  );
}

function isOurs(path: unknown): boolean {
  return typeof path === "string" && (path === ROOT || path.startsWith(`${ROOT}.`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isDocument(value: unknown): value is DocumentLike {
  return isRecord(value) && "$__" in value && typeof value.isModified === "function";
}

function refuse(what: string): never {
  throw new SecondFactorError(
    "forbidden",
    `passport-second-factor refused a write to "${ROOT}" (${what}). Nothing was written. Only the second factor ` +
      "itself changes this path: use its own methods, and $set the fields you mean instead of passing a whole object.",
  );
}
