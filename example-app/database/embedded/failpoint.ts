// `failCommand`, the failpoint of MongoDB's test commands: makes named commands fail, hang or lose their connection.
import { CommandError, codeName, notOffered } from "./errors.js";
import { numberOf } from "./numbers.js";
import { type Doc, isDoc, own } from "./values.js";

const KNOWN = new Set([
  "failCommands",
  "errorCode",
  "errorLabels",
  "closeConnection",
  "blockConnection",
  "blockTimeMS",
  "writeConcernError",
]);

/** What befalls one command. */
export interface Failure {
  readonly delayMs: number;
  readonly closes: boolean;
  /** Answered instead of running the command. */
  readonly error: Doc | undefined;
  /** Added to the answer of a command that did run. */
  readonly writeConcernError: unknown;
}

interface Active {
  readonly commands: ReadonlySet<string>;
  readonly failure: Failure;
  skip: number;
  times: number;
}

export class FailPoint {
  #active: Active | undefined;

  /** @throws {CommandError} 238 for another failpoint or for data this one does not offer */
  configure(command: Doc): void {
    if (command.configureFailPoint !== "failCommand") {
      throw notOffered(`the failpoint '${String(command.configureFailPoint)}'`);
    }
    const mode = own(command, "mode");
    this.#active = mode === "off" ? undefined : parse(mode, own(command, "data"));
  }

  /** Counts a command against the failpoint. */
  strike(command: string): Failure | undefined {
    const active = this.#active;
    if (!active?.commands.has(command)) return undefined;
    if (active.skip-- > 0) return undefined;
    if (--active.times <= 0) this.#active = undefined;
    return active.failure;
  }
}

function parse(mode: unknown, data: unknown): Active {
  if (!isDoc(data)) throw new CommandError(9, "failCommand needs data");
  const unknown = Object.keys(data).find((field) => !KNOWN.has(field));
  if (unknown !== undefined) throw notOffered(`'${unknown}' of failCommand`);
  const commands = own(data, "failCommands");
  if (!Array.isArray(commands)) throw new CommandError(9, "failCommands must be an array of names");
  return { commands: new Set(commands.map(String)), failure: failureOf(data), ...counts(mode) };
}

function counts(mode: unknown): { skip: number; times: number } {
  const unlimited = Number.POSITIVE_INFINITY;
  if (mode === "alwaysOn") return { skip: 0, times: unlimited };
  if (isDoc(mode) && Object.hasOwn(mode, "times"))
    return { skip: 0, times: numberOf("times", mode.times, 1) };
  if (isDoc(mode) && Object.hasOwn(mode, "skip"))
    return { skip: numberOf("skip", mode.skip, 0), times: unlimited };
  throw new CommandError(2, "the mode of a failpoint is 'off', 'alwaysOn', { times: n } or { skip: n }");
}

function failureOf(data: Doc): Failure {
  const blocks = own(data, "blockConnection") === true;
  return {
    delayMs: blocks ? numberOf("blockTimeMS", own(data, "blockTimeMS"), 0) : 0,
    closes: own(data, "closeConnection") === true,
    error: errorOf(data),
    writeConcernError: own(data, "writeConcernError"),
  };
}

function errorOf(data: Doc): Doc | undefined {
  if (own(data, "errorCode") === undefined) return undefined;
  const code = numberOf("errorCode", own(data, "errorCode"), 0);
  const labels = own(data, "errorLabels");
  const errmsg = "Failing command via 'failCommand' failpoint";
  return {
    ok: 0,
    errmsg,
    code,
    codeName: codeName(code),
    ...(Array.isArray(labels) ? { errorLabels: labels } : {}),
  };
}
