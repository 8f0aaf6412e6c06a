/** The drawn QR code is the one the encoder made: read back from the path, module by module. */
import qrcode from "qrcode";
import { describe, expect, test } from "vitest";
import { qrPath } from "../../src/pages/qr.js";

const STRIP = /M(\d+) (\d+)h(\d+)v1h-(\d+)z/gy;

/** Fills the strips of the path into a matrix, as a rasteriser would at one pixel a module. */
function rasterise({ size, path }: { size: number; path: string }): boolean[][] {
  const matrix = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  STRIP.lastIndex = 0;
  while (STRIP.lastIndex < path.length) {
    const match = STRIP.exec(path);
    if (!match) throw new Error("the path is not made of strips");
    const [x = 0, y = 0, width = 0, back = 0] = match.slice(1).map(Number);
    expect(back).toBe(width);
    for (let at = x; at < x + width; at++) matrix[y]![at] = true;
  }
  return matrix;
}

describe.each([
  ["short", "A"],
  [
    "an app's link",
    "otpauth://totp/Acme:ada%40example.test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme",
  ],
  ["long", `otpauth://totp/${"x".repeat(800)}`],
  ["not ASCII", "otpauth://totp/Ünïcödé 日本"],
])("%s", (_, text) => {
  test("has exactly the encoder's modules, level M, inside a margin of four light ones", async () => {
    const drawn = await qrPath(text);
    const { modules } = qrcode.create(text, { errorCorrectionLevel: "M" });
    expect(drawn.size).toBe(modules.size + 8);
    const expected = Array.from({ length: drawn.size }, (_row, y) =>
      Array.from({ length: drawn.size }, (_cell, x) => isDark(modules, x - 4, y - 4)),
    );
    expect(rasterise(drawn)).toEqual(expected);
  });
});

const isDark = ({ size, data }: { size: number; data: Uint8Array }, x: number, y: number) =>
  x >= 0 && y >= 0 && x < size && y < size && data[y * size + x] === 1;

test("a text no QR code can hold is an error, not half a picture", async () => {
  await expect(qrPath("x".repeat(3000))).rejects.toThrow();
});
