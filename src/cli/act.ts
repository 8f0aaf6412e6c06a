/** `disable` and `unlock`: with a reason, after a question, recorded and told like on the pages. */
import type { PersonStatus } from "../express/person-status.js";
import type { SecondFactor } from "../second-factor.js";
import type { Acting } from "./arguments.js";
import { CommandError, UsageError } from "./failures.js";
import { personFor, summary } from "./person.js";
import { ask, canAsk, note, say, type Terminal } from "./terminal.js";
import { fields, plain } from "./text.js";

const WORDS = {
  disable: {
    question: "Take their second factor away, and end their sessions?",
    done: (account: string) => `${account} has no second factor any more.`,
    nothing: (account: string) => `${account} has no second factor: there was nothing to do.`,
  },
  unlock: {
    question: "Let them try codes again?",
    done: (account: string) => `${account} can try codes again.`,
    nothing: (account: string) => `${account} has no wrong codes: there was nothing to do.`,
  },
} as const;

/** @throws {UsageError} where something is missing and nobody is there to be asked */
export async function act(terminal: Terminal, secondFactor: SecondFactor, command: Acting): Promise<void> {
  checkAnswers(terminal, command);
  const person = await personFor(secondFactor.admin, command.user);
  note(terminal, ...fields(summary(person)), "");
  const reason = command.reason ?? (await ask(terminal, "Reason (kept in the log, and told to them): "));
  if (!(await isMeant(terminal, command))) throw new CommandError("Nothing was done.");
  const by = command.by ?? `cli:${terminal.user}`;
  const failed = failuresOf(secondFactor);
  const done = await secondFactor.admin[command.name](person.id, { by, reason });
  // The process ends soon: by then the log has it, and the mail is out.
  await secondFactor.settled();
  say(terminal, outcome(person, command, done));
  note(terminal, ...failed);
}

function checkAnswers(terminal: Terminal, { reason, yes }: Acting): void {
  if (canAsk(terminal)) return;
  if (reason === undefined)
    throw new UsageError("--reason is missing, and there is no terminal to ask for it");
  if (!yes) throw new UsageError("--yes is missing, and there is no terminal to ask for it");
}

async function isMeant(terminal: Terminal, { name, yes }: Acting): Promise<boolean> {
  return yes === true || /^y(es)?$/i.test(await ask(terminal, `${WORDS[name].question} [y/N] `));
}

function outcome({ account }: PersonStatus, { name }: Acting, done: boolean): string {
  const { done: isDone, nothing } = WORDS[name];
  return (done ? isDone : nothing)(plain(account));
}

/** Filled while the act is done: what it could not tell, and whom. */
function failuresOf(secondFactor: SecondFactor): string[] {
  const failed: string[] = [];
  secondFactor.on("notice-failed", ({ error }) => {
    failed.push(`They could not be told by mail: ${plain(error.message)}`);
  });
  secondFactor.on("listener-failed", ({ event, error }) => {
    failed.push(`It could not be recorded or told (${event}): ${plain(String(error))}`);
  });
  return failed;
}
