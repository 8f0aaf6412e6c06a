/** The port by which another entry point of the package adds to a second factor. */
import type { ActionOptions } from "./actions.js";

export interface Extension {
  /** Actions that it asks a fresh code for. The app may describe them otherwise. */
  readonly actions: Readonly<Record<string, ActionOptions>>;
  /** Adds its routes: given the parts everything works with, and the router under `basePath`. */
  install(runtime: never, routes: never): void;
}
