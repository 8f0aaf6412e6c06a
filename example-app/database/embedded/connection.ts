// One client: its requests are answered one after the other, until it leaves or sends what is no request.
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Request, Session } from "./commands/command.js";
import { errorReply, runCommand } from "./commands/run.js";
import { CommandError } from "./errors.js";
import type { Doc } from "./values.js";
import { decodeMessage, encodeReply, frames, type Message } from "./wire.js";

/** Commands that may come as OP_QUERY, as in MongoDB 6.0 and later. */
const LEGACY = new Set(["hello", "isMaster", "ismaster"]);

/** Never rejects: a peer that breaks off or sends nonsense ends its own connection and nothing else. */
export async function serve(socket: Socket, session: Session): Promise<void> {
  try {
    let replyId = 0;
    for await (const frame of frames(socket)) {
      const message = decodeMessage(frame);
      const reply = await answer(message, session);
      if (!reply) break;
      if (message.wantsReply) await send(socket, encode(message, ++replyId, reply));
    }
  } catch {
    // Nothing to do and nobody to tell: the other side is gone or does not speak the protocol.
  } finally {
    socket.destroy();
  }
}

/** @returns undefined where a failpoint cuts the connection instead of answering */
async function answer(message: Message, session: Session): Promise<Doc | undefined> {
  const { body, database } = message;
  const request: Request = { database, name: Object.keys(body)[0] ?? "", body };
  if (message.legacy && !LEGACY.has(request.name)) return legacyRefusal(request);
  const failure = session.failPoint.strike(request.name);
  if (!failure) return runCommand(request, session);
  if (failure.delayMs > 0) await sleep(failure.delayMs, undefined, { ref: false });
  if (failure.closes) return undefined;
  if (failure.error) return failure.error;
  const { writeConcernError } = failure;
  return { ...(await runCommand(request, session)), ...(writeConcernError ? { writeConcernError } : {}) };
}

const legacyRefusal = ({ name }: Request): Doc =>
  errorReply(new CommandError(352, `Unsupported OP_QUERY command: ${name}`));

function encode(message: Message, replyId: number, reply: Doc): Buffer {
  try {
    return encodeReply(message, replyId, reply);
  } catch (error) {
    return encodeReply(message, replyId, errorReply(error));
  }
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, "drain");
}
