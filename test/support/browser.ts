// A browser for tests: the system's Chrome where there is one, else the Chromium that comes with an npm package.
import { access, constants, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const COMMANDS = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "microsoft-edge"];

const PATHS = [
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** Root has no sandbox to go into, a container's /dev/shm is small, and every name under .test is this machine. */
const ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP *.test 127.0.0.1"];

/** One a test file: starting it is most of what a browser test costs. `CHROME_PATH` names another one. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROME_PATH"] || (await systemChrome());
  if (executablePath) return chromium.launch({ executablePath, args: ARGS });
  return launchPacked(await packedChromium());
}

async function systemChrome(): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const commands = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
  for (const path of [...commands, ...PATHS]) {
    if (await isThere(path, constants.X_OK)) return path;
  }
  return undefined;
}

/** A bare machine may lack fonts and the security libraries; the package brings both. */
async function launchPacked(folder: string): Promise<Browser> {
  const fonts = (await isThere("/etc/fonts/fonts.conf"))
    ? {}
    : { FONTCONFIG_FILE: join(folder, "fonts.conf") };
  const launch = (libraries: Record<string, string>) =>
    chromium.launch({
      executablePath: join(folder, "chromium"),
      args: ARGS,
      env: { ...process.env, ...fonts, ...libraries },
    });
  try {
    return await launch({});
  } catch (error) {
    if (!String(error).includes("shared libraries")) throw error;
    return launch({ LD_LIBRARY_PATH: join(folder, "al2023", "lib") });
  }
}

/**
 * The unpacked browser's folder. Several test files may come here at once on a fresh machine: each unpacks into a
 * folder of its own, and the first to finish gives it its name, in one step. What was cut short is never used.
 */
async function packedChromium(): Promise<string> {
  const { default: packed } = await import("@sparticuz/chromium");
  const folder = join(tmpdir(), "passport-second-factor-chromium-147");
  if (await isThere(folder)) return folder;
  const draft = await mkdtemp(`${folder}-`);
  try {
    // It unpacks to the system's temporary folder, and its libraries only where it believes to be on that system.
    await withEnvironment({ TMPDIR: draft, AWS_EXECUTION_ENV: "nodejs20.x" }, () => packed.executablePath());
    await writeFile(join(draft, "fonts.conf"), fontConfig(folder));
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function withEnvironment<T>(values: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const fontConfig = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;

const isThere = (path: string, mode = constants.F_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
