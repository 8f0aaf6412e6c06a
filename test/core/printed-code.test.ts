import { expect, test, vi } from "vitest";
import { hashPrintedCode } from "../../src/core/printed-code.js";

vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  scrypt: (...given: unknown[]) => (given.at(-1) as (error: Error) => void)(new Error("no memory")),
}));

test("a code that cannot be hashed is an error, and no hash", async () => {
  await expect(hashPrintedCode("ABCD", "salt")).rejects.toThrow("no memory");
});
