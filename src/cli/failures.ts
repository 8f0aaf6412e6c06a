/** What ends a command early, and how it is said. */

/** What was typed cannot be meant: exit code 2. */
export class UsageError extends Error {}

/** It cannot be done, for a reason that is said in whole lines: exit code 1. */
export class CommandError extends Error {}

export interface Told {
  exitCode: 1 | 2;
  lines: string[];
}

/** Errors of the package by their code, not their class: the app may have another copy of it. */
interface CodedError extends Error {
  code: string;
  errors?: readonly { field: string; message: string }[];
}

export function told(error: unknown): Told {
  if (error instanceof UsageError) {
    return { exitCode: 2, lines: [error.message, "See: npx passport-second-factor help"] };
  }
  if (error instanceof CommandError) return { exitCode: 1, lines: [error.message] };
  if (isCoded(error)) return coded(error);
  return { exitCode: 1, lines: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

function coded({ code, message, cause, errors = [] }: CodedError): Told {
  if (code === "invalid_input") {
    return { exitCode: 2, lines: errors.map(({ field, message: what }) => `${field}: ${what}`) };
  }
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  const hint =
    code === "store_unavailable" ? ["Is the database up, and does the configuration connect to it?"] : [];
  return { exitCode: 1, lines: [`${message}${why}`, ...hint] };
}

function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && error.name === "SecondFactorError" && "code" in error;
}
