/** Time limits of an SMTP transport: Nodemailer's own are minutes, and somebody waits for a page meanwhile. */

/** Milliseconds; the design's number for connecting by SMTP. */
const CONNECT_LIMIT = 5000;

/**
 * Sets the limits that a transport of Nodemailer leaves at their defaults. Its options are read for each connection,
 * so they hold from the next one on. Anything but SMTP, pooled or not, stays as it is.
 */
export function limitSmtp(transporter: unknown, seconds: number): void {
  if (!isSmtp(transporter)) return;
  const { options } = transporter;
  options.connectionTimeout ||= CONNECT_LIMIT;
  options.greetingTimeout ||= CONNECT_LIMIT;
  options.dnsTimeout ||= CONNECT_LIMIT;
  options.socketTimeout ||= seconds * 1000;
}

type Limit = "connectionTimeout" | "greetingTimeout" | "dnsTimeout" | "socketTimeout";

interface Smtp {
  options: Partial<Record<Limit, number>>;
}

/** The name is "SMTP" or "SMTP (pool)". */
function isSmtp(value: unknown): value is Smtp {
  if (typeof value !== "object" || value === null) return false;
  if (!("name" in value) || !("options" in value)) return false;
  return /^SMTP\b/.test(String(value.name)) && typeof value.options === "object" && value.options !== null;
}
