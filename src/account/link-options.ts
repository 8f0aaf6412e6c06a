/** What an app says so that links can be mailed: whom an address belongs to, by what mail goes, and to where. */
import type { Delivery } from "../core/delivery.js";
import type { UserState } from "../core/model.js";
import { misconfigured } from "../errors.js";
import type { Runtime } from "../express/runtime.js";

export interface LinkOptions {
  /** Mails the links: `nodemailerDelivery(transport, { from })`. Default: none, and nothing that is mailed is offered. */
  delivery?: Delivery;
  /**
   * The user whose address this is, as typed by anybody; null, undefined or false where it is nobody's. Default: none,
   * and nobody can ask for a link. The link goes to `addressOf(user)`, not to what was typed.
   */
  findUser?: (address: string) => unknown;
  /** The address on file. Default: `user.email`. */
  addressOf?: (user: never) => string | undefined;
  /** Whether somebody has chosen a password. Default: whether the store finds one. */
  isInitialised?: (user: never) => boolean;
  /**
   * Who may reset their own password by mail: nobody (`off`, the default), or whoever has no factor (`unprotected`). For
   * everybody else an administrator does.
   */
  selfReset?: "off" | "unprotected";
}

export const LINK_OPTIONS = ["delivery", "findUser", "addressOf", "isInitialised", "selfReset"] as const;

/** The same, with what is left out. */
export interface Links {
  delivery?: Delivery;
  findUser?: (address: string) => unknown;
  selfReset: "off" | "unprotected";
  addressOf(user: unknown): string | undefined;
  isInitialised(user: unknown, state: UserState): boolean;
}

/** @throws `misconfigured` */
export function linksOf(options: LinkOptions): Links {
  const { delivery, findUser, addressOf, isInitialised, selfReset = "off" } = options;
  const isMail =
    delivery === undefined || (delivery.channel === "email" && typeof delivery.send === "function");
  if (!isMail)
    throw misconfigured("account({ delivery }) mails: write nodemailerDelivery(transport, { from })");
  for (const [name, given] of Object.entries({ findUser, addressOf, isInitialised })) {
    if (given !== undefined && typeof given !== "function")
      throw misconfigured(`account({ ${name} }) is a function`);
  }
  if (selfReset !== "off" && selfReset !== "unprotected")
    throw misconfigured('account({ selfReset }) is "off" or "unprotected"');
  if (!delivery && (findUser || selfReset !== "off"))
    throw misconfigured("account({ delivery }) is missing: links are mailed by it");
  if (!findUser && selfReset !== "off")
    throw misconfigured("account({ findUser }) is missing: (address) => the user whose it is");
  return {
    ...(delivery ? { delivery } : {}),
    ...(findUser ? { findUser } : {}),
    selfReset,
    addressOf: (addressOf as Links["addressOf"] | undefined) ?? emailOf,
    isInitialised:
      (isInitialised as Links["isInitialised"] | undefined) ??
      ((_, state) => state.passwordDigest !== undefined),
  };
}

/** Where nobody says who has a password, everybody would be mailed a link for a first one. @throws `misconfigured` */
export function checkInitialised({ store }: Runtime, { findUser, isInitialised }: LinkOptions): void {
  if (!findUser || isInitialised || store.knowsPassword) return;
  throw misconfigured(
    "account({ findUser }) has to know who has chosen a password: write mongooseStore(User, { passwordPath: " +
      '"passwordHash" }), or account({ isInitialised: (user) => … })',
  );
}

function emailOf(user: unknown): string | undefined {
  const { email } = user as { email?: unknown };
  return typeof email === "string" ? email : undefined;
}
