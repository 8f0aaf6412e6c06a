// `npm run demo` as somebody starts it: a process of its own, its output, its end.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { PROFILES } from "../../example-app/profiles/index.js";
import { DEMO_ACCOUNTS, DEMO_PASSWORD, DEMO_SECRET } from "../../example-app/seed.js";
import { testDatabase } from "../support/database.js";
import { startSmtp } from "../support/smtp.js";
import { Visitor } from "../support/visitor.js";

const ROOT = new URL("../../", import.meta.url);

interface Process {
  child: ChildProcess;
  /** Everything it has said so far. */
  output(): { out: string; err: string };
  /** Resolves once stdout has it; rejects where the process ends before. */
  says(text: string): Promise<void>;
  exit: Promise<number | null>;
}

const running: ChildProcess[] = [];
afterEach(() => {
  const left = running
    .splice(0)
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  for (const child of left) signalAll(child, "SIGKILL");
});

/** As a terminal does it: to the process and everything it started. */
function signalAll({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

function start(command: string, args: string[], env: Record<string, string>): Process {
  const { MONGODB_URI: _given, NODE_ENV: _mode, SMTP_URL: _mail, ...inherited } = process.env;
  const child = spawn(command, args, { cwd: ROOT, env: { ...inherited, ...env }, detached: true });
  running.push(child);
  let [out, err] = ["", ""];
  child.stderr.on("data", (chunk) => (err += chunk));
  const exit = once(child, "close").then(([code]) => code as number | null);
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => out.includes(text) && resolve();
      child.stdout.on("data", look);
      exit.then(() => reject(new Error(`it ended without saying "${text}":\n${out}\n${err}`)));
      look();
    });
  child.stdout.on("data", (chunk) => (out += chunk));
  return { child, output: () => ({ out, err }), says, exit };
}

