/** What a profile is: the shop's second factor, set up as some other product has it. */
import type { Factor, SecondFactorOptions, TwilioClient } from "passport-second-factor";
import type { AccountOptions } from "passport-second-factor/account";
import type { Deliveries } from "../deliveries.js";

/** What a profile may set besides the factors; the rest is the shop's own set-up. */
type Options = Pick<
  SecondFactorOptions,
  "policy" | "actions" | "trustBrowserDays" | "sendOn" | "signOutAfterEnrolment" | "support"
>;

/** What a provider is made with; the keys are an administrator's to enter. */
export interface Services {
  twilio(accountSid: string, authToken: string): TwilioClient;
}

/** Configuration, and nothing else: whatever a profile needs is an option of the library. */
export interface Profile extends Partial<Options> {
  /** What it shows, in a line for `--help`. */
  about: string;
  /** The product's name: on the shop's own pages too. */
  issuer: string;
  /** The ways to confirm, in the order they are offered; one whose messages have no way out is left out. */
  factors(deliveries: Deliveries): readonly (Factor | undefined)[];
  /** Services whose keys an administrator enters, for factors that have no delivery. */
  providers?(services: Services): NonNullable<SecondFactorOptions["providers"]>;
  /** Whether an administrator can have messages kept instead of sent, while things are tried out. */
  hasTestSwitch?: boolean;
  /** Who may reset their own password by mail. Default: nobody. */
  selfReset?: AccountOptions["selfReset"];
  /** Whether people may also sign in by their organisation: by a stand-in for it, in test mode. */
  hasSso?: boolean;
}
