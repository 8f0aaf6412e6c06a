/** `status`: how everybody stands, or one person. */
import type { SecondFactor } from "../second-factor.js";
import type { StatusCommand } from "./arguments.js";
import { everything, personFor } from "./person.js";
import { say, type Terminal } from "./terminal.js";
import { fields, number } from "./text.js";

export async function status(
  terminal: Terminal,
  { admin }: SecondFactor,
  { user, json }: StatusCommand,
): Promise<void> {
  if (user === undefined) return overview(terminal, admin, json);
  const person = await personFor(admin, user);
  say(terminal, ...(json ? [JSON.stringify(person, null, 2)] : fields(everything(person))));
}

async function overview(
  terminal: Terminal,
  admin: SecondFactor["admin"],
  json: boolean | undefined,
): Promise<void> {
  const counts = await admin.count();
  const keys = admin.keys();
  if (json) return say(terminal, JSON.stringify({ ...counts, keys }, null, 2));
  const rows = [
    ["People", `${number(counts.people)}${counts.isPartial ? ", the first of more" : ""}`],
    ["On", number(counts.people - counts["not-set-up"])],
    ["Not set up", number(counts["not-set-up"])],
    ["Must set up", number(counts["must-set-up"])],
    ["In grace", number(counts["in-grace"])],
    ["Locked", number(counts.locked)],
    [
      "Keys",
      `${keys.first} seals`,
      ...keys.others.map((id) => `${id} only opens; rotate-keys, then drop it`),
    ],
  ] as const;
  say(terminal, ...fields(rows));
}
