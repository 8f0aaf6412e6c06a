// A probe is a test that holds for any MongoDB; where an independent server is known to be wrong, it must fail there.
import { test } from "vitest";
import { DIFFERENCES } from "./differences.js";

/** Set by whoever points MONGODB_URI at mongo-java-server, see test/support/independent-mongo.sh. */
const independent = process.env.MONGODB_IS === "mongo-java-server";

export function probe(name: string, run: () => Promise<void>): void {
  (independent && DIFFERENCES.has(name) ? test.fails : test)(name, run);
}
