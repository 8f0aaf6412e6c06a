/** What somebody filled in for a provider, over what is kept of it. */
import type { FieldError } from "../errors.js";
import { openProvider, sealProvider } from "./kept-provider.js";
import type { KeptProvider, Provider, ProviderField, ProviderValues } from "./provider.js";
import type { Sealer } from "./sealing.js";

/** Of one value, in letters. */
const MAX_LENGTH = 500;

export interface ChangeTools {
  sealer: Sealer;
  /** Where test keys are refused. */
  isProduction: boolean;
}

/** `kept` is undefined where nothing is filled in: then there is no provider. */
export type ProviderChanged =
  | { ok: true; kept?: KeptProvider }
  | { ok: false; errors: readonly FieldError[] };

/**
 * A field that is left out stays as it is, and so does a secret that is empty, as long as what it belongs to stays.
 *
 * @param given untrusted
 */
export function changeProvider(
  { sealer, isProduction }: ChangeTools,
  provider: Provider,
  given: unknown,
  kept: KeptProvider | undefined,
): ProviderChanged {
  const unreadable = unreadableIn(provider, given);
  if (unreadable.length > 0) return { ok: false, errors: unreadable };
  const own = kept?.name === provider.name ? kept : undefined;
  const before = own && openProvider(sealer, provider.channel, own);
  const values = merged(provider, given as ProviderValues, before ?? {});
  if (Object.values(values).every((value) => value === "")) return { ok: true };
  const errors = problemsOf(provider, values, before, isProduction);
  if (errors.length > 0) return { ok: false, errors };
  const isSame = before && provider.fields.every(({ name }) => values[name] === (before[name] ?? ""));
  return { ok: true, kept: own && isSame ? own : sealProvider(sealer, provider, values) };
}

function unreadableIn({ fields }: Provider, given: unknown): FieldError[] {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return [{ field: "", message: "This can't be read." }];
  }
  return Object.entries(given).flatMap(([name, value]) => {
    if (!fields.some((field) => field.name === name)) {
      return [{ field: name, message: `There is no such field: ${fields.map((it) => it.name).join(", ")}.` }];
    }
    if (typeof value !== "string") return [{ field: name, message: "This can't be read." }];
    if (value.length > MAX_LENGTH) return [{ field: name, message: `Enter ${MAX_LENGTH} letters at most.` }];
    return /\p{Cc}/u.test(value) ? [{ field: name, message: "Enter it on one line." }] : [];
  });
}

function merged({ fields }: Provider, given: ProviderValues, before: ProviderValues): ProviderValues {
  const textOf = ({ name }: ProviderField) => (given[name] ?? before[name] ?? "").trim();
  const isElsewhere = fields.some(
    (field) => field.bindsSecrets && textOf(field) !== (before[field.name] ?? ""),
  );
  const entryOf = (field: ProviderField) => {
    if (!field.secret) return textOf(field);
    return given[field.name] || (isElsewhere ? "" : (before[field.name] ?? ""));
  };
  return Object.fromEntries(fields.map((field) => [field.name, entryOf(field)]));
}

function problemsOf(
  provider: Provider,
  values: ProviderValues,
  before: ProviderValues | undefined,
  isProduction: boolean,
): readonly FieldError[] {
  const empty = provider.fields
    .filter(({ name, optional }) => !optional && values[name] === "")
    .map(({ name, secret }) => ({
      field: name,
      message:
        secret && before?.[name]
          ? "Enter it again: what is saved belongs to other settings."
          : "Fill this in.",
    }));
  if (empty.length > 0) return empty;
  const problems = provider.check(values);
  if (problems.length > 0 || !isProduction || !provider.isTest(values)) return problems;
  const field = provider.fields.find(({ marksTest }) => marksTest)?.name ?? "";
  return [{ field, message: "This is a test key: messages reach nobody. It can't be used in production." }];
}
