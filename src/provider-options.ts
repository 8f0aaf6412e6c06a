/** Whether messages have somebody to carry them: a delivery in code, or a provider that an administrator sets up. */
import type { Channel } from "./core/delivery.js";
import type { Factor } from "./core/factor.js";
import type { Provider } from "./core/provider.js";
import { misconfigured } from "./errors.js";
import type { SecondFactorOptions } from "./options.js";

export function isProduction(): boolean {
  return process.env["NODE_ENV"] === "production";
}

/** @throws `misconfigured`, saying what to write instead */
export function checkProviders({ providers, settings, factors, testOutbox }: SecondFactorOptions): void {
  const given = Object.entries(providers ?? {}) as [Channel, unknown][];
  for (const [channel, provider] of given) checkProvider(channel, provider, factors);
  if (given.length > 0 && !settings) {
    throw misconfigured(
      "`providers` are kept in `settings`: write settings: mongooseSettings(mongoose.connection)",
    );
  }
  for (const { kind, sends } of factors) {
    if (sends && !sends.isReady && !providers?.[sends.channel]) throw withoutDelivery(kind, sends.channel);
  }
  if (testOutbox !== undefined && !(isFunction(testOutbox.mail) && isFunction(testOutbox.sms))) {
    throw misconfigured("`testOutbox` is an outbox: write testOutbox: createOutbox()");
  }
}

function checkProvider(channel: Channel, provider: unknown, factors: readonly Factor[]): void {
  const { channel: own, fields, check, isTest, connect } = (provider ?? {}) as Partial<Provider>;
  if (own !== channel || !Array.isArray(fields) || ![check, isTest, connect].every(isFunction)) {
    throw misconfigured(
      `\`providers.${channel}\` is none: write providers: { ${EXAMPLES[channel] ?? EXAMPLES.sms} }`,
    );
  }
  const sender = factors.find(({ sends }) => sends?.channel === channel);
  if (!sender?.sends) {
    throw misconfigured(`\`providers.${channel}\` has nothing to send: add ${channel}Code() to \`factors\``);
  }
  if (sender.sends.isReady) {
    throw misconfigured(
      `\`providers.${channel}\` would never be used: leave it out, or leave \`delivery\` out of ${sender.kind}Code()`,
    );
  }
}

const EXAMPLES: Record<Channel, string> = {
  sms: "sms: twilioProvider((accountSid, authToken) => twilio(accountSid, authToken))",
  email: "email: smtpProvider((options) => nodemailer.createTransport(options))",
};

const DELIVERIES: Record<Channel, string> = {
  sms: "twilioDelivery(client, { from })",
  email: "nodemailerDelivery(transport, { from })",
};

function withoutDelivery(kind: string, channel: Channel) {
  return misconfigured(
    `nobody carries the codes of "${kind}": write ${kind}Code({ delivery: ${DELIVERIES[channel]} }), or ` +
      `providers: { ${EXAMPLES[channel]} }`,
  );
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
