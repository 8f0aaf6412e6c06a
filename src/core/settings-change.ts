/** A change to the settings before it is saved: whether it can be, and what would hold then. */
import type { FieldError } from "../errors.js";
import { codeMinutesProblems } from "./code-minutes.js";
import { type EffectiveSettings, effective, isOfPolicy, type StoredParts } from "./current-settings.js";
import type { Channel } from "./delivery.js";
import type { Policy } from "./policy.js";
import { type PolicyProblem, policyProblems } from "./policy-check.js";
import type { KeptProvider, KeptProviders } from "./provider.js";
import type { ProviderChanged } from "./provider-change.js";
import { SETTINGS_PARTS, type Settings, type SettingsPart } from "./settings.js";

/** Untrusted; a part that is left out stays as it is. */
export interface SettingsChange {
  policy?: unknown;
  /** Of those that are left out, what the code says. */
  codeMinutes?: unknown;
  /** By channel: values by field, or null to remove them. A channel that is left out stays. */
  providers?: unknown;
  testMode?: unknown;
}

export type SettingsProblem = FieldError & Partial<PolicyProblem>;

export type Prepared =
  /** `next` is what to save, `after` what would then hold, `parts` what is another than before. */
  | { ok: true; next: Settings; after: EffectiveSettings; parts: SettingsPart[] }
  | { ok: false; errors: readonly SettingsProblem[] };

/**
 * Parts that are pinned in code stay as they are, whatever a change says.
 *
 * @param draft providers as they were reviewed; in place of the saved ones, where a change leaves values out
 */
export function prepareChange(
  parts: StoredParts,
  saved: Settings | undefined,
  change: SettingsChange,
  draft: KeptProviders = {},
): Prepared {
  const { policy, codeMinutes, providers, testMode } = openParts(parts, change);
  const kept = changedProviders(parts, saved?.providers ?? {}, providers, draft);
  const errors = [
    ...(policy === undefined ? [] : policyProblems(policy, parts.configured)),
    ...(codeMinutes === undefined ? [] : codeMinutesProblems(codeMinutes, parts.lives)),
    ...kept.errors,
    ...testModeProblems(parts, testMode),
  ];
  if (errors.length > 0) return { ok: false, errors };
  const next = {
    policy: (policy ?? saved?.policy ?? {}) as Policy,
    codeMinutes: (codeMinutes as Settings["codeMinutes"]) ?? saved?.codeMinutes,
    providers: providers === undefined ? saved?.providers : kept.providers,
    testMode: (testMode as boolean | undefined) ?? saved?.testMode,
  };
  const after = effective(parts, next);
  return { ok: true, next, after, parts: differing(effective(parts, saved), after) };
}

/** Without what is pinned. A policy has parts of its own, which are held to the code where it is read. */
function openParts({ pinned }: StoredParts, change: SettingsChange): SettingsChange {
  const open = Object.entries(change).filter(([part]) => !pinned.includes(part as SettingsPart));
  return Object.fromEntries(open);
}

function testModeProblems({ canTest }: StoredParts, given: unknown): FieldError[] {
  if (given === undefined || given === false || (given === true && canTest)) return [];
  const message = given === true ? "Test mode isn't allowed here." : "Say true or false.";
  return [{ field: "testMode", message }];
}

interface ChangedProviders {
  providers: KeptProviders;
  errors: FieldError[];
}

function changedProviders(
  { desk }: StoredParts,
  saved: KeptProviders,
  given: unknown,
  draft: KeptProviders,
): ChangedProviders {
  if (given === undefined) return { providers: saved, errors: [] };
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const message = "Enter values by field, by the way messages go.";
    return { providers: saved, errors: [{ field: "providers", message }] };
  }
  const providers: Partial<Record<string, KeptProvider>> = { ...saved };
  const errors: FieldError[] = [];
  for (const [channel, values] of Object.entries(given) as [Channel, unknown][]) {
    const kept = draft[channel] ?? saved[channel];
    const changed: ProviderChanged = values === null ? { ok: true } : desk.change(channel, values, kept);
    if (!changed.ok) errors.push(...changed.errors.map((error) => at(channel, error)));
    else if (changed.kept) providers[channel] = changed.kept;
    else delete providers[channel];
  }
  return { providers, errors };
}

function at(channel: string, { field, message }: FieldError): FieldError {
  return { field: ["providers", channel, field].filter(Boolean).join("."), message };
}

const POLICY_DEFAULTS: Required<Policy> = {
  organisation: "optional",
  roles: {},
  recovery: true,
  graceDays: 0,
};

function differing(before: EffectiveSettings, after: EffectiveSettings): SettingsPart[] {
  return SETTINGS_PARTS.filter((part) => textOf(before, part) !== textOf(after, part));
}

function textOf(settings: EffectiveSettings, part: SettingsPart): string {
  return JSON.stringify(isOfPolicy(part) ? (settings.policy[part] ?? POLICY_DEFAULTS[part]) : settings[part]);
}
