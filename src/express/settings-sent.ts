/** Settings as a form or a JSON client sends them: read, prepared, and shown again. */
import type { Request } from "express";
import { newId } from "../core/clock.js";
import {
  type EffectiveSettings,
  effective,
  type Stored,
  type StoredParts,
} from "../core/current-settings.js";
import type { KeptProviders } from "../core/provider.js";
import type { Settings } from "../core/settings.js";
import { type Prepared, prepareChange, type SettingsChange } from "../core/settings-change.js";
import { SecondFactorError } from "../errors.js";
import { bodies, bodyOf } from "./input.js";
import { changeOf, type Form, repeatedRoles, roleRows } from "./policy-form.js";
import type { Shown } from "./policy-view.js";
import type { Runtime } from "./runtime.js";
import type { SignedIn } from "./session.js";

export interface Sent {
  version: number;
  change: SettingsChange;
  /** Absent where it is JSON. */
  form?: Form;
  /** Providers as they were entered for a review, where the form is of that review. */
  draft?: NonNullable<SignedIn["settingsDraft"]>;
  /** The form is of a review that another one has taken the place of. */
  isOutdated: boolean;
}

const PARTS = ["policy", "codeMinutes", "providers", "testMode"] as const;

/** @throws `invalid_input` where it cannot be read, or says nothing */
export function sentBy(req: Request, record: SignedIn, stored: StoredParts): Sent {
  const { version, draft = "", ...body } = bodyOf(req, bodies.policy);
  if (typeof req.is("application/x-www-form-urlencoded") === "string") {
    const kept = record.settingsDraft?.id === draft ? record.settingsDraft : undefined;
    const isOutdated = draft !== "" && !kept;
    return {
      version,
      change: changeOf(body, stored),
      form: body,
      isOutdated,
      ...(kept ? { draft: kept } : {}),
    };
  }
  const given = PARTS.filter((part) => body[part] !== undefined);
  if (given.length > 0) {
    return {
      version,
      change: Object.fromEntries(given.map((part) => [part, body[part]])),
      isOutdated: false,
    };
  }
  const message = `say what to change: ${PARTS.join(", ")}`;
  throw new SecondFactorError("invalid_input", message, { errors: [{ field: "policy", message }] });
}

const OUTDATED = {
  field: "providers",
  message: "What you entered for a provider is no longer here. Enter it again.",
};

export function prepareSent(stored: StoredParts, { saved }: Stored, sent: Sent): Prepared {
  const { form, change, draft, isOutdated } = sent;
  const wrong = [...(form ? repeatedRoles(form) : []), ...(isOutdated ? [OUTDATED] : [])];
  const prepared = prepareChange(stored, saved, change, draft?.providers);
  if (wrong.length === 0) return prepared;
  return { ok: false, errors: [...wrong, ...(prepared.ok ? [] : prepared.errors)] };
}

/** The form again, with all that was sent but secrets. */
export function shownAgain(stored: StoredParts, { saved }: Stored, sent: Sent, prepared: Prepared): Shown {
  const { form, change, version, draft } = sent;
  const hasRows = form?.["hasRoles"] !== undefined && !stored.pinned.includes("roles");
  const typed = change.providers as Shown["typed"];
  const providers = prepared.ok ? enteredIn(prepared.next.providers, saved?.providers) : draft?.providers;
  return {
    settings: prepared.ok ? prepared.after : unsound(stored, saved, change, draft?.providers),
    version,
    ...(hasRows ? { rows: roleRows(form) } : {}),
    ...(typed ? { typed } : {}),
    ...(providers ? { entered: Object.keys(providers) } : {}),
    ...(draft ? { draft: draft.id } : {}),
    ...(prepared.ok ? {} : { errors: prepared.errors }),
  };
}

/** What cannot be saved, as it was typed. */
function unsound(
  stored: StoredParts,
  saved: Settings | undefined,
  { policy, codeMinutes, testMode }: SettingsChange,
  draft: KeptProviders = {},
): EffectiveSettings {
  const sent = { policy, codeMinutes, testMode } as Partial<Settings>;
  return effective(stored, {
    policy: sent.policy ?? saved?.policy ?? {},
    codeMinutes: sent.codeMinutes ?? saved?.codeMinutes,
    testMode: sent.testMode ?? saved?.testMode,
    providers: { ...saved?.providers, ...draft },
  });
}

/** Keeps secrets that were entered, sealed, for the save that follows; no page carries them. Returns their name. */
export function keepDraft(
  { tools }: Runtime,
  record: SignedIn,
  { saved }: Stored,
  { next }: Extract<Prepared, { ok: true }>,
): string | undefined {
  delete record.settingsDraft;
  const providers = enteredIn(next.providers, saved?.providers);
  if (Object.keys(providers).length === 0) return undefined;
  record.settingsDraft = { id: newId(tools.random), providers };
  return record.settingsDraft.id;
}

/** Those with a secret that is not the saved one. */
function enteredIn(next: KeptProviders = {}, saved: KeptProviders = {}): KeptProviders {
  const entered = Object.entries(next).filter(([channel, { secrets }]) => {
    const before = saved[channel as keyof KeptProviders]?.secrets ?? {};
    return Object.entries(secrets).some(([field, sealed]) => before[field] !== sealed);
  });
  return Object.fromEntries(entered);
}
