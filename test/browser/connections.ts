// What the whole process connects to, its databases left out.
import { Socket } from "node:net";
import { vi } from "vitest";
import type { OpenShop } from "./shop.js";

/** From now on: each as "host:port", or as the path of a socket. `vi.restoreAllMocks()` ends it. */
export function watchConnections({ databaseUri }: OpenShop): () => string[] {
  const connect = vi.spyOn(Socket.prototype, "connect");
  const database = decodeURIComponent(databaseUri);
  return () =>
    connect.mock.calls
      .map(([first]) => {
        const options: unknown = Array.isArray(first) ? first[0] : first;
        const { path, host, port } = options as { path?: string; host?: string; port?: number };
        return path ?? `${host}:${port}`;
      })
      .filter((target) => !database.includes(target));
}