const demo = (env: Record<string, string>, ...args: string[]) =>
  start(process.execPath, ["--import", "tsx", "example-app/main.ts", ...args], env);

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("npm run demo names database and accounts, answers, and ends at Ctrl-C", async () => {
  const port = await freePort();
  const { child, output, says, exit } = start("npm", ["run", "demo"], {
    PORT: String(port),
    MONGOMS_RUNTIME_DOWNLOAD: "false",
  });
  await says("Ctrl-C ends it.");
  const { out } = output();
  expect(out).toContain(`http://localhost:${port}`);
  expect(out).toMatch(/Database: (the embedded stand-in|a temporary mongod)/);
  for (const part of [DEMO_PASSWORD, DEMO_SECRET, ...DEMO_ACCOUNTS.map(({ email }) => email)]) {
    expect(out).toContain(part);
  }
  const reply = await fetch(`http://localhost:${port}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "tom@acme.test", password: DEMO_PASSWORD }),
  });
  expect(await reply.json()).toMatchObject({ code: "second_factor_required" });
  expect(out).toContain(`Messages are kept at http://localhost:${port}/outbox`);
  expect(await (await fetch(`http://localhost:${port}/outbox.json`)).json()).toEqual([]);

  signalAll(child, "SIGINT");
  await exit;
  await expect(fetch(`http://localhost:${port}/`)).rejects.toThrow();
});

test("on a database that has the accounts it leaves them, says so, and ends with 0", async () => {
  const database = await testDatabase();
  for (const kept of [false, true]) {
    const { child, output, says, exit } = demo({ PORT: "0", MONGODB_URI: database.uri });
    await says("Ctrl-C ends it.");
    expect(output().out.includes("were left as they are")).toBe(kept);
    signalAll(child, "SIGINT");
    expect(await exit).toBe(0);
    expect(output().err).toBe("");
  }
  await database.close();
});

test("npm run demo -- --profile lucy-email is Lucy's shop, whose mail goes by the server that is configured", async () => {
  const smtp = await startSmtp();
  const port = await freePort();
  const { child, output, says, exit } = start("npm", ["run", "demo", "--", "--profile", "lucy-email"], {
    PORT: String(port),
    MONGOMS_RUNTIME_DOWNLOAD: "false",
    SMTP_URL: `smtp://lucy:hunter2@127.0.0.1:${smtp.port}`,
    MAIL_FROM: "Lucy <no-reply@lucy.test>",
  });
  await says("Ctrl-C ends it.");
  const { out } = output();
  expect(out).toContain(`Lucy, an example shop for passport-second-factor: http://localhost:${port}`);
  expect(out).toContain(`Mail goes by smtp://127.0.0.1:${smtp.port}`);
  expect(out).toContain(`Text messages are kept at http://localhost:${port}/outbox`);
  expect(out).not.toMatch(/hunter2|tom@acme\.test/);

  const visitor = new Visitor(`http://localhost:${port}`);
  await visitor.post("/login", { email: "eve@acme.test", password: DEMO_PASSWORD });
  const { status } = await visitor.post("/second-factor/challenge/send");
  expect(status).toBe(202);
  expect(smtp.mails).toMatchObject([{ from: "no-reply@lucy.test", to: ["eve@acme.test"] }]);
  expect(smtp.mails[0]?.mail.text).toMatch(/^\d{6} is your Lucy code to sign in\./);
  expect(await (await fetch(`http://localhost:${port}/outbox.json`)).json()).toEqual([]);

  signalAll(child, "SIGINT");
  await exit;
  await smtp.close();
});

test("an unknown profile is one line that names those there are", async () => {
  const { output, exit } = demo({ PORT: "0" }, "--profile", "../../../etc/passwd\u001b[2J");
  expect(await exit).toBe(1);
  expect(output()).toEqual({
    out: "",
    err: `There is no profile "../../../etc/passwd?[2J": choose one of ${[...PROFILES.keys()].join(", ")}.\n`,
  });
});

test("--help says what there is, and starts nothing", async () => {
  const { output, exit } = demo({ NODE_ENV: "production" }, "--help");
  expect(await exit).toBe(0);
  expect(output().out).toMatch(/--profile NAME[\s\S]*lucy-email[\s\S]*SMTP_URL/);
  expect(output().err).toBe("");
});

test("a taken port is one clear line", async () => {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { output, exit } = demo({ PORT: String(port), MONGOMS_RUNTIME_DOWNLOAD: "false" });
  expect(await exit).toBe(1);
  expect(output()).toEqual({
    out: "",
    err: `Port ${port} is taken. Set another one, such as: PORT=${port + 1} npm run demo\n`,
  });
  server.close();
});

test("in production it does not start without what it needs, a line each", async () => {
  const { output, exit } = demo({ NODE_ENV: "production" });
  expect(await exit).toBe(1);
  const { out, err } = output();
  expect(out).toBe("");
  const names = err
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ", 1)[0]);
  expect(names).toEqual(["SESSION_SECRET", "SECOND_FACTOR_KEY", "ORIGIN", "MONGODB_URI"]);
});

test("in production it makes no demo accounts, and the login page names none", async () => {
  const database = await testDatabase();
  const port = await freePort();
  const { child, output, says, exit } = demo({
    NODE_ENV: "production",
    PORT: String(port),
    MONGODB_URI: database.uri,
    ORIGIN: "https://shop.example.com",
    SESSION_SECRET: "a long secret that nobody else has, 1",
    SECOND_FACTOR_KEY: "a long secret that nobody else has, 2",
  });
  await says("Ctrl-C ends it.");
  expect(output().out).not.toContain(DEMO_PASSWORD);
  const page = await (await fetch(`http://localhost:${port}/login`)).text();
  expect(page).toContain("Sign in");
  expect(page).not.toContain(DEMO_PASSWORD);
  expect((await fetch(`http://localhost:${port}/outbox.json`)).status).toBe(404);
  expect(output().out).toContain("Mail: none, and no codes by it. Set SMTP_URL and MAIL_FROM to have them.");
  const connection = await database.connect();
  expect(await connection.collection("users").countDocuments()).toBe(0);
  signalAll(child, "SIGTERM");
  expect(await exit).toBe(0);
  await database.close();
});
