/** The ways off a page where somebody is asked for a code, or sets up how to get one. */

import type { FactorKind } from "../core/model.js";
import { ButtonLink, CancelSignIn } from "./components.js";
import type { Context } from "./layout.js";
import type { ActionView } from "./views.js";

export interface Asked {
  action?: ActionView;
  cancelUrl?: string;
}

/** A sign-in can be given up for another account; a step-up goes back to where it came from. */
export function WayOut({ page, asked }: { page: Context; asked: Asked }) {
  const { site, t } = page;
  if (!asked.action) return <CancelSignIn site={site} label={t.shared.useAnotherAccount} />;
  if (!asked.cancelUrl) return null;
  return (
    <ButtonLink look="link" href={asked.cancelUrl}>
      {t.shared.cancel}
    </ButtonLink>
  );
}

/** Setting up can be put off, unless nothing else opens: then one can only sign out. */
export function EnrolWayOut({ page: { site, t }, required }: { page: Context; required: boolean }) {
  if (required) return <CancelSignIn site={site} label={t.shared.signOut} />;
  return (
    <ButtonLink look="link" href={site.base}>
      {t.shared.cancel}
    </ButtonLink>
  );
}

/** What a form of the challenge sends along: the way that is meant, and what the code is for. */
export function aboutOf({ action }: Asked, factor: FactorKind): Record<string, string | undefined> {
  return { factor, action: action?.name, target: action?.target };
}

/** A path of the challenge, saying which way is meant and which action it is for. */
export function challengePath(base: string, path: "" | "/choose", asked: Asked, factor?: FactorKind): string {
  const query = new URLSearchParams({
    ...(factor && { factor }),
    ...(asked.action && { action: asked.action.name }),
  }).toString();
  return `${base}/challenge${path}${query && `?${query}`}`;
}

/** Whom to ask for help: a name or an address, so its own text decides its direction. */
export function Support({ page: { site, t } }: { page: Context }) {
  return <bdi>{site.support ?? t.shared.anAdministrator}</bdi>;
}
