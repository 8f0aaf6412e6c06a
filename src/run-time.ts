/** What an administrator may change while the app runs, put together from the options. */
import type { CodeLives } from "./core/code-minutes.js";
import {
  type EffectiveSettings,
  fixedSettings,
  type SettingsSource,
  type StoredParts,
  storedSettings,
} from "./core/current-settings.js";
import type { Channel, Delivery } from "./core/delivery.js";
import type { EnrolmentParts } from "./core/enrolment.js";
import type { Factor } from "./core/factor.js";
import type { FactorKind } from "./core/model.js";
import { createProviderDesk, type ProviderDesk } from "./core/provider-desk.js";
import { atRunTime, unreadyKinds } from "./core/run-time-sender.js";
import { createSettingsSigner } from "./core/settings.js";
import type { SecondFactorOptions } from "./options.js";
import { isProduction } from "./provider-options.js";

export interface RunTimeSettings {
  settings: SettingsSource;
  /** Absent where everything is in code. */
  stored?: StoredParts;
  /** As they were configured, with what the settings say of them. */
  factors: ReadonlyMap<FactorKind, Factor>;
  unready(settings: EffectiveSettings): FactorKind[];
}

export function runTimeSettings(options: SecondFactorOptions, parts: EnrolmentParts): RunTimeSettings {
  const { policy = {}, factors, providers = {} } = options;
  const tools = { sealer: parts.tools.sealer, isProduction: isProduction() };
  const desk = createProviderDesk(providers, tools);
  const outbox = outboxOf(options);
  const stored = storedParts(options, parts, desk, outbox !== undefined);
  const settings = stored ? storedSettings(stored) : fixedSettings(policy);
  const runTime = { latest: () => settings.latest(), desk, outbox: outbox ?? {} };
  return {
    settings,
    ...(stored ? { stored } : {}),
    factors: new Map(factors.map((factor) => [factor.kind, atRunTime(factor, runTime)])),
    unready: (wanted) => unreadyKinds(factors, wanted, desk),
  };
}

function storedParts(
  { settings: store, keys, factors, policy = {}, pinned = [] }: SecondFactorOptions,
  { tools, events }: EnrolmentParts,
  desk: ProviderDesk,
  canTest: boolean,
): StoredParts | undefined {
  if (!store) return undefined;
  const code = { policy, pinned, canTest, configured: factors.map(({ kind }) => kind) };
  const signer = createSettingsSigner(keys);
  return { store, signer, clock: tools.clock, events, desk, lives: livesOf(factors), ...code };
}

function livesOf(factors: readonly Factor[]): CodeLives {
  const lives = factors.flatMap(({ sends }) => {
    return sends
      ? [[sends.channel, { default: sends.lifeSeconds / 60, max: sends.maxLifeSeconds / 60 }]]
      : [];
  });
  return Object.fromEntries(lives);
}

/** Whom mail in test mode comes from: it is kept, and nobody looks for it in a mailbox. */
const TEST_SENDER = "test-mode@example.invalid";

/** Undefined where there is no test mode. */
function outboxOf({ allowTestMode, testOutbox }: SecondFactorOptions): Record<Channel, Delivery> | undefined {
  if (allowTestMode !== true || !testOutbox || isProduction()) return undefined;
  return { email: testOutbox.mail({ from: TEST_SENDER }), sms: testOutbox.sms() };
}
