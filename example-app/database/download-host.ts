// Finds out with one request whether the host that mongod is downloaded from can be reached at all.
import { request } from "node:http";

/** Whoever waits for a database should not wait longer than this for a "no". */
export const PROBE_LIMIT_MS = 1500;

/** Where mongodb-memory-server would download from. */
export function downloadHost(env: NodeJS.ProcessEnv): URL {
  return new URL(env.MONGOMS_DOWNLOAD_URL || env.MONGOMS_DOWNLOAD_MIRROR || "https://fastdl.mongodb.org");
}

/** @returns why the host cannot be reached, or undefined where it answered, whatever it said */
export async function reach(host: URL, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const proxy = env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY;
  const signal = AbortSignal.timeout(PROBE_LIMIT_MS);
  try {
    await (proxy
      ? tunnel(host, new URL(proxy), signal)
      : fetch(host, { method: "HEAD", redirect: "manual", signal }));
    return undefined;
  } catch (error) {
    return `${host.host}: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError" || error.name === "AbortError")
    return `no answer in ${PROBE_LIMIT_MS} ms`;
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}

/** Asks a proxy for a connection to the host, which is what a download through it begins with. */
function tunnel(host: URL, proxy: URL, signal: AbortSignal): Promise<void> {
  const path = `${host.hostname}:${host.port || 443}`;
  return new Promise((resolve, reject) => {
    const asked = request({ host: proxy.hostname, port: proxy.port || 80, method: "CONNECT", path, signal });
    asked.on("connect", ({ statusCode }, socket) => {
      socket.destroy();
      if (statusCode === 200) resolve();
      else reject(new Error(`the proxy answered ${statusCode}`));
    });
    asked.on("response", ({ statusCode }) => reject(new Error(`the proxy answered ${statusCode}`)));
    asked.on("error", reject);
    asked.end();
  });
}
