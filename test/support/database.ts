// A database of its own for each test file: on MONGODB_URI where one is set, else on an embedded server.
import { randomBytes } from "node:crypto";
import mongoose from "mongoose";
import { startEmbedded } from "../../example-app/database/index.js";

export interface TestDatabase {
  /** With this test file's random database name in it. */
  readonly uri: string;
  /** A new connection each time; all of them are closed by `close()`. */
  readonly connect: () => Promise<mongoose.Connection>;
  /** Removes everything in the database, indexes included. */
  readonly drop: () => Promise<void>;
  /** Drops the database, closes every connection, and ends the embedded server. */
  readonly close: () => Promise<void>;
}

/** Never downloads anything: a run without MONGODB_URI is a run on the embedded server. */
export async function testDatabase(): Promise<TestDatabase> {
  const given = process.env.MONGODB_URI;
  const embedded = given ? undefined : await startEmbedded();
  const uri = withName(given ?? embedded?.uri ?? "", `test_${randomBytes(8).toString("hex")}`);
  const connections: mongoose.Connection[] = [];
  const connect = async () => {
    const connection = await mongoose.createConnection(uri).asPromise();
    connections.push(connection);
    return connection;
  };
  const drop = async () => {
    const connection = await mongoose.createConnection(uri).asPromise();
    await connection.dropDatabase();
    await connection.close();
  };
  const close = async () => {
    // Tidying up a server that is not ours: one that cannot drop a database fails no test by it.
    if (!embedded) await drop().catch(() => undefined);
    await Promise.all(connections.map((connection) => connection.close()));
    await embedded?.close();
  };
  return { uri, connect, drop, close };
}

/** The same server and options, with another database. */
function withName(uri: string, name: string): string {
  const [, server = uri, options = ""] = /^([^?]*:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  return `${server}/${name}${options}`;
}
