// Runs one command: finds it, checks its fields, and turns whatever it throws into MongoDB's error reply.
import { CommandError, codeName } from "../errors.js";
import { loadExpressions } from "../expressions.js";
import { type Doc, integer, isDoc } from "../values.js";
import { adminCommands } from "./admin.js";
import { type Commands, checkFields, type Request, type Session } from "./command.js";
import { findAndModifyCommands } from "./find-and-modify.js";
import { handshakeCommands } from "./handshake.js";
import { readCommands } from "./read.js";
import { writeCommands } from "./write.js";

const COMMANDS: Commands = new Map([
  ...handshakeCommands,
  ...readCommands,
  ...writeCommands,
  ...findAndModifyCommands,
  ...adminCommands,
]);

/** Never rejects: whatever goes wrong is a reply. */
export async function runCommand(request: Request, session: Session): Promise<Doc> {
  try {
    if (usesExpressions(request)) await loadExpressions();
    return { ...run(request, session), ok: 1 };
  } catch (error) {
    return errorReply(error);
  }
}

function run(request: Request, session: Session): Doc {
  const command = COMMANDS.get(request.name);
  if (!command) throw new CommandError(59, `no such command: '${request.name}'`);
  checkFields(request, command);
  return command.run(request, session);
}

/** Loading is the one thing that has to wait, so it happens before the command and never within it. */
function usesExpressions({ name, body }: Request): boolean {
  if (name === "aggregate" || Array.isArray(body.update)) return true;
  return name !== "insert" && mentions(body);
}

function mentions(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(mentions);
  if (!isDoc(value)) return false;
  return Object.entries(value).some(
    ([field, inner]) => field === "$expr" || (field === "u" && Array.isArray(inner)) || mentions(inner),
  );
}

export function errorReply(error: unknown): Doc {
  const { code, message, details } =
    error instanceof CommandError
      ? error
      : { code: 1, message: `the embedded database failed: ${String(error)}`, details: {} };
  return { ok: 0, errmsg: message, code: integer(code), codeName: codeName(code), ...details };
}
