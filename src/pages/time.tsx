/** A moment in UTC; the script puts it into the browser's own time. */
import type { Context } from "./layout.js";

interface Props {
  at: Date;
  t: Context["t"];
  /** The day is enough, where the hour would only be more to read. */
  show?: "time" | "date";
}

export function Time({ at, t, show = "time" }: Props) {
  const format = new Intl.DateTimeFormat(t.dateLocale, {
    dateStyle: "medium",
    ...(show === "time" && { timeStyle: "short" }),
    timeZone: "UTC",
  });
  return (
    <time datetime={at.toISOString()} data-sf-local={show}>
      {format.format(at)}
      {show === "time" && " UTC"}
    </time>
  );
}
