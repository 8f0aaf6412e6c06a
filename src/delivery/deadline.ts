/** A limit of our own on every message that is handed over: clients of providers wait for half a minute and more. */
import { DeliveryError } from "../core/delivery.js";
import { misconfigured } from "../errors.js";

const MAX_SECONDS = 60;

/**
 * What `work` comes to, or a time-out after so many seconds. Work that is late is not cancelled: it may still happen,
 * which is why a time-out is never definite. What `work` throws is passed on as it is.
 *
 * @throws {DeliveryError} `timeout`, not definite
 */
export async function withinSeconds<T>(seconds: number, work: () => PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DeliveryError("timeout", `no answer within ${seconds} s`, { isDefinite: false });
    timer = setTimeout(() => reject(error), seconds * 1000);
    timer.unref();
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same number of seconds. @throws `misconfigured` where it is none, or more than 60; `where` names the option */
export function checkedSeconds(where: string, seconds: number): number {
  if (typeof seconds === "number" && seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw misconfigured(`${where} is a number of seconds above 0, at most ${MAX_SECONDS}`);
}
