/** The public names. */
export type { AssuranceRecord, Proof } from "./core/assurance.js";
export type { Clock, Random } from "./core/clock.js";
export type { EventName, Events, SecurityEvents } from "./core/events.js";
export type { Factor } from "./core/factor.js";
export type { FactorKind, Purpose, UserRef } from "./core/model.js";
export type { Mode, Policy, RolePolicy } from "./core/policy.js";
export type { Key } from "./core/sealing.js";
export type { SecondFactorStore } from "./core/store.js";
export { type ErrorCode, type FieldError, SecondFactorError, STATUS } from "./errors.js";
export type { CheckResult, RequireOptions } from "./express/require.js";
export { type RecoveryCodesOptions, recoveryCodes } from "./factors/recovery-codes.js";
export { type TotpOptions, totp } from "./factors/totp.js";
export type { ActionOptions, SecondFactorOptions } from "./options.js";
export { createSecondFactor, type SecondFactor } from "./second-factor.js";
export { memoryStore } from "./stores/memory-store.js";
export { secondFactorPlugin } from "./stores/mongoose-plugin.js";
export { mongooseStore } from "./stores/mongoose-store.js";
