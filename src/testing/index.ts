/** What an app's own tests need: a clock that they move, and an authenticator app. */
import { generate, ScureBase32Plugin } from "otplib";
import type { Clock } from "../core/clock.js";

export interface ManualClock extends Clock {
  /** Moves the clock on; negative numbers move it back. */
  advance(by: { seconds?: number; minutes?: number; hours?: number; days?: number }): void;
  set(to: Date): void;
}

/** A clock that stands still until it is moved. Pass it as `clock` to `createSecondFactor`. */
export function manualClock(start: Date = new Date("2026-01-01T12:00:00Z")): ManualClock {
  let now = start.getTime();
  return {
    now: () => new Date(now),
    advance({ seconds = 0, minutes = 0, hours = 0, days = 0 }) {
      now += (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
    },
    set(to) {
      now = to.getTime();
    },
  };
}

export interface Authenticator {
  /** The code of this moment, or of some seconds before or after it. */
  code(offset?: { seconds: number }): Promise<string>;
}

/** An authenticator app, paired by base32 secret or by `otpauth:` URI: SHA-1, 6 digits, 30 seconds. */
export function authenticator(pairing: string, clock: Clock = { now: () => new Date() }): Authenticator {
  const text = pairing.startsWith("otpauth:") ? new URL(pairing).searchParams.get("secret") : pairing;
  const secret = new ScureBase32Plugin().decode((text ?? "").replace(/\s/g, ""));
  return {
    code: ({ seconds } = { seconds: 0 }) =>
      generate({ secret, epoch: Math.floor(clock.now().getTime() / 1000) + seconds }),
  };
}
