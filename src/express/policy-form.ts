/** From the form that an administrator edits the settings in to what it says, unchecked. */
import type { StoredParts } from "../core/current-settings.js";
import type { Channel } from "../core/delivery.js";
import type { FactorKind } from "../core/model.js";
import type { Mode, Policy, RolePolicy } from "../core/policy.js";
import type { Provider } from "../core/provider.js";
import type { SettingsChange, SettingsProblem } from "../core/settings-change.js";

/** Fields of a form that was sent: a box that is not ticked is not there. */
export type Form = Readonly<Record<string, unknown>>;

/** Everything that a form says; parts that it does not have, because they are pinned, stay. */
export function changeOf(form: Form, { policy, lives, desk }: StoredParts): SettingsChange {
  const codeMinutes = minutesIn(form, Object.keys(lives));
  const providers = providersIn(form, Object.values(desk.providers));
  return {
    policy: policyOf(form, policy),
    ...(codeMinutes ? { codeMinutes } : {}),
    ...(providers ? { providers } : {}),
    ...(form["hasTestMode"] === undefined ? {} : { testMode: form["testMode"] === "on" }),
  };
}

/** The policy that a form says, over parts that it does not have because they are pinned. */
export function policyOf(form: Form, base: Policy): Policy {
  return {
    organisation: (form["organisation"] ?? base.organisation ?? "optional") as Mode,
    graceDays: form["graceDays"] === undefined ? (base.graceDays ?? 0) : numberIn(form["graceDays"]),
    recovery: form["hasRecovery"] === undefined ? (base.recovery ?? true) : form["recovery"] === "on",
    roles: form["hasRoles"] === undefined ? (base.roles ?? {}) : rolesIn(form),
  };
}

function rolesIn(form: Form): Record<string, RolePolicy> {
  return Object.fromEntries(roleRows(form).map(({ name, ...rules }) => [name, rules]));
}

export type RoleRow = RolePolicy & { name: string };

/** Rows `role-0-name`, `role-0-mode`, `role-0-factors`, …; one without a name, or with no rule, is left out. */
export function roleRows(form: Form): RoleRow[] {
  const rows = Object.keys(form).flatMap((field) => /^role-(\d{1,3})-name$/.exec(field)?.[1] ?? []);
  return rows.flatMap((row): RoleRow[] => {
    const { name, mode, factors } = rowIn(form, row);
    if (name === "" || mode === "") return [];
    return [{ name, mode: mode as Mode, ...(factors.length > 0 ? { factors } : {}) }];
  });
}

/** Two rules for one role: which of them is meant nobody knows. */
export function repeatedRoles(form: Form): SettingsProblem[] {
  if (form["hasRoles"] === undefined) return [];
  const names = roleRows(form).map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return [];
  return [{ field: `roles.${twice}`, message: `Role "${twice}" is there twice: keep one row.` }];
}

function rowIn(form: Form, row: string) {
  const factors = [form[`role-${row}-factors`] ?? []].flat() as FactorKind[];
  const text = (field: string) => String(form[`role-${row}-${field}`] ?? "").trim();
  return { name: text("name"), mode: text("mode"), factors };
}

/** What is no number stays one that nothing may have. */
function numberIn(text: unknown): number {
  return typeof text === "string" && /^\d{1,4}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** Fields `codeMinutes-email`, …: an empty one leaves it to the code. */
function minutesIn(form: Form, channels: readonly string[]): Record<string, number> | undefined {
  const given = channels.filter((channel) => form[`codeMinutes-${channel}`] !== undefined);
  if (given.length === 0) return undefined;
  const filled = given.filter((channel) => form[`codeMinutes-${channel}`] !== "");
  return Object.fromEntries(filled.map((channel) => [channel, numberIn(form[`codeMinutes-${channel}`])]));
}

/** Fields `provider-sms-accountSid`, …, and the box `provider-sms-remove`. */
function providersIn(form: Form, providers: readonly Provider[]): Record<string, unknown> | undefined {
  const given = providers.flatMap(({ channel, fields }): [Channel, unknown][] => {
    if (form[`provider-${channel}-remove`] === "on") return [[channel, null]];
    const values = fields.flatMap(({ name }) => {
      const value = form[`provider-${channel}-${name}`];
      return value === undefined ? [] : [[name, value]];
    });
    return values.length > 0 ? [[channel, Object.fromEntries(values)]] : [];
  });
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}
