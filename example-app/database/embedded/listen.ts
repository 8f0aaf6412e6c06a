// Where the embedded server listens: a Unix socket only this user can reach, loopback TCP where there are none.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The shortest limit of a Unix socket path among the systems Node runs on (macOS: 104 with the final zero). */
const MAX_SOCKET_PATH = 103;

export interface Listening {
  readonly uri: string;
  /** Removes what listening left on the disk. */
  readonly forget: () => void;
}

export async function listen(
  server: Server,
  platform: NodeJS.Platform = process.platform,
): Promise<Listening> {
  return platform === "win32" ? listenOnLoopback(server) : listenOnSocket(server);
}

async function listenOnSocket(server: Server): Promise<Listening> {
  const folder = socketFolder();
  const path = join(folder, "mongodb.sock");
  server.listen(path);
  await once(server, "listening");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const forget = () => {
    process.off("exit", remove);
    remove();
  };
  return { uri: `mongodb://${encodeURIComponent(path)}`, forget };
}

/** mkdtemp makes it with mode 0700: the server asks nobody for a password. */
function socketFolder(): string {
  const base = join(tmpdir(), "embedded-mongo-");
  return mkdtempSync(base.length + 20 > MAX_SOCKET_PATH ? "/tmp/embedded-mongo-" : base);
}

async function listenOnLoopback(server: Server): Promise<Listening> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { uri: `mongodb://127.0.0.1:${port}`, forget: () => undefined };
}
