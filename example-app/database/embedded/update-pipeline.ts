// Updates in the form of a pipeline: `$set`, `$unset` and `$replaceWith`, computed from the document itself.
import { CommandError } from "./errors.js";
import { compileStage, type Stage } from "./stages.js";
import type { Update } from "./update.js";
import { clone, type Doc, isDoc, own } from "./values.js";

const ALLOWED = new Set(["$set", "$addFields", "$unset", "$project", "$replaceWith", "$replaceRoot"]);

/** @throws {CommandError} 72 for a stage MongoDB does not take in an update */
export function compileStages(pipeline: readonly unknown[]): Update["apply"] {
  const stages = pipeline.map(updateStage);
  return (doc) => {
    const after = clone(stages.reduce<Doc>((current, stage) => stage([current])[0] ?? current, doc));
    return Object.hasOwn(after, "_id") || !Object.hasOwn(doc, "_id")
      ? after
      : { _id: own(doc, "_id"), ...after };
  };
}

function updateStage(stage: unknown): Stage {
  const [name] = isDoc(stage) ? Object.keys(stage) : [];
  if (name === undefined || ALLOWED.has(name)) return compileStage(stage);
  throw new CommandError(72, `${name} is not allowed to be used within an update`);
}
