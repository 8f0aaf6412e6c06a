/** What a mail transport's error means for the message: the errors of Nodemailer 6 to 10, in our words. */
import { DeliveryError, type DeliveryReason } from "../core/delivery.js";

/** What Nodemailer notes on an error; empty, or 0, where it does not. */
interface Facts {
  /** Nodemailer's own, such as `EENVELOPE`. */
  code: string;
  /** The system's: kept from Nodemailer 10 on. */
  originalCode: string;
  syscall: string;
  /** The SMTP command that was answered. */
  command: string;
  /** The SMTP reply code. */
  reply: number;
  response: string;
  message: string;
  /** One for each address of the host that was tried. */
  errors: readonly unknown[];
}

type Meaning = [reason: DeliveryReason, isDefinite: boolean];

/** RFC 4954 §4 and §6: the app has to authenticate, or failed to. */
const UNAUTHORISED = [530, 534, 535, 538];
/** RFC 5321 §4.2.3: the mailbox is not there, not here, or no name of one. */
const NO_MAILBOX = [501, 550, 551, 553];
/** RFC 3463 §3.8: the server's policy about the sender, whatever code it comes with. */
const POLICY = /^\d{3}[ -]5\.7\./;
const SOCKET_CODES = ["ESOCKET", "ECONNECTION"];
const TIMED_OUT = /\bETIMED?OUT\b/;
/** OpenSSL's and Node's words for failures that only a handshake has. */
const HANDSHAKE = /certificate|handshake|wrong version number|unsupported protocol/i;

/**
 * The error of a transport as one of ours. Definite is what happened before the message was given away (no connection,
 * no log-in) and what the server refused by a reply. A time-out is never definite, nor a connection lost on the way,
 * nor any error that is not known. Its message has neither the recipient nor the server's words; they are in `cause`.
 */
export function mailErrorOf(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const facts = factsOf(thrown);
  const [reason, isDefinite] = meaningOf(facts);
  return new DeliveryError(reason, messageOf(facts), { isDefinite, cause: thrown });
}

function meaningOf(facts: Facts): Meaning {
  const { code, reply } = facts;
  if (code === "ETLS") return ["unreachable", true];
  if (reply >= 400 && reply < 600) return [reasonOf(facts), true];
  if (TIMED_OUT.test(`${code} ${facts.originalCode} ${facts.message}`)) return ["timeout", false];
  if (code === "EAUTH" || code === "ENOAUTH") return ["unauthorised", true];
  if (code === "EENVELOPE") return ["invalid-recipient", true];
  return ["unreachable", code === "EDNS" || isBeforeSession(facts)];
}

function reasonOf({ code, command, reply, response }: Facts): DeliveryReason {
  if (reply < 500) return "busy";
  if (code === "EAUTH" || UNAUTHORISED.includes(reply)) return "unauthorised";
  const isAboutMailbox = command === "RCPT TO" && NO_MAILBOX.includes(reply) && !POLICY.test(response);
  return isAboutMailbox ? "invalid-recipient" : "rejected";
}

/** Nobody listens, or the handshake failed. Of SMTP only: what another client's retries did before is not known. */
function isBeforeSession({ code, syscall, errors, message }: Facts): boolean {
  if (!SOCKET_CODES.includes(code)) return false;
  const isRefused = errors.length > 0 && errors.every((error) => factsOf(error).syscall === "connect");
  return syscall === "connect" || isRefused || HANDSHAKE.test(message);
}

function messageOf({ code, command, reply }: Facts): string {
  if (reply) return `the mail server answered ${reply}${command ? ` to ${command}` : ""}`;
  return `the mail was not handed over${/^[A-Z_]+$/.test(code) ? `: ${code}` : ""}`;
}

function factsOf(thrown: unknown): Facts {
  const get = (key: string): unknown =>
    typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, key) : undefined;
  const text = (key: string) => String(get(key) ?? "");
  const errors = get("errors");
  return {
    code: text("code"),
    originalCode: text("originalCode"),
    syscall: text("syscall"),
    command: text("command"),
    reply: Number(get("responseCode")) || 0,
    response: text("response"),
    message: text("message"),
    errors: Array.isArray(errors) ? errors : [],
  };
}
