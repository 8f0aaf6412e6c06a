/** The app's passwords, as far as it lends them: it keeps them, and we only ask. */
import { hashPrintedCode } from "../core/printed-code.js";
import { SecondFactorError } from "../errors.js";
import type { Runtime } from "../express/runtime.js";

/** How the app compares and keeps passwords. What throws is answered 503, and nothing is let through. */
export interface Passwords {
  /** Whether this is the user's password now. `user` is what the app's own `deserializeUser`, or `find`, returned. */
  verify: (user: never, password: string) => boolean | Promise<boolean>;
  /** Keeps a new password, hashed. */
  set: (user: never, password: string) => unknown;
}

/** Nothing but `true` is a yes. @throws `store_unavailable` */
export function isPassword(
  runtime: Runtime,
  { verify }: Passwords,
  user: unknown,
  password: string,
): Promise<boolean> {
  return asked(runtime, "verify", async () => (await verify(user as never, password)) === true);
}

/** @throws `store_unavailable` */
export async function setPassword(
  runtime: Runtime,
  { set }: Passwords,
  user: unknown,
  password: string,
): Promise<void> {
  await asked(runtime, "set", async () => set(user as never, password));
}

/** Takes as long as a comparison does, for a name that nobody has; says nothing. @throws `store_unavailable` */
export async function waste(
  { runtime, passwords }: { runtime: Runtime; passwords: Passwords },
  standIn: unknown,
  password: string,
): Promise<void> {
  if (standIn === undefined) await hashPrintedCode(password, "");
  else await isPassword(runtime, passwords, standIn, password);
}

/** What the app threw is told to whoever listens; the person is told to try again. */
async function asked<T>({ events }: Runtime, name: keyof Passwords, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    events.emit("listener-failed", { event: `passwords.${name}`, error });
    throw new SecondFactorError("store_unavailable", `passwords.${name} failed`, { cause: error });
  }
}
