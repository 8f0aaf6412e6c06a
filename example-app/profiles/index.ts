/** Every profile by its name. */
import { acme } from "./acme.js";
import { lucyEmail } from "./lucy-email.js";
import { manage } from "./manage.js";
import type { Profile } from "./profile.js";

export const DEFAULT_PROFILE = "acme";

/** A map, so that no name stands for anything that is not in it. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map([
  [DEFAULT_PROFILE, acme],
  ["lucy-email", lucyEmail],
  ["manage", manage],
]);
