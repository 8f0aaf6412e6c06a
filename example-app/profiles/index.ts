/** Every profile by its name. */
import { acme } from "./acme.js";
import { lucca } from "./lucca.js";
import { lucyAuthy } from "./lucy-authy.js";
import { lucyEmail } from "./lucy-email.js";
import { manage } from "./manage.js";
import type { Profile } from "./profile.js";
import { xCart } from "./x-cart.js";

export const DEFAULT_PROFILE = "acme";

/** A map, so that no name stands for anything that is not in it. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map([
  [DEFAULT_PROFILE, acme],
  ["lucca", lucca],
  ["lucy-authy", lucyAuthy],
  ["lucy-email", lucyEmail],
  ["manage", manage],
  ["x-cart", xCart],
]);
