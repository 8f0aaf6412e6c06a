/** The providers that an administrator may set up, with what is kept of each: changed, looked at, connected. */
import { type Channel, type Delivery, DeliveryError } from "./delivery.js";
import { openProvider, resealed } from "./kept-provider.js";
import type { KeptProvider, KeptProviders, Providers, ProviderValues } from "./provider.js";
import { type ChangeTools, changeProvider, type ProviderChanged } from "./provider-change.js";

export interface ProviderState {
  /** Messages can be sent by it. */
  isReady: boolean;
  isTest: boolean;
}

export interface ProviderDesk {
  readonly providers: Providers;
  stateOf(channel: Channel, kept: KeptProvider | undefined): ProviderState;
  /** Connected once for the same values; undefined where it is not ready. @throws {DeliveryError} */
  deliveryOf(channel: Channel, kept: KeptProvider | undefined): Delivery | undefined;
  /** See {@link changeProvider}. */
  change(channel: Channel, given: unknown, kept: KeptProvider | undefined): ProviderChanged;
  /** Every secret under the first key. */
  resealed(kept: KeptProviders): KeptProviders;
}

const NOTHING: ProviderState = { isReady: false, isTest: false };

export function createProviderDesk(providers: Providers, tools: ChangeTools): ProviderDesk {
  const opened = new WeakMap<KeptProvider, ProviderValues | undefined>();
  const connections = new Map<Channel, { values: string; delivery: Delivery }>();

  function valuesOf(channel: Channel, kept: KeptProvider | undefined): ProviderValues | undefined {
    if (!kept || providers[channel]?.name !== kept.name) return undefined;
    if (!opened.has(kept)) opened.set(kept, openedOr(tools, channel, kept));
    return opened.get(kept);
  }

  function stateOf(channel: Channel, kept: KeptProvider | undefined): ProviderState {
    const values = valuesOf(channel, kept);
    const isTest = values !== undefined && providers[channel]?.isTest(values) === true;
    return values ? { isReady: !(isTest && tools.isProduction), isTest } : NOTHING;
  }

  function connectedTo(channel: Channel, values: ProviderValues): Delivery {
    const text = JSON.stringify(values);
    const found = connections.get(channel);
    if (found?.values === text) return found.delivery;
    const delivery = connected(providers, channel, values);
    connections.set(channel, { values: text, delivery });
    return delivery;
  }

  return {
    providers,
    stateOf,
    deliveryOf(channel, kept) {
      const values = valuesOf(channel, kept);
      return values && stateOf(channel, kept).isReady ? connectedTo(channel, values) : undefined;
    },
    change(channel, given, kept) {
      const provider = providers[channel];
      if (provider) return changeProvider(tools, provider, given, kept);
      return { ok: false, errors: [{ field: "", message: "There is no such provider here." }] };
    },
    resealed: (kept) => resealed(tools.sealer, kept).providers,
  };
}

/** What does not open is not there: pages are shown all the same, and say that it is missing. */
function openedOr({ sealer }: ChangeTools, channel: Channel, kept: KeptProvider): ProviderValues | undefined {
  try {
    return openProvider(sealer, channel, kept);
  } catch {
    return undefined;
  }
}

/** What the app's constructor throws is not passed on: it may quote what it was given. */
function connected(providers: Providers, channel: Channel, values: ProviderValues): Delivery {
  try {
    const delivery = providers[channel]?.connect(values);
    if (delivery?.channel === channel) return delivery;
  } catch {}
  const message = `the provider of "${channel}" that is set up made no delivery`;
  throw new DeliveryError("unreachable", message, { isDefinite: true });
}
