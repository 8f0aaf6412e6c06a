// The command as somebody types it: a process of its own, in a folder with an app's set-up, on a real database.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = join(ROOT, "src/cli/main.ts");
const TSX = import.meta.resolve("tsx");

export const OLD_KEY = { id: "old-key", secret: "an old secret of thirty-two characters" };
export const NEW_KEY = { id: "new-key", secret: "a new secret of thirty-two characters!" };

/** What an app has in its own files: the database, the keys and the mail server come from the environment. */
const CONFIG = `
import mongoose from "mongoose";
import nodemailer from "nodemailer";
import * as lib from ${JSON.stringify(join(ROOT, "src/index.ts"))};

export default async () => {
  const connection = await mongoose
    .createConnection(process.env.MONGODB_URI, { serverSelectionTimeoutMS: 1000 })
    .asPromise();
  const schema = new mongoose.Schema({ email: String, password: String, roles: [String] });
  const User = connection.model("User", schema.plugin(lib.secondFactorPlugin));
  const { SMTP_URL } = process.env;
  const from = "Acme <no-reply@acme.test>";
  const mail = SMTP_URL && lib.nodemailerDelivery(nodemailer.createTransport(SMTP_URL), { from });
  const secondFactor = lib.createSecondFactor({
    issuer: "Acme",
    origins: ["https://acme.test"],
    keys: JSON.parse(process.env.KEYS),
    store: lib.mongooseStore(User, { operationTimeoutSeconds: 20 }),
    factors: [lib.totp(), lib.recoveryCodes()],
    policy: { roles: { admin: { mode: "required" } } },
    settings: lib.mongooseSettings(connection),
    eventLog: lib.mongooseEvents(connection),
    ...(mail ? { notices: { delivery: mail } } : {}),
  });
  return { secondFactor, close: () => connection.close() };
};
`;

/** An app that does not wait for its database. */
export const LAZY = `
import mongoose from "mongoose";
import * as lib from ${JSON.stringify(join(ROOT, "src/index.ts"))};

const connection = mongoose.createConnection(process.env.MONGODB_URI);
const User = connection.model("User", new mongoose.Schema({}).plugin(lib.secondFactorPlugin));
export default lib.createSecondFactor({
  issuer: "Acme",
  origins: ["https://acme.test"],
  keys: JSON.parse(process.env.KEYS),
  store: lib.mongooseStore(User, { operationTimeoutSeconds: 1 }),
  factors: [lib.totp()],
});
`;

export interface Running {
  child: ChildProcess;
  /** Resolves once stderr has it; rejects where the process ends before. */
  notes(text: string): Promise<void>;
  ended: Promise<Ended>;
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface Folder {
  path: string;
  start(args: readonly string[], env?: Record<string, string>): Running;
  /** Runs to the end. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  write(name: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A folder to run it in; `config`: its second-factor.config.mjs. */
export async function newFolder(config: string | undefined = CONFIG): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "second-factor-cli-"));
  await symlink(join(ROOT, "node_modules"), join(path, "node_modules"));
  const write = (name: string, text: string) => writeFile(join(path, name), text);
  if (config) await write("second-factor.config.mjs", config);
  const running = new Set<ChildProcess>();
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const started = spawned(path, args, env);
    running.add(started.child);
    return started;
  };
  return {
    path,
    start,
    write,
    run: (args, env) => start(args, env).ended,
    async remove() {
      for (const child of running) child.kill("SIGKILL");
      await rm(path, { recursive: true, force: true });
    },
  };
}

function spawned(cwd: string, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, ["--import", TSX, MAIN, ...args], {
    cwd,
    env: { ...process.env, KEYS: JSON.stringify([OLD_KEY]), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err }));
  const notes = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => err.includes(text) && resolve();
      child.stderr.on("data", look);
      ended.then(() => reject(new Error(`it ended without saying "${text}":\n${out}\n${err}`)));
      look();
    });
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  return { child, notes, ended };
}
