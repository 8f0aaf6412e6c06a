// The embedded database: an in-process server for MongoDB's own drivers, for where no mongod can be had.
import { createServer, type Socket } from "node:net";
import type { Session } from "./commands/command.js";
import { serve } from "./connection.js";
import { Cursors } from "./cursors.js";
import { Databases } from "./databases.js";
import { FailPoint } from "./failpoint.js";
import { listen } from "./listen.js";

const SWEEP_MS = 60_000;

export interface EmbeddedOptions {
  /** Says what time it is to TTL indexes, `$currentDate` and hello; the system's clock by default. */
  readonly clock?: { now(): Date };
}

export interface Embedded {
  /** For drivers in this process or another one of the same user, without a database name. */
  readonly uri: string;
  /** Removes what TTL indexes say is over, which otherwise happens once a minute; returns how many documents. */
  readonly sweep: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Starts a server that keeps everything in memory. Neither it nor its connections keep the process alive.
 *
 * @throws {Error} under NODE_ENV=production
 */
export async function startServer({ clock = systemClock }: EmbeddedOptions = {}): Promise<Embedded> {
  const shared = {
    databases: new Databases(),
    cursors: new Cursors(),
    failPoint: new FailPoint(),
    now: () => clock.now(),
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) =>
    accept(socket, sockets, { ...shared, connectionId: ++connections }),
  );
  let connections = 0;
  const { uri, forget } = await listen(server);
  server.unref();
  const sweep = () => {
    shared.cursors.expire(clock.now());
    return shared.databases.expire(clock.now());
  };
  const timer = setInterval(sweep, SWEEP_MS).unref();
  const close = async () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    forget();
  };
  return { uri, sweep, close };
}

const systemClock = { now: () => new Date() };

function accept(socket: Socket, sockets: Set<Socket>, session: Session): void {
  sockets.add(socket);
  socket.unref();
  socket.setNoDelay(true);
  socket.on("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
  void serve(socket, session);
}
