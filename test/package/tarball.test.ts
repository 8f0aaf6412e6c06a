// Packs the package as it would be published and uses it as its users do: nothing here sees the sources.
import { execFile } from "node:child_process";
import { randomBytes, scryptSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { authenticator } from "passport-second-factor/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { filesIn } from "../docs/blocks.js";
import { testDatabase } from "../support/database.js";
import { Visitor } from "../support/visitor.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const bin = (name: string) => join(ROOT, "node_modules/.bin", name);

interface Manifest {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

let folder: string;
let tarball: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "consumer-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT });
  const [made] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [
    { filename: string; files: { path: string }[] },
  ];
  tarball = join(folder, made.filename);
  packed = made.files.map(({ path }) => path);
  await install();
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The package from its tarball; of everything else only what it declares, and what the consumer itself would add. */
async function install(): Promise<void> {
  const target = join(folder, "node_modules/passport-second-factor");
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  const manifest = JSON.parse(await readFile(join(target, "package.json"), "utf8")) as Manifest;
  const peers = Object.keys(manifest.peerDependencies).filter(
    (name) => !manifest.peerDependenciesMeta[name]?.optional,
  );
  const declared = [...Object.keys(manifest.dependencies), ...peers];
  const types = ["node", "express", "express-session", "passport", "passport-local"].map(
    (name) => `@types/${name}`,
  );
  for (const name of [...declared, "passport-local", ...types]) {
    await mkdir(dirname(join(folder, "node_modules", name)), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  await writeFile(
    join(folder, "package.json"),
    '{ "name": "consumer", "private": true, "type": "module" }\n',
  );
}

describe("the tarball", () => {
  test("holds what is used, and nothing else", () => {
    expect(packed).toContain("dist/cli/main.js");
    const others = packed.filter((path) => !/^dist\/.*\.(?:js|d\.ts)$/.test(path));
    expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    expect(packed).toContain("dist/index.js");
    expect(packed).toContain("dist/account/index.d.ts");
    expect(packed).toContain("dist/testing/index.d.ts");
  });

  test("is what publint and the types' own check want", async () => {
    await run(bin("publint"), ["run", "--strict", tarball], { cwd: ROOT });
    await run(bin("attw"), ["--profile", "esm-only", "--no-color", tarball], { cwd: ROOT });
  });
});

/** A login with a code, on a store in memory: told as what each request was answered with. */
const SCENARIO = `
module.exports = async ({ lib, accounts, testing, express, session, passport }) => {
  const user = { id: "1", email: "tom@acme.test" };
  passport.serializeUser((it, done) => done(null, it.id));
  passport.deserializeUser((_id, done) => done(null, user));
  const secondFactor = lib.createSecondFactor({
    issuer: "Acme", origins: ["http://localhost"], keys: [{ id: "1", secret: "x".repeat(32) }],
    store: lib.memoryStore([user]), factors: [lib.totp()],
    account: accounts.account({ passwords: { verify: () => false, set: () => undefined } }),
  });
  const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
  await secondFactor.importTotp(user, secret);
  const app = express();
  app.use(session({ secret: "s", resave: false, saveUninitialized: false }), passport.session());
  app.use(secondFactor.middleware());
  app.post("/login", (req, res, next) => req.logIn(user, (error) => error ? next(error) : res.json({})));
  app.get("/", (req, res) => res.json({ email: req.user?.email ?? null }));
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  let cookie = "";
  const ask = async (path, { body, ...rest } = {}) => {
    const headers = { cookie, "content-type": "application/json", ...rest.headers };
    const url = "http://127.0.0.1:" + server.address().port + path;
    const method = body ? "POST" : "GET";
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body), redirect: "manual" });
    cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return { status: answer.status, text: await answer.text() };
  };
  const told = [];
  told.push((await ask("/login", { body: {} })).status);
  const page = await ask("/second-factor/challenge", { headers: { accept: "text/html" } });
  told.push(page.text.includes("Enter your code"));
  const code = await testing.authenticator(secret).code();
  told.push((await ask("/second-factor/challenge/verify", { body: { code } })).status);
  told.push((await ask("/")).text);
  server.close();
  server.closeAllConnections();
  return told;
};
`;

describe("a consumer with authenticator apps only", () => {
  const told = [401, true, 200, '{"email":"tom@acme.test"}'];
  beforeAll(() => writeFile(join(folder, "scenario.cjs"), SCENARIO));

  test("has no mail or SMS library", async () => {
    const installed = await readdir(join(folder, "node_modules"));
    expect(installed.filter((name) => /nodemailer|twilio/.test(name))).toEqual([]);
  });

  test("runs it as an ES module", async () => {
    const imports = `
      import scenario from "./scenario.cjs";
      import * as lib from "passport-second-factor";
      import * as accounts from "passport-second-factor/account";
      import * as testing from "passport-second-factor/testing";
      import express from "express";
      import session from "express-session";
      import passport from "passport";
      console.log(JSON.stringify(await scenario({ lib, accounts, testing, express, session, passport })));
    `;
    expect(await printed("esm.js", imports)).toEqual(told);
  });

  test("runs it by require()", async () => {
    const requires = `
      const [scenario, lib, accounts, testing, express, session, passport] = ["./scenario.cjs",
        "passport-second-factor", "passport-second-factor/account", "passport-second-factor/testing", "express", "express-session", "passport"].map((name) => require(name));
      scenario({ lib, accounts, testing, express, session, passport }).then((told) => console.log(JSON.stringify(told)));
    `;
    expect(await printed("cjs.cjs", requires)).toEqual(told);
  });

  async function printed(name: string, text: string): Promise<unknown> {
    await writeFile(join(folder, name), text);
    const { stdout } = await run(process.execPath, [name], { cwd: folder });
    return JSON.parse(stdout);
  }
});

describe("the command line", () => {
  const CONFIG = `
    import { createSecondFactor, memoryStore, totp } from "passport-second-factor";
    const keys = [{ id: "1", secret: "x".repeat(32) }];
    const origins = ["http://localhost"];
    const store = memoryStore([{ id: "1", email: "tom@acme.test" }]);
    export default createSecondFactor({ issuer: "Acme", origins, keys, store, factors: [totp()] });
  `;
  const main = "node_modules/passport-second-factor/dist/cli/main.js";
  const command = (...args: string[]) => run(process.execPath, [main, ...args], { cwd: folder });

  test("is what npx runs, and reads an app's set-up", async () => {
    const target = join(folder, "node_modules/passport-second-factor");
    const manifest = JSON.parse(await readFile(join(target, "package.json"), "utf8"));
    expect(manifest.bin).toEqual({ "passport-second-factor": "./dist/cli/main.js" });
    expect(await readFile(join(target, "dist/cli/main.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect((await command("--version")).stdout.trim()).toBe(manifest.version);
    await writeFile(join(folder, "second-factor.config.js"), CONFIG);
    expect((await command("status", "tom@acme.test")).stdout).toContain("off, and need not have one");
  });

  test("reads one in TypeScript where Node does, and says what to do where it does not", async () => {
    await writeFile(join(folder, "config.ts"), `const typed: string = "";\n${CONFIG}\nvoid typed;\n`);
    const running = command("status", "--config", "config.ts");
    if ("typescript" in process.features && process.features.typescript)
      return expect((await running).stdout).toContain("People");
    const stderr = expect.stringContaining('NODE_OPTIONS="--import tsx" npx passport-second-factor');
    await expect(running).rejects.toMatchObject({ code: 1, stderr });
  });
});

describe("the README's quick start, on the tarball", () => {
  const password = "correct horse";

  test("compiles with every type of every library checked", async () => {
    for (const [name, text] of filesIn("README.md")) await writeFile(join(folder, name), text);
    const compilerOptions = {
      target: "ES2023",
      module: "nodenext",
      strict: true,
      skipLibCheck: false,
      types: ["node"],
      outDir: "out",
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    const { stdout } = await run(bin("tsc"), ["-p", folder]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
  }, 120_000);

  test("takes somebody from a password to a second factor, and an administrator to setting one up", async () => {
    const { url, addUser } = await started();
    await addUser("ada@acme.test", []);
    await addUser("root@acme.test", ["admin"]);
    const ada = new Visitor(url);
    expect((await ada.form("/login", { email: "ada@acme.test", password: "wrong" })).location).toBe("/login");
    expect((await ada.form("/login", { email: "ada@acme.test", password })).location).toBe("/");
    expect((await ada.page("/")).text).toContain("You are signed in.");
    const begun = await ada.post("/second-factor/enrol/totp");
    const phone = authenticator(String(begun.json["secret"]));
    const done = await ada.post("/second-factor/enrol/totp/confirm", { code: await phone.code() });
    expect(done.json["recoveryCodes"]).toHaveLength(10);

    const again = new Visitor(url);
    const login = await again.form("/login", { email: "ada@acme.test", password });
    expect([login.status, login.location]).toEqual([303, "/second-factor/challenge"]);
    expect((await again.page("/")).location).toBe("/second-factor/challenge");
    const code = await phone.code({ seconds: 30 });
    expect((await again.form("/second-factor/challenge/verify", { code })).location).toBe("/");
    expect((await again.page("/")).text).toContain("You are signed in.");

    const root = new Visitor(url);
    expect((await root.form("/login", { email: "root@acme.test", password })).location).toBe(
      "/second-factor/enrol",
    );
  }, 60_000);

  async function started() {
    const database = await testDatabase();
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const secrets = { SECOND_FACTOR_KEY: randomBytes(32).toString("base64url"), SESSION_SECRET: "a secret" };
    const env = {
      ...process.env,
      ...secrets,
      NODE_ENV: "",
      ORIGIN: url,
      PORT: String(port),
      MONGODB_URI: database.uri,
    };
    const child = execFile(process.execPath, ["out/main.js"], { cwd: folder, env });
    onTestFinished(async () => {
      child.kill();
      await once(child, "close");
      await database.close();
    });
    await answering(url);
    const connection = await database.connect();
    const addUser = (email: string, roles: string[]) => {
      const salt = randomBytes(16).toString("base64url");
      const passwordHash = `${salt}:${scryptSync(password, salt, 32).toString("base64url")}`;
      return connection.collection("users").insertOne({ email, passwordHash, roles });
    };
    return { url, addUser };
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function answering(url: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const answer = await fetch(url, { redirect: "manual" }).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}
