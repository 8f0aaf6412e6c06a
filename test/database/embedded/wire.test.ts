// The wire protocol itself: what a driver never shows, and what no driver would send.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import mongoose from "mongoose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../../../example-app/database/index.js";

const { BSON } = mongoose.mongo;
let server: Embedded;
beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(() => server.close());

const OP_MSG = 2013;
const OP_QUERY = 2004;
const int32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeInt32LE(value, i * 4);
  return bytes;
};

function frame(opCode: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(16 + body.length, 7, 0, opCode), body]);
}
const section = (doc: object) => Buffer.concat([Buffer.from([0]), BSON.serialize(doc)]);
const sequence = (name: string, ...docs: object[]) => {
  const body = Buffer.concat([Buffer.from(`${name}\0`), ...docs.map((doc) => BSON.serialize(doc))]);
  return Buffer.concat([Buffer.from([1]), int32(body.length + 4), body]);
};
const msg = (doc: object, flags = 0) => frame(OP_MSG, int32(flags), section({ ...doc, $db: "test" }));
const query = (doc: object, collection = "admin.$cmd") =>
  frame(OP_QUERY, int32(0), Buffer.from(`${collection}\0`), int32(0, -1), BSON.serialize(doc));

async function open(): Promise<Socket> {
  const socket = connect(decodeURIComponent(server.uri.slice("mongodb://".length)));
  await once(socket, "connect");
  return socket;
}

/** The next reply, whole. */
async function reply(socket: Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 4 || bytes.length < bytes.readInt32LE(0)) {
    const [chunk] = await once(socket, "data");
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}
const bodyOf = (bytes: Buffer, at = 21) => BSON.deserialize(bytes.subarray(at), { promoteLongs: false });

test("the first hello is an OP_QUERY and gets an OP_REPLY with one document", async () => {
  const socket = await open();
  socket.write(query({ ismaster: 1, helloOk: true }));
  const bytes = await reply(socket);
  expect([bytes.readInt32LE(8), bytes.readInt32LE(12), bytes.readInt32LE(16)]).toEqual([7, 1, 8]);
  expect(bytes.readInt32LE(32)).toBe(1);
  const hello = bodyOf(bytes, 36);
  expect(hello).toMatchObject({ ismaster: true, helloOk: true, maxWireVersion: 21, readOnly: false, ok: 1 });
  expect(hello).not.toHaveProperty("setName");
  expect(hello).not.toHaveProperty("compression");
  socket.destroy();
});

test("any other OP_QUERY is refused with 352", async () => {
  const socket = await open();
  socket.write(query({ ping: 1 }));
  expect(bodyOf(await reply(socket), 36)).toMatchObject({ ok: 0, code: 352 });
  socket.destroy();
});

test("a message may come byte by byte, or two at once", async () => {
  const socket = await open();
  const replies: Buffer[] = [];
  for (const byte of msg({ ping: 1 })) socket.write(Buffer.from([byte]));
  replies.push(await reply(socket));
  socket.write(Buffer.concat([msg({ ping: 1 }), msg({ buildInfo: 1 })]));
  let rest = Buffer.alloc(0);
  while (!rest.includes("versionArray")) rest = Buffer.concat([rest, (await once(socket, "data"))[0]]);
  expect(bodyOf(replies[0]!)).toEqual({ ok: 1 });
  socket.destroy();
});

test("documents in sections of kind 1, a checksum, and unknown optional flags are taken", async () => {
  const socket = await open();
  const parts = [section({ insert: "c", $db: "test" }), sequence("documents", { _id: 1 }, { _id: 2 })];
  const optional = 1 << 16;
  socket.write(frame(OP_MSG, int32(1 | optional), ...parts, int32(12345)));
  expect(bodyOf(await reply(socket))).toMatchObject({ n: 2, ok: 1 });
  socket.destroy();
});

test("a message that wants no answer gets none", async () => {
  const socket = await open();
  socket.write(msg({ insert: "quiet", documents: [{ _id: 1 }] }, 2));
  socket.write(msg({ count: "quiet" }));
  expect(bodyOf(await reply(socket))).toMatchObject({ n: 1 });
  socket.destroy();
});

