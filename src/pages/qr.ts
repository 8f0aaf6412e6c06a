/** Draws a QR code (ISO/IEC 18004) as one SVG path, so that a page shows it with no image to fetch. */

/** The quiet zone the standard asks for, in modules. */
const MARGIN = 4;

/**
 * Turns a text into the dark modules of its QR code, error correction level M.
 *
 * Does not check what the text says. Throws when it is too long for a QR code (2,331 bytes at level M).
 *
 * @returns the side of the square in modules, margin included, and the path of the dark ones
 */
export async function qrPath(text: string): Promise<{ size: number; path: string }> {
  const { default: qrcode } = await import("qrcode");
  const { modules } = qrcode.create(text, { errorCorrectionLevel: "M" });
  const rows = Array.from({ length: modules.size }, (_, y) =>
    Array.from({ length: modules.size }, (_, x) => modules.get(y, x) !== 0),
  );
  return { size: modules.size + 2 * MARGIN, path: rows.map(rowPath).join("") };
}

/** One closed strip for each run of dark modules: far shorter than a square for each module. */
function rowPath(row: readonly boolean[], y: number): string {
  let path = "";
  for (let x = 0; x < row.length; x++) {
    const start = x;
    while (row[x]) x++;
    if (x > start) path += `M${start + MARGIN} ${y + MARGIN}h${x - start}v1h-${x - start}z`;
  }
  return path;
}
