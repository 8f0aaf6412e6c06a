/** The port by which another entry point of the package adds to a second factor. */
import type { ActionOptions } from "./actions.js";
import type { Delivery } from "./delivery.js";
import type { KnownUser } from "./store.js";

export interface Extension {
  /** Actions that it asks a fresh code for. The app may describe them otherwise. */
  readonly actions: Readonly<Record<string, ActionOptions>>;
  /** What it mails links by. */
  readonly delivery?: Delivery;
  /** The way to mail somebody a link behind which they choose a password; absent where nothing can be mailed. */
  readonly resets?: Resets;
  /** Adds its routes: given the parts everything works with, and the router under `basePath`. */
  install(runtime: never, routes: never): void;
}

export interface Resets {
  /** Whether they have an address on file. */
  reaches(user: unknown): boolean;
  /** False where they have none. @throws {DeliveryError} */
  mail(runtime: never, known: KnownUser, wanted: { disables: boolean }): Promise<boolean>;
}
