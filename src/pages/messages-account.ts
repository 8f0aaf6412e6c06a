/** What is said of an account's password. */
import { count } from "./words.js";

export const password = {
  forcedHeading: "Choose a new password",
  forcedLead: "Your administrator asked for this.",
  heading: "Change your password",
  lead: "You'll be signed out everywhere else.",
  temporary: "Temporary password",
  account: "Account",
  current: "Current password",
  new: "New password",
  hint: (n: number) => `At least ${count(n, "character", "characters")}; several words work well.`,
  save: "Save password",
};
