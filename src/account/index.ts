/** The account's life cycle: passwords that must change, and how they do. An entry point of its own. */
export { type AccountOptions, account } from "./account.js";
export { type LocalVerify, type LocalVerifyOptions, localVerify } from "./local-verify.js";
export { passportLocalMongoosePasswords } from "./passport-local-mongoose.js";
export type { Passwords } from "./passwords.js";
