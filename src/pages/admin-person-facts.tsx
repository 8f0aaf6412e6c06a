/** How a person stands, in sentences: what they have, what the policy asks, their roles. */
import { Lock, Roles, StatusBadge } from "./admin-status.js";
import { Notice } from "./components.js";
import type { Messages } from "./messages.js";
import { Time } from "./time.js";
import type { AdminPersonView } from "./views.js";

interface FactsProps extends Pick<AdminPersonView, "person"> {
  t: Messages;
}

export function Facts({ person, t }: FactsProps) {
  const { coverage, until, locked, mode, roles } = person;
  return (
    <>
      {locked && (
        <Notice tone="warn">
          <Lock lock={locked} t={t} />
        </Notice>
      )}
      <dl class="facts">
        <dt>{t.person.status}</dt>
        <dd>
          <StatusBadge coverage={coverage} t={t} />{" "}
          {t.person.coverages[coverage].sentence(until && <Time at={until} t={t} show="date" />)}
        </dd>
        <dt>{t.person.policy}</dt>
        <dd>{t.person.policies[mode]}</dd>
        <dt>{t.people.roles}</dt>
        <dd>
          <Roles roles={roles} t={t} />
        </dd>
      </dl>
    </>
  );
}
