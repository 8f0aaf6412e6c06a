/** The settings as their page shows them, and as JSON has them. */
import type { CurrentSettings, EffectiveSettings } from "../core/current-settings.js";
import { isPrimary } from "../core/model.js";
import type { KeptProvider, Provider } from "../core/provider.js";
import type { SettingsProblem } from "../core/settings-change.js";
import type { AdminPolicyView } from "../pages/views.js";
import type { ProviderView } from "../pages/views-admin.js";
import type { RoleRow } from "./policy-form.js";
import type { Report } from "./policy-report.js";
import type { Runtime } from "./runtime.js";

export interface Shown {
  settings: EffectiveSettings;
  version: number;
  /** Rows as they were typed, where two may be of one role. */
  rows?: readonly RoleRow[];
  /** What was typed for providers, by channel. */
  typed?: Readonly<Record<string, unknown>>;
  /** Providers whose secrets were entered, and are not saved yet. */
  entered?: readonly string[];
  draft?: string | undefined;
  errors?: readonly SettingsProblem[];
  report?: Report;
  conflict?: boolean;
  saved?: boolean;
  /** A fresh code was just given for a form in another tab. */
  confirmed?: boolean;
  /** Where a fresh code is given, which the save lacked. */
  confirmUrl?: string;
}

type Stored = NonNullable<Runtime["stored"]>;

export function policyView(runtime: Runtime, stored: Stored, shown: Shown): AdminPolicyView {
  const { settings, version, rows, errors = [], typed: _typed, entered: _entered, draft, ...rest } = shown;
  const { organisation = "optional", graceDays = 0, recovery = true, roles = {} } = settings.policy;
  const general = errors.find(({ field }) => !hasField(stored, field));
  return {
    page: "admin-policy",
    version,
    organisation,
    graceDays,
    recovery,
    roles: rows ?? Object.entries(roles).map(([name, rules]) => ({ name, ...rules })),
    factors: runtime.configured.filter(isPrimary),
    pinned: stored.pinned,
    codes: codesOf(stored, settings),
    providers: Object.values(stored.desk.providers).map((provider) => providerView(stored, shown, provider)),
    ...(stored.canTest ? { testMode: settings.testMode } : {}),
    errors: Object.fromEntries(errors.map(({ field, message, plain }) => [field, plain ?? message])),
    ...(general ? { problem: general.plain ?? general.message } : {}),
    ...(draft ? { draft } : {}),
    ...rest,
  };
}

/** Whether an error stands at a field of its own; the others stand above the form. */
function hasField({ lives, desk }: Stored, field: string): boolean {
  const [part, channel = "", name] = field.split(".");
  if (part === "codeMinutes") return Object.hasOwn(lives, channel);
  const provider = Object.values(desk.providers).find((it) => it.channel === channel);
  return part === "providers" && provider?.fields.some((it) => it.name === name) === true;
}

/** What is typed and is no number is empty again, and wrong. */
function codesOf({ lives }: Stored, { codeMinutes }: EffectiveSettings): AdminPolicyView["codes"] {
  return (["email", "sms"] as const).flatMap((kind) => {
    const life = lives[kind];
    const minutes = codeMinutes[kind];
    if (!life) return [];
    return [{ kind, usual: life.default, max: life.max, ...(minutes === undefined ? {} : { minutes }) }];
  });
}

function providerView(
  { desk }: Stored,
  { settings, typed = {}, entered = [] }: Shown,
  provider: Provider,
): ProviderView {
  const { channel, name, fields } = provider;
  const kept = keptBy(provider, settings.providers[channel]);
  const values = typed[channel] as Record<string, unknown> | null | undefined;
  const isEntered = entered.includes(channel);
  return {
    channel,
    name,
    ...desk.stateOf(channel, kept),
    isRemoved: values === null,
    fields: fields.map(({ name: field, label, hint, secret }) => {
      const common = { name: field, label, ...(hint ? { hint } : {}) };
      if (secret) return { ...common, secret, saved: kept?.secrets[field] !== undefined, isEntered };
      const value = values?.[field] ?? kept?.values[field];
      return { ...common, secret: false, value: typeof value === "string" ? value : "" };
    }),
  };
}

function keptBy({ name }: Provider, kept: KeptProvider | undefined): KeptProvider | undefined {
  return kept?.name === name ? kept : undefined;
}

/** Never a secret: whether there is one. */
export function settingsJson(runtime: Runtime, stored: Stored, current: CurrentSettings): object {
  const { policy, version, testMode } = current;
  const providers = Object.values(stored.desk.providers).map((provider) => {
    return [provider.channel, providerJson(stored, current, provider)];
  });
  const codes = codesOf(stored, current).map(({ kind, usual, minutes = usual }) => [kind, minutes]);
  return {
    policy,
    version,
    pinned: stored.pinned,
    factors: runtime.configured,
    codeMinutes: Object.fromEntries(codes),
    providers: Object.fromEntries(providers),
    testMode,
    canTest: stored.canTest,
  };
}

function providerJson({ desk }: Stored, { providers }: EffectiveSettings, provider: Provider): object {
  const { channel, name, fields } = provider;
  const kept = keptBy(provider, providers[channel]);
  return {
    name,
    fields: fields.map(({ name: field, label, secret = false }) => ({
      name: field,
      label,
      secret,
      ...(secret ? { saved: kept?.secrets[field] !== undefined } : { value: kept?.values[field] ?? "" }),
    })),
    ...desk.stateOf(channel, kept),
  };
}
