/** The public names. */
export type { ActionOptions, WhenNotEnrolled } from "./core/actions.js";
export type { AssuranceRecord, Proof } from "./core/assurance.js";
export type { Clock, Random } from "./core/clock.js";
export {
  type Channel,
  type Delivery,
  DeliveryError,
  type DeliveryReason,
  type Message,
  type TestOutbox,
} from "./core/delivery.js";
export type { EventName, Events, SecurityEvents } from "./core/events.js";
export type { Factor } from "./core/factor.js";
export type { Suggested } from "./core/import.js";
export type { Limiter, Quota, Taken } from "./core/limiter.js";
export type { FactorKind, Purpose, UserRef } from "./core/model.js";
export type { Mode, Policy, RolePolicy } from "./core/policy.js";
export type { Provider, ProviderField, Providers, ProviderValues } from "./core/provider.js";
export type { Key } from "./core/sealing.js";
export type { SettingsPart } from "./core/settings.js";
export type { SecondFactorStore } from "./core/store.js";
export { textDelivery } from "./delivery/function.js";
export { type NodemailerDeliveryOptions, nodemailerDelivery } from "./delivery/nodemailer.js";
export { createOutbox, type Outbox, type OutboxMessage, type OutboxOptions } from "./delivery/outbox.js";
export { type SmtpOptions, smtpProvider } from "./delivery/smtp-provider.js";
export { type TwilioClient, type TwilioOptions, twilioDelivery } from "./delivery/twilio.js";
export { twilioProvider } from "./delivery/twilio-provider.js";
export type { TwilioSender } from "./delivery/twilio-sender.js";
export { type ErrorCode, type FieldError, SecondFactorError, STATUS } from "./errors.js";
export type { CheckResult, RequireOptions } from "./express/require.js";
export type { StepUpOptions } from "./express/step-up.js";
export { type EmailCodeOptions, emailCode } from "./factors/email-code.js";
export { listCountries, type PhoneCountry } from "./factors/phone-countries.js";
export { type PhoneFieldsOptions, phoneFields } from "./factors/phone-fields.js";
export { type ParsedPhoneNumber, type PhoneNumberOptions, parsePhoneNumber } from "./factors/phone-number.js";
export { type RecoveryCodesOptions, recoveryCodes } from "./factors/recovery-codes.js";
export { type SmsCodeOptions, smsCode } from "./factors/sms-code.js";
export { type TotpOptions, totp } from "./factors/totp.js";
export type { SecondFactorOptions } from "./options.js";
export { createSecondFactor, type SecondFactor } from "./second-factor.js";
export { mongooseEvents } from "./stores/event-log.js";
export { redisLimiter } from "./stores/limiter.js";
export { memoryStore } from "./stores/memory-store.js";
export { secondFactorPlugin } from "./stores/mongoose-plugin.js";
export { type MongooseStoreOptions, mongooseStore } from "./stores/mongoose-store.js";
export { mongooseSettings } from "./stores/settings-store.js";
