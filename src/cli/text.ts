/** How things are written in a terminal: plain, and readable at 80 columns. */
import type { FactorKind } from "../core/model.js";

/** A terminal does what it is told: of names that people gave themselves, nothing is left that moves or colours. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}

/** 12345 → "12,345". */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** "2026-11-22 12:00 UTC". */
export function time(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Rows of a name and a value; of several values, each on a line of its own. */
export function fields(rows: readonly (readonly [name: string, ...values: string[]])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, ...values]) =>
    values.map((value, i) => `${(i === 0 ? name : "").padEnd(width)}  ${plain(value)}`),
  );
}

export const WAYS: Record<FactorKind, string> = {
  totp: "authenticator app",
  email: "e-mail",
  sms: "text message",
  passkey: "passkey",
  "recovery-code": "recovery codes",
};
