/** The store's verbs for the account's life cycle: passwords that must change, and links that were mailed. */
import type { Link, LinkUse, TemporaryPassword, UserRef, UserState } from "./model.js";

/** At most this many links a user before another "stop" is refused; no link gives way to one of another use. */
export const MAX_LINKS = 5;
/** And so many with those that have run out: enough that no live one gives way. */
export const MAX_KEPT_LINKS = 2 * MAX_LINKS;

/** Which link: by its hash, for one use, in force at the moment given. */
export interface LinkSpend {
  hash: string;
  use: LinkUse;
  at: Date;
}

export interface AccountStore {
  /** Makes the next login end with a new password; sessions go on. False: it did so already. */
  requirePasswordChange(ref: UserRef): Promise<boolean>;
  /**
   * Puts a temporary password in the password's place, and in that of an older one, and makes the next login end with
   * a new one. Ends every session and every login that is under way, and drops welcome and reset links.
   */
  setTemporaryPassword(ref: UserRef, temporary: TemporaryPassword): Promise<boolean>;
  /** Uses it up, unexpired. It stays in the password's place. */
  spendTemporaryPassword(ref: UserRef, spend: { hash: string; at: Date }): Promise<boolean>;
  /**
   * Notes that the person has a new password: nothing asks for another, and what the old one earned is gone. Ends every
   * session but that of `login`, every other login under way, challenges, grants, trusted browsers, the temporary
   * password, welcome and reset links.
   */
  passwordChanged(ref: UserRef, change: { login?: string }): Promise<boolean>;
  /**
   * Keeps a link. A person has one "welcome", one "reset" and one "unlock", and the newest is it. Of "stop" each stays
   * until it runs out, so that nobody can push one out: false where `MAX_LINKS` are in force.
   */
  addLink(ref: UserRef, link: Link, at: Date): Promise<boolean>;
  /**
   * Uses a link up; "welcome" and "reset" make the next login end with a new password in the same write. Returns the
   * record as it was before; undefined where there is no such link.
   */
  spendLink(ref: UserRef, spend: LinkSpend): Promise<UserState | undefined>;
}
