/** Passwords as passport-local-mongoose keeps them. */
import { misconfigured } from "../errors.js";
import type { Passwords } from "./passwords.js";

/** What its plugin puts on a user document (version 6 or newer), as far as it is used. */
interface PluggedIn {
  readonly _id: unknown;
  readonly constructor: unknown;
  authenticate(password: string): Promise<{ user: unknown }>;
  setPassword(password: string): Promise<unknown>;
  save(options: object): Promise<unknown>;
}

/**
 * For `account({ passwords: passportLocalMongoosePasswords() })`: users are documents of a model with the plugin. Its own
 * `passwordValidator` can only throw; rules that a person should be told go to `account({ refuse })`.
 */
export function passportLocalMongoosePasswords(): Passwords {
  return {
    async verify(user: unknown, password) {
      const { user: known } = await pluggedIn(user).authenticate(password);
      return Boolean(known);
    },
    async set(user: unknown, password) {
      const document = await readAgain(pluggedIn(user));
      await document.setPassword(password);
      await document.save({ validateModifiedOnly: true });
    },
  };
}

/** So that nothing else is saved that the app changed on the document in hand. */
async function readAgain({ constructor: model, _id }: PluggedIn): Promise<PluggedIn> {
  return pluggedIn(await (model as { findById(id: unknown): Promise<unknown> }).findById(_id));
}

function pluggedIn(user: unknown): PluggedIn {
  if (typeof (user as Partial<PluggedIn> | null)?.setPassword === "function") return user as PluggedIn;
  throw misconfigured(
    "passportLocalMongoosePasswords() needs documents of a schema with passport-local-mongoose: let deserializeUser " +
      "return them",
  );
}
