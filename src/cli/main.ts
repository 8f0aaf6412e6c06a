#!/usr/bin/env node
/** `npx passport-second-factor`: for the day nobody can log in. Ends by itself, whatever the app has left open. */
import { run } from "./run.js";
import { systemTerminal } from "./terminal.js";

const terminal = systemTerminal();
// Whoever reads along, such as `head`, has had enough.
process.stdout.on("error", () => process.exit(1));
const code = await run(process.argv.slice(2), terminal);
process.stdout.write("", () => process.exit(code));
