// A provider of the tests' own, and the parts that settings are kept with.

import { type StoredParts, storedSettings } from "../../src/core/current-settings.js";
import type { Channel, Delivery, Message } from "../../src/core/delivery.js";
import { createEvents, type EventName, type SecurityEvents } from "../../src/core/events.js";
import type { Provider, ProviderValues } from "../../src/core/provider.js";
import { createProviderDesk } from "../../src/core/provider-desk.js";
import { createSealer, type Key } from "../../src/core/sealing.js";
import { createSettingsSigner } from "../../src/core/settings.js";
import { memorySettings } from "../../src/stores/settings-store.js";
import { manualClock } from "../../src/testing/index.js";
import { KEY, random } from "./person.js";

export const VALUES = { account: "acme", token: "a token nobody may read", from: "Acme" };

/** Keeps what is sent by it, and what it was connected with. */
export function fakeProvider(channel: Channel = "sms", fault?: () => never) {
  const connected: ProviderValues[] = [];
  const taken: (Message & { by: string })[] = [];
  const provider: Provider = {
    channel,
    name: "Acme Post",
    fields: [
      { name: "account", label: "Account", bindsSecrets: true },
      { name: "token", label: "Token", secret: true },
      { name: "from", label: "Sender", optional: true, marksTest: true },
    ],
    check: ({ account = "" }) =>
      account.startsWith("acme") ? [] : [{ field: "account", message: "Enter an account of Acme." }],
    isTest: ({ from }) => from === "test",
    connect(values): Delivery {
      connected.push(values);
      fault?.();
      const send = async (message: Message) => void taken.push({ ...message, by: values["account"] ?? "" });
      return { channel, sender: values["from"] ?? "", send };
    },
  };
  return { provider, connected, taken };
}

export interface ProcessOptions extends Partial<StoredParts> {
  provider?: Provider;
  keys?: readonly Key[];
  isProduction?: boolean;
}

/** One process: with a store that others may share, and what it told. */
export function newProcess({ provider, keys = [KEY], isProduction = false, ...given }: ProcessOptions = {}) {
  const clock = manualClock();
  const events = createEvents(clock.now);
  const heard: Partial<SecurityEvents[EventName]>[] = [];
  for (const name of ["settings-changed", "settings-refused"] as const)
    events.on(name, ({ at: _, ...detail }) => heard.push({ ...detail }));
  const sealer = createSealer(keys, random);
  const desk = createProviderDesk(provider ? { [provider.channel]: provider } : {}, { sealer, isProduction });
  const parts: StoredParts = {
    store: memorySettings(),
    signer: createSettingsSigner(keys),
    clock,
    events,
    policy: {},
    pinned: [],
    canTest: false,
    configured: ["totp", "email", "sms", "recovery-code"],
    lives: { email: { default: 10, max: 20 }, sms: { default: 5, max: 10 } },
    desk,
    ...given,
  };
  return { parts, sealer, heard, source: storedSettings(parts), clock };
}
