/** The port to a service that an administrator sets up: what it asks for, and the delivery that comes of it. */
import type { FieldError } from "../errors.js";
import type { Channel, Delivery } from "./delivery.js";

export interface ProviderField {
  /** Letters and digits. */
  name: string;
  label: string;
  hint?: string;
  /** Sealed when it is kept, and never shown again. */
  secret?: true;
  /** May be left empty. */
  optional?: true;
  /** The secrets belong to it: where it changes they are asked for anew, so that none is sent somewhere else. */
  bindsSecrets?: true;
  /** Decides `isTest`: what is wrong with a test key is said here. */
  marksTest?: true;
}

/** By the names of the fields; what was left empty is "". */
export type ProviderValues = Readonly<Record<string, string>>;

export interface Provider {
  readonly channel: Channel;
  /** As administrators know it: "Twilio". */
  readonly name: string;
  readonly fields: readonly ProviderField[];
  /** What is wrong, by the fields' names, in words for an administrator. Fields that must be filled are. */
  check(values: ProviderValues): FieldError[];
  /** Messages reach nobody: good for trying out, refused in production. */
  isTest(values: ProviderValues): boolean;
  /** Makes the delivery. Called when a message is first sent, and again only where the values have changed. */
  connect(values: ProviderValues): Delivery;
}

export type Providers = Readonly<Partial<Record<Channel, Provider>>>;

/** How a provider's values are kept: secrets sealed one by one. */
export interface KeptProvider {
  /** Of the provider: the values of another one are none of its own. */
  name: string;
  values: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
}

export type KeptProviders = Readonly<Partial<Record<Channel, KeptProvider>>>;
