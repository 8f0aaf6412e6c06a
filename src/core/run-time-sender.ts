/** Factors that send, with what an administrator says of them: how long codes work, by whom they go, or that none do. */
import type { EffectiveSettings } from "./current-settings.js";
import { type Channel, type Delivery, DeliveryError } from "./delivery.js";
import type { CodeSender, Factor } from "./factor.js";
import type { FactorKind } from "./model.js";
import type { ProviderDesk } from "./provider-desk.js";

export interface RunTime {
  /** What holds now, without waiting: a few seconds old at most where it is asked during a request of ours. */
  latest(): EffectiveSettings;
  desk: ProviderDesk;
  /** Where messages go in test mode. */
  outbox: Readonly<Partial<Record<Channel, Delivery>>>;
}

/** The same factor, which asks the settings each time; one that sends nothing is left as it is. */
export function atRunTime(factor: Factor, runTime: RunTime): Factor {
  const { sends } = factor;
  return sends ? over(factor, { sends: senderAtRunTime(sends, runTime) }) : factor;
}

/** The kinds whose messages nobody would carry, were these the settings. */
export function unreadyKinds(
  factors: Iterable<Factor>,
  settings: EffectiveSettings,
  desk: ProviderDesk,
): FactorKind[] {
  return [...factors].flatMap(({ kind, sends }) => {
    return sends && !isReadyUnder(sends, settings, desk) ? [kind] : [];
  });
}

function isReadyUnder(
  { channel, isReady }: CodeSender,
  { testMode, providers }: EffectiveSettings,
  desk: ProviderDesk,
): boolean {
  return testMode || isReady || desk.stateOf(channel, providers[channel]).isReady;
}

function senderAtRunTime(own: CodeSender, { latest, desk, outbox }: RunTime): CodeSender {
  const { channel } = own;
  const provider = () => desk.deliveryOf(channel, latest().providers[channel]);
  /** Who carries a message in place of the factor's own delivery. */
  const carrier = () => {
    const { testMode } = latest();
    if (own.isReady && !testMode) return undefined;
    const delivery = testMode ? outbox[channel] : provider();
    if (delivery) return delivery;
    throw new DeliveryError("unreachable", `"${channel}" has no provider yet`, { isDefinite: true });
  };
  return over(own, {
    get lifeSeconds() {
      const minutes = latest().codeMinutes[channel];
      return minutes === undefined ? own.lifeSeconds : Math.min(minutes * 60, own.maxLifeSeconds);
    },
    get sender() {
      return own.sender ?? (latest().testMode ? undefined : senderOf(provider));
    },
    get isTest() {
      return own.isTest || latest().testMode;
    },
    get isReady() {
      return isReadyUnder(own, latest(), desk);
    },
    send: async (note, tools) => own.send(note, tools, carrier()),
    tell: async (message) => own.tell(message, carrier()),
  });
}

/** A page names whom mail comes from; one whose provider is broken is drawn without. */
function senderOf(provider: () => Delivery | undefined): string | undefined {
  try {
    return provider()?.sender;
  } catch {
    return undefined;
  }
}

/** The app's own object stays as it is. */
function over<T extends object>(base: T, changes: Partial<T>): T {
  return Object.create(base, Object.getOwnPropertyDescriptors(changes)) as T;
}
