// The commands a driver opens and closes a connection with, and what it asks about the server.
import { CommandError } from "../errors.js";
import { integer } from "../values.js";
import {
  type Command,
  type Commands,
  command,
  noTransactions,
  type Request,
  type Session,
} from "./command.js";

/** The wire version of MongoDB 7.0; without setName a driver asks for no retryable writes and no transactions. */
const WIRE_VERSION = 21;
const MEGABYTES_16 = 16 * 1024 * 1024;

/** Every new driver tells more about itself here; what is not understood is not answered. */
const hello: Command = command(greet, "*");

const refused: Command = command(() => {
  throw noTransactions();
});

export const handshakeCommands: Commands = new Map<string, Command>([
  ["hello", hello],
  ["isMaster", hello],
  ["ismaster", hello],
  ["ping", command(() => ({}))],
  ["buildInfo", command(buildInfo)],
  ["buildinfo", command(buildInfo)],
  ["connectionStatus", command(connectionStatus, "showPrivileges")],
  ["getParameter", command(getParameter, "featureCompatibilityVersion")],
  ["endSessions", command(() => ({}))],
  ["abortTransaction", refused],
  ["commitTransaction", refused],
]);

function greet({ name }: Request, { connectionId, now }: Session) {
  return {
    ...(name === "hello" ? { isWritablePrimary: true } : { ismaster: true }),
    helloOk: true,
    maxBsonObjectSize: integer(MEGABYTES_16),
    maxMessageSizeBytes: integer(48_000_000),
    maxWriteBatchSize: integer(100_000),
    localTime: now(),
    logicalSessionTimeoutMinutes: integer(30),
    connectionId: integer(connectionId),
    minWireVersion: integer(0),
    maxWireVersion: integer(WIRE_VERSION),
    readOnly: false,
  };
}

function buildInfo() {
  return {
    version: "7.0.0",
    versionArray: [7, 0, 0, 0].map(integer),
    modules: ["embedded"],
    storageEngines: ["embedded"],
    bits: integer(64),
    debug: false,
    maxBsonObjectSize: integer(MEGABYTES_16),
  };
}

function connectionStatus() {
  return { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } };
}

function getParameter({ body }: Request) {
  if (Object.hasOwn(body, "featureCompatibilityVersion")) {
    return { featureCompatibilityVersion: { version: "7.0" } };
  }
  throw new CommandError(72, "no option found to get");
}
