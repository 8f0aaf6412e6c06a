/** The port by which another entry point of the package adds to a second factor. */
import type { ActionOptions } from "./actions.js";
import type { Delivery } from "./delivery.js";

export interface Extension {
  /** Actions that it asks a fresh code for. The app may describe them otherwise. */
  readonly actions: Readonly<Record<string, ActionOptions>>;
  /** What it mails links by. */
  readonly delivery?: Delivery;
  /** Adds its routes: given the parts everything works with, and the router under `basePath`. */
  install(runtime: never, routes: never): void;
}
