/** How somebody stands, in a word and in a colour; their roles; and until when their codes are locked. */
import { Badge } from "./components.js";
import type { Messages } from "./messages.js";
import { Time } from "./time.js";
import type { AdminPersonRow } from "./views.js";

const TONES: Record<AdminPersonRow["coverage"], "ok" | "warn" | "plain"> = {
  on: "ok",
  off: "plain",
  must: "warn",
  grace: "warn",
  cannot: "warn",
};

export function StatusBadge({ coverage, t }: Pick<AdminPersonRow, "coverage"> & { t: Messages }) {
  return <Badge tone={TONES[coverage]}>{t.person.coverages[coverage].name}</Badge>;
}

/** Each keeps to its own direction. */
export function Roles({ roles, t }: Pick<AdminPersonRow, "roles"> & { t: Messages }) {
  if (roles.length === 0) return <>{t.people.none}</>;
  return (
    <>
      {roles.map((role, at) => (
        <span key={role}>
          {at > 0 && ", "}
          <bdi>{role}</bdi>
        </span>
      ))}
    </>
  );
}

/** Blocked codes have no end: somebody has to unlock them. */
export function Lock({ lock, t }: { lock: NonNullable<AdminPersonRow["locked"]>; t: Messages }) {
  return <>{lock.until ? t.person.lockedUntil(<Time at={lock.until} t={t} />) : t.person.blocked}</>;
}
