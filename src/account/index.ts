/** The account's life cycle: passwords that must change, and how they do. An entry point of its own. */
export { type AccountOptions, account } from "./account.js";
export type { Passwords } from "./passwords.js";
