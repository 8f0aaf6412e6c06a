/** The two things a pure core may not make for itself: the time and chance. */

export interface Clock {
  now(): Date;
}

export interface Random {
  /** Bytes from a cryptographically secure generator. */
  bytes(length: number): Uint8Array;
}

export const DAY_SECONDS = 24 * 60 * 60;

const ID_BYTES = 16;

/** A random identifier: 128 bits, base64url. */
export function newId(random: Random): string {
  return Buffer.from(random.bytes(ID_BYTES)).toString("base64url");
}

export function later(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}

export function earliest(...moments: readonly Date[]): Date {
  return new Date(Math.min(...moments.map((moment) => moment.getTime())));
}

export function latest(...moments: readonly Date[]): Date {
  return new Date(Math.max(...moments.map((moment) => moment.getTime())));
}
