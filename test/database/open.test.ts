// Which database openDatabase takes, what it tried before, and what it says about it.
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { downloadHost, reach } from "../../example-app/database/download-host.js";
import { openDatabase, type Steps, startEmbedded } from "../../example-app/database/index.js";
import { systemSteps } from "../../example-app/database/steps.js";

afterEach(() => vi.unstubAllEnvs());

const running = (uri: string) => ({ uri, close: async () => {} });

/** Ways that have nothing, unless told otherwise, and the names of those that were tried. */
function ways(found: Partial<Steps> = {}) {
  const tried: string[] = [];
  const none: Steps = {
    onPath: async () => undefined,
    cached: async () => undefined,
    obstacle: async () => "fastdl.mongodb.org: ENOTFOUND",
    download: async () => "/downloaded/mongod",
    start: async () => running("mongodb://127.0.0.1:1"),
    embedded: async () => running("mongodb://socket"),
  };
  const steps = Object.fromEntries(
    Object.entries({ ...none, ...found }).map(([name, step]) => [
      name,
      (...args: [string]) => {
        tried.push(name);
        return step(...args);
      },
    ]),
  ) as unknown as Steps;
  return { tried, steps };
}

describe("openDatabase", () => {
  test("takes MONGODB_URI and tries nothing else, in production too", async () => {
    const { tried, steps } = ways();
    const env = { MONGODB_URI: "mongodb://user:secret@host/db", NODE_ENV: "production" };
    const { uri, kind, line } = await openDatabase({ env, steps });
    expect({ uri, kind }).toEqual({ uri: "mongodb://user:secret@host/db", kind: "given" });
    expect(line).not.toContain("secret");
    expect(tried).toEqual([]);
  });

  test("refuses anything else in production, and says what to set", async () => {
    const { tried, steps } = ways();
    await expect(openDatabase({ env: { NODE_ENV: "production" }, steps })).rejects.toThrow(/set MONGODB_URI/);
    expect(tried).toEqual([]);
    vi.stubEnv("NODE_ENV", "production");
    await expect(startEmbedded()).rejects.toThrow(/MONGODB_URI/);
  });

  test("takes the mongod on the PATH first", async () => {
    const { tried, steps } = ways({ onPath: async () => "/usr/bin/mongod" });
    const { kind, line } = await openDatabase({ env: {}, steps });
    expect({ kind, tried }).toEqual({ kind: "mongod", tried: ["onPath", "start"] });
    expect(line).toMatch(/temporary mongod \(\/usr\/bin\/mongod, found on the PATH\).*data go/);
  });

  test("takes one downloaded before, and downloads one where that can work", async () => {
    const cached = ways({ cached: async () => "/cache/mongod" });
    await openDatabase({ env: {}, steps: cached.steps });
    expect(cached.tried).toEqual(["onPath", "cached", "start"]);
    const fetched = ways({ obstacle: async () => undefined });
    expect((await openDatabase({ env: {}, steps: fetched.steps })).kind).toBe("mongod");
    expect(fetched.tried).toEqual(["onPath", "cached", "obstacle", "download", "start"]);
  });

  test("never starts a download that cannot work, and falls back to the embedded one", async () => {
    const { tried, steps } = ways();
    const { kind, uri, line } = await openDatabase({ env: {}, steps });
    expect({ kind, tried }).toEqual({
      kind: "embedded",
      tried: ["onPath", "cached", "obstacle", "embedded"],
    });
    expect(line).toContain("fastdl.mongodb.org: ENOTFOUND");
    expect(line).toMatch(/embedded stand-in.*data go when the process ends/);
    expect(line).toContain(uri);
  });

  test("goes on where a mongod does not start or a download breaks off, and says so", async () => {
    const { tried, steps } = ways({
      onPath: async () => "/usr/bin/mongod",
      start: () => Promise.reject(new Error("libcrypto is missing\nand more")),
      obstacle: async () => undefined,
      download: () => Promise.reject(new Error("403")),
    });
    const { kind, line } = await openDatabase({ env: {}, steps });
    expect({ kind, tried }).toEqual({
      kind: "embedded",
      tried: ["onPath", "start", "cached", "obstacle", "download", "embedded"],
    });
    expect(line).toMatch(
      /\/usr\/bin\/mongod does not start: libcrypto is missing, .*the download failed \(403\)/,
    );
    expect(line).not.toContain("\n");
  });
});

describe("the ways on this machine", () => {
  test("find an executable mongod on the PATH and nothing that cannot run", async () => {
    const folder = await mkdtemp(join(tmpdir(), "path-"));
    const { onPath } = systemSteps({ PATH: folder });
    expect(await onPath()).toBeUndefined();
    await writeFile(join(folder, "mongod"), "#!/bin/sh\n");
    expect(await onPath()).toBeUndefined();
    await chmod(join(folder, "mongod"), 0o755);
    expect(await onPath()).toBe(join(folder, "mongod"));
    await rm(folder, { recursive: true });
  });

  test("respect that downloads are forbidden, and ask nobody", async () => {
    const { obstacle } = systemSteps({ MONGOMS_RUNTIME_DOWNLOAD: "false" });
    expect(await obstacle()).toMatch(/MONGOMS_RUNTIME_DOWNLOAD/);
  });

  test("ask a mirror where one is set", () => {
    expect(downloadHost({}).host).toBe("fastdl.mongodb.org");
    expect(downloadHost({ MONGOMS_DOWNLOAD_MIRROR: "https://mirror.example" }).host).toBe("mirror.example");
  });

  test("ask once, take any answer for a yes, and a refused connection for a no", async () => {
    const asked: string[] = [];
    const host = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    const url = new URL(`http://127.0.0.1:${(host.address() as AddressInfo).port}`);
    expect(await reach(url, {})).toBeUndefined();
    expect(asked).toEqual(["HEAD /"]);
    await new Promise((resolve) => host.close(resolve));
    expect(await reach(url, {})).toBe(`${url.host}: ECONNREFUSED`);
  });

  test("ask through a proxy", async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url }, socket) => {
      asked.push(url ?? "");
      socket.end(`HTTP/1.1 ${asked.length === 1 ? "200 OK" : "403 Forbidden"}\r\n\r\n`);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const env = { https_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    expect(await reach(downloadHost({}), env)).toBeUndefined();
    expect(await reach(downloadHost({}), env)).toBe("fastdl.mongodb.org: the proxy answered 403");
    expect(asked).toEqual(["fastdl.mongodb.org:443", "fastdl.mongodb.org:443"]);
    await new Promise((resolve) => proxy.close(resolve));
  });
});

test("the embedded server listens where only this user can reach it, and leaves nothing behind", async () => {
  const { uri, close } = await startEmbedded();
  const socket = decodeURIComponent(uri.slice("mongodb://".length));
  const folder = dirname(socket);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await close();
  await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
});
