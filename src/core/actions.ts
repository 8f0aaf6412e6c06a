/** Named actions that ask for a fresh code: what a code for one allows, who may answer, and for how long it counts. */
import { misconfigured } from "../errors.js";
import type { Factor, Tools } from "./factor.js";
import { ADMINISTER, CHANGE_ADDRESS, CHANGE_FACTORS, CONFIRM, type FactorKind } from "./model.js";
import { oneLine } from "./words.js";

/** What becomes of somebody who has no factor that could answer. */
export type WhenNotEnrolled = "allow" | "enrol" | "deny";

/** A named action that asks for a fresh code. */
export interface ActionOptions {
  /**
   * What a code for it allows, as words after "Enter a new code to"; a function is given what the action is bound to.
   * Shown on pages and in messages. Default: the name with spaces.
   */
  description?: string | ((target: string) => string);
  /** Kinds that may answer. Default: all that count for the person; recovery codes never do. */
  factors?: readonly FactorKind[];
  /** For how long one code, given for any action, is enough, seconds: 0 to 86400. Default 0: each time a new one. */
  maxAgeSeconds?: number;
  /**
   * What becomes of somebody who has no factor that counts: they set one up (`enrol`, the default), are refused
   * (`deny`), or pass (`allow`). Somebody who has a factor never passes without it.
   */
  whenNotEnrolled?: WhenNotEnrolled;
}

export interface Action {
  name: string;
  /** What a code allows, as words after "to". */
  words(target?: string): string;
  factors?: readonly FactorKind[];
  maxAgeSeconds: number;
  whenNotEnrolled: WhenNotEnrolled;
  /** One of the app's own; ours are answered by whatever somebody has. */
  isOwn: boolean;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const KNOWN = ["description", "factors", "maxAgeSeconds", "whenNotEnrolled"];
const WHEN: readonly unknown[] = ["allow", "enrol", "deny"];
const MAX_AGE_SECONDS = 24 * 60 * 60;
/** Ours, with what a code for each allows. */
const BUILT_IN = {
  [CHANGE_FACTORS]: "change your two-factor settings",
  [CHANGE_ADDRESS]: "send your codes elsewhere",
  [CONFIRM]: "continue",
  [ADMINISTER]: "change settings for everybody",
};

/** @throws `misconfigured`, saying what to write instead */
export function checkActions(actions: Readonly<Record<string, unknown>>, factors: readonly Factor[]): void {
  for (const [name, options] of Object.entries(actions)) {
    if (!NAME.test(name)) throw misconfigured(`action "${name}": use lower-case words and hyphens`);
    if (typeof options !== "object" || options === null) {
      throw misconfigured(`action "${name}" takes an object: { description: "…" }, or {}`);
    }
    checkAction(name, options, factors);
  }
}

function checkAction(name: string, options: ActionOptions, factors: readonly Factor[]): void {
  const known = name === CHANGE_FACTORS ? ["description"] : KNOWN;
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown !== undefined)
    throw misconfigured(`unknown option "${unknown}" of action "${name}": there are ${known.join(", ")}`);
  if (name === CONFIRM || name === ADMINISTER)
    throw misconfigured(`action "${name}" is the package's own: choose another name`);
  const { description = "", maxAgeSeconds = 0, whenNotEnrolled = "enrol" } = options;
  if (typeof description !== "string" && typeof description !== "function")
    throw misconfigured(`the description of action "${name}" is text, or a function: (target) => text`);
  if (!Number.isInteger(maxAgeSeconds) || maxAgeSeconds < 0 || maxAgeSeconds > MAX_AGE_SECONDS)
    throw misconfigured(
      `\`maxAgeSeconds\` of action "${name}" is a whole number from 0 to ${MAX_AGE_SECONDS}`,
    );
  if (!WHEN.includes(whenNotEnrolled))
    throw misconfigured(`\`whenNotEnrolled\` of action "${name}" is "allow", "enrol" or "deny"`);
  checkKinds(name, options.factors, factors);
}

function checkKinds(name: string, kinds: unknown, factors: readonly Factor[]): void {
  if (kinds === undefined) return;
  const able = factors.filter(({ primary }) => primary).map(({ kind }) => kind as unknown);
  const isFine = Array.isArray(kinds) && kinds.length > 0 && kinds.every((kind) => able.includes(kind));
  if (!isFine)
    throw misconfigured(`\`factors\` of action "${name}" is a list of these: ${able.join(", ") || "none"}`);
}

type ActionsOptions = Readonly<Record<string, ActionOptions>>;

/** Every action by its name: ours, those of `extension`, and the app's, which may say more of an extension's. */
export function actionsOf(
  actions: ActionsOptions,
  extension: ActionsOptions = {},
): ReadonlyMap<string, Action> {
  const builtIn = Object.entries(BUILT_IN).map(([name, description]) => [name, { description }] as const);
  const ours = [...builtIn, ...Object.entries(extension)].map(([name, options]) =>
    actionOf(name, options, false),
  );
  const own = Object.entries(actions).map(([name, options]) =>
    actionOf(name, options, name !== CHANGE_FACTORS),
  );
  return new Map([...ours, ...own].map((action) => [action.name, action]));
}

function actionOf(name: string, options: ActionOptions, isOwn: boolean): Action {
  const { description, factors, maxAgeSeconds = 0, whenNotEnrolled = "enrol" } = options;
  return {
    name,
    words: (target) => wordsOf(name, description, target),
    ...(factors ? { factors } : {}),
    maxAgeSeconds,
    whenNotEnrolled,
    isOwn,
  };
}

/** Where nobody said what it is bound to, a function has nothing to tell. */
function wordsOf(name: string, description: ActionOptions["description"], target?: string): string {
  const plain = name.replaceAll("-", " ");
  if (typeof description !== "function") return description ?? plain;
  const words: unknown = target === undefined ? plain : description(target);
  if (typeof words !== "string") throw misconfigured(`the description of action "${name}" returned no text`);
  return oneLine(words) || plain;
}

/**
 * What an act is bound to, as it is kept in place of the clear text: nobody reads or guesses it from there, and equal
 * targets of two people are unequal.
 */
export function boundTo(
  { codes }: Pick<Tools, "codes">,
  { user, action, target }: { user: string; action: string; target: string | undefined },
): { target?: string } {
  return target === undefined ? {} : { target: codes.digest("bind", user, action, target) };
}
