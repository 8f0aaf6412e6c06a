/** `npm run demo`: reads the command line and the environment, opens the database, starts the shop, says where it is. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MemoryStore } from "express-session";
import mongoose from "mongoose";
import { createApp } from "./app.js";
import { helpText, readArguments } from "./arguments.js";
import { greeting } from "./banner.js";
import { type Config, ConfigError, readConfig } from "./config.js";
import { openDatabase } from "./database/index.js";
import { openDeliveries } from "./deliveries.js";
import { deliveryLines } from "./delivery-lines.js";
import type { Profile } from "./profiles/profile.js";
import { accountsFor, seed } from "./seed.js";

try {
  const command = readArguments(process.argv.slice(2));
  if (command.help) console.log(helpText());
  else await start(readConfig(process.env), command.profile);
} catch (error) {
  const lines = error instanceof ConfigError ? error.lines : [error instanceof Error ? error.message : error];
  for (const line of lines) console.error(line);
  process.exit(1);
}

async function start(config: Config, profile: Profile): Promise<void> {
  const deliveries = await openDeliveries(config);
  const server = createServer();
  const serve = servedLater(server);
  // First of all: whoever has to choose another port should hear of it before anything is downloaded.
  const port = await listen(server, config.port);
  const { connection, line } = await connect(server);
  const origin = config.origin ?? `http://localhost:${port}`;
  const { sessionStore, ...rest } = config;
  const memory = sessionStore === "memory" ? { sessionStore: new MemoryStore() } : {};
  const shop = createApp({ ...rest, ...memory, connection, origin, profile, deliveries });
  const demo = config.testMode ? { accounts: accountsFor(shop.kinds), made: await seed(shop) } : undefined;
  serve(shop.app);
  const messages = deliveryLines({ ...config, origin, isEntered: profile.providers !== undefined });
  console.log(
    greeting({ name: profile.issuer, origin, database: line, messages, ...(demo ? { demo } : {}) }),
  );
}

/** Requests that come before the app is ready wait for it. */
function servedLater(server: Server): (app: RequestListener) => void {
  let ready: (app: RequestListener) => void = () => {};
  const app = new Promise<RequestListener>((resolve) => {
    ready = resolve;
  });
  server.on("request", (req, res) => app.then((answer) => answer(req, res)));
  return ready;
}

async function connect(server: Server) {
  const database = await openDatabase();
  const connection = mongoose.createConnection(database.uri, databaseName(database.uri));
  closeOnSignal(server, async () => {
    await connection.close();
    await database.close();
  });
  await connection.asPromise();
  return { connection, line: database.line };
}

/** A database of our own where the address names none. */
function databaseName(uri: string): { dbName?: string } {
  return /^[^?]*:\/\/[^/?]+\/[^?]/.test(uri) ? {} : { dbName: "shop" };
}

/** @throws with what to do about it, where the port is taken */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explained(error, port)));
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}

function explained(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new Error(`Port ${port} is taken. Set another one, such as: PORT=${port + 1} npm run demo`);
  }
  if (error.code === "EACCES") {
    return new Error(
      `Port ${port} needs rights we don't have. Set another one, such as: PORT=3000 npm run demo`,
    );
  }
  return error;
}

/** Ends at once, with nothing left behind; a second signal does not wait for the first. */
function closeOnSignal(server: Server, close: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, async () => {
      server.close();
      server.closeAllConnections();
      await close().catch((error: unknown) => console.error(error));
      process.exit(0);
    });
  }
}