test("a cursor's id is an int64, also where it is zero", async () => {
  const socket = await open();
  socket.write(msg({ find: "nothing" }));
  expect(bodyOf(await reply(socket)).cursor.id).toEqual(BSON.Long.ZERO);
  socket.destroy();
});

test("no batch is larger than 16 MB, the first included", async () => {
  const client = await new mongoose.mongo.MongoClient(server.uri).connect();
  const docs = client.db("test").collection<{ _id: number; big: string }>("big");
  const big = "x".repeat(5 * 1024 * 1024);
  for (let _id = 0; _id < 8; _id++) await docs.insertOne({ _id, big });
  const { cursor } = await client.db("test").command({ find: "big" });
  expect(cursor.firstBatch).toHaveLength(3);
  expect(await docs.find({}, { projection: { _id: 1 } }).toArray()).toHaveLength(8);
  expect((await docs.find({}).toArray()).map(({ _id }) => _id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const tooBig = "x".repeat(9 * 1024 * 1024);
  await docs.updateOne({ _id: 0 }, { $set: { big: tooBig } });
  await expect(docs.updateOne({ _id: 0 }, { $set: { more: tooBig } as never })).rejects.toMatchObject({
    code: 17419,
  });
  await client.close();
});

const hostile: [string, Buffer][] = [
  ["a length shorter than a header", int32(3, 1, 0, OP_MSG)],
  ["a negative length", int32(-1, 1, 0, OP_MSG)],
  ["a length beyond 48 MB", int32(48_000_001, 1, 0, OP_MSG)],
  ["an unknown opcode", frame(4711, Buffer.alloc(8))],
  ["a compressed message", frame(2012, Buffer.alloc(20))],
  ["nothing after the header", frame(OP_MSG)],
  ["no section", frame(OP_MSG, int32(0))],
  ["unknown required flags", msg({ ping: 1 }, 4)],
  ["a section of an unknown kind", frame(OP_MSG, int32(0), Buffer.from([9]), BSON.serialize({ ping: 1 }))],
  ["two commands", frame(OP_MSG, int32(0), section({ ping: 1, $db: "a" }), section({ ping: 1, $db: "a" }))],
  ["no database", frame(OP_MSG, int32(0), section({ ping: 1 }))],
  [
    "a document longer than its message",
    frame(OP_MSG, int32(0), Buffer.from([0]), int32(1000), Buffer.alloc(10)),
  ],
  ["broken BSON", frame(OP_MSG, int32(0), Buffer.from([0]), int32(12), Buffer.alloc(8, 0xff))],
  [
    "a sequence without an end to its name",
    frame(OP_MSG, int32(0), Buffer.from([1]), int32(8), Buffer.from("abcd")),
  ],
  ["an OP_QUERY that is no command", query({ ismaster: 1 }, "test.people")],
  ["text", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
];

describe("ends the connection, and nothing else, at", () => {
  test.each(hostile)("%s", async (_name, bytes) => {
    const socket = await open();
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    socket.write(bytes);
    socket.resume();
    await closed;
    const next = await open();
    next.write(msg({ ping: 1 }));
    expect(bodyOf(await reply(next))).toEqual({ ok: 1 });
    next.destroy();
  });

  test("half a message and a goodbye", async () => {
    const socket = await open();
    const closed = once(socket, "close");
    socket.end(msg({ ping: 1 }).subarray(0, 20));
    socket.resume();
    await closed;
    const next = await open();
    next.write(msg({ ping: 1 }));
    expect(bodyOf(await reply(next))).toEqual({ ok: 1 });
    next.destroy();
  });
});

test("field names of Object.prototype are fields like others", async () => {
  const socket = await open();
  const hasOwn = JSON.parse(
    '{ "_id": 1, "__proto__": { "polluted": true }, "constructor": 1, "toString": 2 }',
  );
  socket.write(msg({ insert: "names", documents: [hasOwn] }));
  expect(bodyOf(await reply(socket))).toMatchObject({ n: 1 });
  socket.write(
    msg({
      update: "names",
      updates: [{ q: { constructor: 1, valueOf: null }, u: { $set: { "__proto__.x": 1 } } }],
    }),
  );
  expect(bodyOf(await reply(socket))).toMatchObject({ n: 1, nModified: 1 });
  expect({}).not.toHaveProperty("x");
  expect({}).not.toHaveProperty("polluted");
  socket.destroy();
});
