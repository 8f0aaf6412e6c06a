/** How far something is: a bar that stays on its line in a terminal, elsewhere a line for every tenth. */
import type { Progress } from "../core/rotate-keys.js";
import { note, type Terminal } from "./terminal.js";
import { number } from "./text.js";

const BAR = 40;

export interface ProgressLine {
  show(progress: Progress): void;
  /** As it was shown last. */
  last(): Progress;
  /** Leaves the line of the bar. */
  end(): void;
}

export function progressLine(terminal: Terminal): ProgressLine {
  const isBar = terminal.stderr.isTTY === true;
  let last: Progress = { done: 0, total: 0 };
  let shown = 0;
  return {
    show(progress) {
      last = progress;
      const step = Math.floor(share(progress) * (isBar ? 100 : 10));
      if (step <= shown) return;
      shown = step;
      if (isBar) terminal.stderr.write(`\r${bar(progress)}`);
      else note(terminal, `${step * 10} %: ${count(progress)}`);
    },
    last: () => last,
    end() {
      if (isBar && shown > 0) terminal.stderr.write("\n");
      shown = 0;
    },
  };
}

/** More may come than were counted. */
function share({ done, total }: Progress): number {
  return Math.min(1, done / Math.max(1, total));
}

function bar(progress: Progress): string {
  const filled = Math.floor(share(progress) * BAR);
  const percent = `${Math.floor(share(progress) * 100)} %`.padStart(5);
  return `[${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${percent}  ${count(progress)}`;
}

export function count({ done, total }: Progress): string {
  return `${number(done)} of ${number(Math.max(done, total))}`;
}
