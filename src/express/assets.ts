/** The style sheet and the script of the pages, loaded with the first page and named by their content. */
import { createHash } from "node:crypto";

export type AssetName = "style.css" | "script.js";
type Assets = Record<AssetName, { body: string; type: string; version: string }>;
let assetsPromise: Promise<Assets> | undefined;

export function loadAssets(): Promise<Assets> {
  assetsPromise ??= readAssets();
  return assetsPromise;
}

async function readAssets(): Promise<Assets> {
  const [{ STYLE }, { SCRIPT }] = await Promise.all([
    import("../pages/style.js"),
    import("../pages/script.js"),
  ]);
  return { "style.css": asset(STYLE, "text/css"), "script.js": asset(SCRIPT, "text/javascript") };
}

function asset(body: string, type: string) {
  return { body, type, version: createHash("sha256").update(body).digest("base64url").slice(0, 10) };
}
