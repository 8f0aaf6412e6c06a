/** A limit of our own on every database operation: Mongoose buffers for ten seconds, a dead server answers never. */
import { SecondFactorError } from "../errors.js";

/**
 * The operation's result, or `store_unavailable` when it fails or takes too long.
 *
 * An operation that is late is not cancelled: it may still happen. Every verb of the store is safe to happen late.
 *
 * @throws SecondFactorError `store_unavailable`, with the database's own error as its cause
 */
export async function withinDeadline<T>(seconds: number, operation: () => PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`the database did not answer within ${seconds} s`);
    timer = setTimeout(() => reject(error), seconds * 1000);
    timer.unref();
  });
  try {
    return await Promise.race([Promise.resolve(operation()), late]);
  } catch (cause) {
    throw new SecondFactorError("store_unavailable", "the second factor's store is unavailable", { cause });
  } finally {
    clearTimeout(timer);
  }
}
