// The ways to a database on this machine, each one doing one thing; the order is openDatabase's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { downloadHost, reach } from "./download-host.js";

/** A server of ours: where it is, and how it stops. */
export interface Running {
  readonly uri: string;
  readonly close: () => Promise<void>;
}

export interface Steps {
  /** The mongod on the PATH. */
  readonly onPath: () => Promise<string | undefined>;
  /** The mongod that mongodb-memory-server has downloaded before. */
  readonly cached: () => Promise<string | undefined>;
  /** Why a download cannot work, found out by one request with a limit of 1.5 s; undefined where it may work. */
  readonly obstacle: () => Promise<string | undefined>;
  /** Downloads a mongod, with its progress on stderr. */
  readonly download: () => Promise<string>;
  /** Starts a mongod on a temporary folder and a free loopback port; it stops with this process. */
  readonly start: (binary: string) => Promise<Running>;
  readonly embedded: () => Promise<Running>;
}

export const systemSteps = (env: NodeJS.ProcessEnv): Steps => ({
  onPath: () => findOnPath(env),
  cached,
  obstacle: () => obstacle(env),
  download: () => download(env),
  start,
  embedded: async () => (await import("./embedded/server.js")).startServer(),
});

async function findOnPath({ PATH = "" }: NodeJS.ProcessEnv): Promise<string | undefined> {
  const name = process.platform === "win32" ? "mongod.exe" : "mongod";
  for (const folder of PATH.split(delimiter).filter(Boolean)) {
    if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** A system mongodb-memory-server does not know has no mongod to download either. */
async function cached(): Promise<string | undefined> {
  const { DryMongoBinary } = await import("mongodb-memory-server");
  try {
    return await DryMongoBinary.locateBinary(DryMongoBinary.getEnsuredOptions());
  } catch {
    return undefined;
  }
}

async function obstacle(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (/^(0|false|no|off)$/i.test(env.MONGOMS_RUNTIME_DOWNLOAD ?? ""))
    return "MONGOMS_RUNTIME_DOWNLOAD forbids it";
  return reach(downloadHost(env), env);
}

/** In a process of its own, because mongodb-memory-server reports its progress on stdout. */
async function download(env: NodeJS.ProcessEnv): Promise<string> {
  process.stderr.write(`Downloading a mongod from ${downloadHost(env).host}, once...\n`);
  const script = "import('mongodb-memory-server').then(({ MongoBinary }) => MongoBinary.getPath())";
  const child = spawn(process.execPath, ["-e", script], {
    cwd: import.meta.dirname,
    env: { ...env, MONGOMS_MAX_RETRIES: "1" },
    stdio: ["ignore", process.stderr, process.stderr],
  });
  const [code] = await once(child, "exit");
  const binary = code === 0 ? await cached() : undefined;
  if (binary === undefined) throw new Error(`mongodb-memory-server ended with ${code}`);
  return binary;
}

async function start(binary: string): Promise<Running> {
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK ??= "false";
  const { MongoMemoryServer } = await import("mongodb-memory-server");
  const server = await MongoMemoryServer.create({
    binary: { systemBinary: binary },
    instance: { ip: "127.0.0.1" },
  });
  return { uri: server.getUri(), close: async () => void (await server.stop()) };
}
