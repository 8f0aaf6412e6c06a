/** How long codes that are sent work, where an administrator says so. */
import type { FieldError } from "../errors.js";
import type { Channel } from "./delivery.js";

/** Whole minutes, by what carries the code; what is left out is what the code says. */
export type CodeMinutes = Readonly<Partial<Record<Channel, number>>>;

/** What the code says, and the most that may be said, for each way that codes are sent; minutes. */
export type CodeLives = Readonly<Partial<Record<Channel, { default: number; max: number }>>>;

export function codeMinutesProblems(given: unknown, lives: CodeLives): FieldError[] {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return [{ field: "codeMinutes", message: "Enter minutes, by the way codes are sent." }];
  }
  return Object.entries(given).flatMap(([channel, minutes]) => {
    const field = `codeMinutes.${channel}`;
    const max = Object.hasOwn(lives, channel) ? lives[channel as Channel]?.max : undefined;
    if (max === undefined) return [{ field, message: "No codes are sent this way." }];
    if (Number.isInteger(minutes) && minutes >= 1 && minutes <= max) return [];
    return [{ field, message: `Enter a whole number from 1 to ${max}.` }];
  });
}
