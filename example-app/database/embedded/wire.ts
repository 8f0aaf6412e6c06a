// MongoDB's wire protocol: frames cut from a stream, requests decoded, replies encoded.
import { deserialize, serialize } from "bson";
import { type Doc, put } from "./values.js";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER = 16;
const MAX_MESSAGE = 48_000_000;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Bits 2 to 15 must be understood or refused; bits 16 and up may be ignored. */
const UNKNOWN_REQUIRED = 0xffff & ~(CHECKSUM_PRESENT | MORE_TO_COME);

/** A peer that does not speak the protocol; its connection is ended. */
export class ProtocolError extends Error {}

export interface Message {
  readonly requestId: number;
  /** True for the old OP_QUERY, which a driver's very first hello is. */
  readonly legacy: boolean;
  /** False for a write with w: 0, which gets no reply at all. */
  readonly wantsReply: boolean;
  readonly database: string;
  readonly body: Doc;
}

/** @throws {ProtocolError} on a length no message can have, before its bytes are waited for */
export async function* frames(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < (wanted(chunks) ?? HEADER)) continue;
    let rest = Buffer.concat(chunks);
    for (
      let length = lengthOf(rest);
      length !== undefined && rest.length >= length;
      length = lengthOf(rest)
    ) {
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
    chunks = [rest];
    size = rest.length;
  }
}

function wanted(chunks: Buffer[]): number | undefined {
  const first = chunks[0];
  if (first !== undefined && first.length >= 4) return lengthOf(first);
  chunks.splice(0, chunks.length, Buffer.concat(chunks));
  return lengthOf(chunks[0] ?? Buffer.alloc(0));
}

function lengthOf(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32LE(0);
  if (length < HEADER || length > MAX_MESSAGE) throw new ProtocolError(`a message of ${length} bytes`);
  return length;
}

/** @throws {ProtocolError} for anything that is not a well-formed OP_MSG or OP_QUERY */
export function decodeMessage(frame: Buffer): Message {
  try {
    const requestId = frame.readInt32LE(4);
    const opCode = frame.readInt32LE(12);
    if (opCode === OP_MSG) return { requestId, ...decodeMsg(frame) };
    if (opCode === OP_QUERY) return { requestId, ...decodeQuery(frame) };
    throw new ProtocolError(`opcode ${opCode}`);
  } catch (error) {
    throw error instanceof ProtocolError ? error : new ProtocolError(String(error));
  }
}

type Decoded = Omit<Message, "requestId">;

function decodeMsg(frame: Buffer): Decoded {
  const flags = frame.readUInt32LE(HEADER);
  if ((flags & UNKNOWN_REQUIRED) !== 0) throw new ProtocolError(`flags ${flags}`);
  const end = frame.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  const body = decodeSections(frame.subarray(HEADER + 4, end));
  const database = body.$db;
  if (typeof database !== "string") throw new ProtocolError("no $db");
  return { legacy: false, wantsReply: (flags & MORE_TO_COME) === 0, database, body };
}

/** One section of kind 0, the command, and any number of kind 1, each a list of documents for one of its fields. */
function decodeSections(bytes: Buffer): Doc {
  let body: Doc | undefined;
  const lists: [string, Doc[]][] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes.readUInt8(at);
    const length = bytes.readInt32LE(at + 1);
    const section = slice(bytes, at + 1, length);
    if (kind === 0 && !body) body = decodeDoc(section);
    else if (kind === 1) lists.push(decodeSequence(section));
    else throw new ProtocolError(`section kind ${kind}`);
    at += 1 + length;
  }
  if (!body) throw new ProtocolError("no command");
  return attach(body, lists);
}

function attach(body: Doc, lists: readonly [string, Doc[]][]): Doc {
  for (const [field, docs] of lists) {
    if (Object.hasOwn(body, field)) throw new ProtocolError(`'${field}' twice`);
    put(body, field, docs);
  }
  return body;
}

function decodeSequence(section: Buffer): [string, Doc[]] {
  const end = section.indexOf(0, 4);
  if (end < 0) throw new ProtocolError("an unending name");
  const docs: Doc[] = [];
  for (let at = end + 1; at < section.length; ) {
    const bytes = slice(section, at, section.readInt32LE(at));
    docs.push(decodeDoc(bytes));
    at += bytes.length;
  }
  return [section.toString("utf8", 4, end), docs];
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (length < 5 || at + length > bytes.length) throw new ProtocolError(`a part of ${length} bytes`);
  return bytes.subarray(at, at + length);
}

function decodeQuery(frame: Buffer): Decoded {
  const end = frame.indexOf(0, HEADER + 4);
  if (end < 0) throw new ProtocolError("an unending name");
  const [, database] = /^(.+)\.\$cmd$/.exec(frame.toString("utf8", HEADER + 4, end)) ?? [];
  if (database === undefined) throw new ProtocolError("an OP_QUERY that is no command");
  const at = end + 1 + 8;
  return {
    legacy: true,
    wantsReply: true,
    database,
    body: decodeDoc(slice(frame, at, frame.readInt32LE(at))),
  };
}

/** Numbers keep their BSON type, which the update operators and `$type` need. */
const decodeDoc = (bytes: Buffer): Doc =>
  deserialize(bytes, { promoteValues: false, promoteLongs: false, bsonRegExp: true }) as Doc;

export function encodeReply({ requestId, legacy }: Message, replyId: number, reply: Doc): Buffer {
  const body = serialize(reply, { ignoreUndefined: true });
  const prefix = legacy ? legacyPrefix() : Buffer.alloc(5);
  const header = Buffer.alloc(HEADER);
  header.writeInt32LE(HEADER + prefix.length + body.length, 0);
  header.writeInt32LE(replyId, 4);
  header.writeInt32LE(requestId, 8);
  header.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, prefix, body]);
}

/** Flags (8: await capable), no cursor, from the start, one document. */
function legacyPrefix(): Buffer {
  const prefix = Buffer.alloc(20);
  prefix.writeInt32LE(8, 0);
  prefix.writeInt32LE(1, 16);
  return prefix;
}
