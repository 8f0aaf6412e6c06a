import { describe, expect, test } from "vitest";
import { type Command, readArguments } from "../../src/cli/arguments.js";

describe("what is typed", () => {
  test.each<[string, Command]>([
    ["", { name: "help" }],
    ["help", { name: "help" }],
    ["--help", { name: "help" }],
    ["-h", { name: "help" }],
    ["disable --help", { name: "help" }],
    ["--version", { name: "version" }],
    ["key", { name: "key" }],
    ["status", { name: "status" }],
    ["status tom@acme.test --json", { name: "status", user: "tom@acme.test", json: true }],
    ["status --config a.mjs -- -7", { name: "status", user: "-7", config: "a.mjs" }],
    [
      "disable 7 --reason lost --by ivy --yes",
      { name: "disable", user: "7", reason: "lost", by: "ivy", yes: true },
    ],
    ["unlock --reason=lost 7", { name: "unlock", user: "7", reason: "lost" }],
    ["report --policy p.json --csv", { name: "report", policy: "p.json", csv: true }],
    ["rotate-keys", { name: "rotate-keys" }],
  ])("%s", (typed, command) => {
    expect(readArguments(typed.split(" ").filter(Boolean))).toEqual(command);
  });

  test.each([
    ["nonsense", 'no command "nonsense"'],
    ["toString", 'no command "toString"'],
    ["--json", 'no command "--json"'],
    ["key now", "key takes nothing else"],
    ["disable", "disable whom?"],
    ["disable a b", 'disable does not take "b"'],
    ["rotate-keys a", 'rotate-keys does not take "a"'],
    ["report tom", 'report does not take "tom"'],
    ["status --yes", "Unknown option '--yes'"],
    ["disable a --reason", "'--reason <value>' argument missing"],
    ["status --json=1", "does not take an argument"],
  ])("%s is refused", (typed, message) => {
    expect(() => readArguments(typed.split(" "))).toThrow(message);
  });
});
