/** A provider's values at rest: each secret sealed for its own field. */
import type { Channel } from "./delivery.js";
import type { KeptProvider, KeptProviders, Provider, ProviderValues } from "./provider.js";
import type { SealContext, Sealer } from "./sealing.js";

/** The settings belong to nobody: what names the place is the channel and the field. */
function contextOf(channel: Channel, field: string): SealContext {
  return { user: "", kind: `provider:${channel}`, record: field };
}

export function sealProvider(sealer: Sealer, provider: Provider, values: ProviderValues): KeptProvider {
  const { channel, name, fields } = provider;
  const filled = fields.flatMap((field) => {
    const value = values[field.name] ?? "";
    return value === "" ? [] : [{ ...field, value }];
  });
  const open = filled.filter(({ secret }) => !secret).map((field) => [field.name, field.value] as const);
  const sealed = filled
    .filter(({ secret }) => secret)
    .map((field) => {
      return [
        field.name,
        sealer.seal(new TextEncoder().encode(field.value), contextOf(channel, field.name)),
      ] as const;
    });
  return { name, values: Object.fromEntries(open), secrets: Object.fromEntries(sealed) };
}

/** Every value in clear. @throws as {@link Sealer.open} does */
export function openProvider(sealer: Sealer, channel: Channel, kept: KeptProvider): ProviderValues {
  const opened = Object.entries(kept.secrets).map(([field, sealed]) => {
    return [field, new TextDecoder().decode(sealer.open(sealed, contextOf(channel, field)).plain)] as const;
  });
  return { ...kept.values, ...Object.fromEntries(opened) };
}

/** The same, with every secret under the first key; `stale`: one was not. Also of providers that code has dropped. */
export function resealed(
  sealer: Sealer,
  providers: KeptProviders,
): { providers: KeptProviders; stale: boolean } {
  let stale = false;
  const anew = Object.entries(providers).map(([channel, kept]) => {
    const secrets = Object.entries(kept.secrets).map(([field, sealed]) => {
      const context = contextOf(channel as Channel, field);
      const opened = sealer.open(sealed, context);
      stale ||= opened.stale;
      return [field, opened.stale ? sealer.seal(opened.plain, context) : sealed] as const;
    });
    return [channel, { ...kept, secrets: Object.fromEntries(secrets) }] as const;
  });
  return { providers: Object.fromEntries(anew), stale };
}
