/** What a person has: ways to confirm, recovery codes, a number to prove, remembered browsers. */
import type { ComponentChildren } from "preact";
import type { FactorKind } from "../core/model.js";
import { Ltr } from "./components.js";
import { Icon } from "./icons.js";
import type { Messages } from "./messages.js";
import { Time } from "./time.js";
import type { AdminPersonView } from "./views.js";

interface HasProps extends Pick<AdminPersonView, "person"> {
  t: Messages;
}

export function Ways({ person: { ways, recoveryCodes, suggestedPhone }, t }: HasProps) {
  const hasAny = ways.length > 0 || recoveryCodes || suggestedPhone;
  return (
    <section class="stack" aria-labelledby="ways">
      <h2 id="ways">{t.person.ways}</h2>
      {!hasAny && <p>{t.person.noWays}</p>}
      {hasAny && (
        <ul class="rows">
          {ways.map((way) => (
            <WayRow key={way.kind} way={way} t={t} />
          ))}
          {recoveryCodes && (
            <Row icon="recovery-code" name={t.factors["recovery-code"].name}>
              <p class="row-note">{t.recoveryCodes.left(recoveryCodes.left, recoveryCodes.total)}</p>
            </Row>
          )}
          {suggestedPhone && (
            <Row icon="sms" name={t.factors.sms.name}>
              <p class="row-note">{t.person.onFile(<Ltr>{suggestedPhone}</Ltr>)}</p>
            </Row>
          )}
        </ul>
      )}
    </section>
  );
}

type Way = AdminPersonView["person"]["ways"][number];

function WayRow({ way: { kind, hint, confirmedAt, lastUsedAt }, t }: { way: Way; t: Messages }) {
  return (
    <Row icon={kind} name={t.factors[kind].name}>
      {hint && (
        <p class="row-note">
          <Ltr>{hint}</Ltr>
        </p>
      )}
      {confirmedAt && <p class="row-note">{t.person.setUp(<Time at={confirmedAt} t={t} show="date" />)}</p>}
      {lastUsedAt && <p class="row-note">{t.overview.lastUsed(<Time at={lastUsedAt} t={t} />)}</p>}
    </Row>
  );
}

export function Browsers({ person: { browsers }, t }: HasProps) {
  return (
    <section class="stack" aria-labelledby="browsers">
      <h2 id="browsers">{t.browsers.heading}</h2>
      {browsers.length === 0 && <p>{t.browsers.none}</p>}
      {browsers.length > 0 && (
        <ul class="rows">
          {browsers.map(({ id, name, lastUsedAt, expiresAt }) => (
            <Row key={id} icon="browser" name={<bdi>{name}</bdi>}>
              <p class="row-note">
                {t.browsers.dates(<Time at={lastUsedAt} t={t} />, <Time at={expiresAt} t={t} show="date" />)}
              </p>
            </Row>
          ))}
        </ul>
      )}
    </section>
  );
}

interface RowProps {
  icon: FactorKind | "browser";
  name: ComponentChildren;
  children: ComponentChildren;
}

function Row({ icon, name, children }: RowProps) {
  return (
    <li class="entry">
      <Icon name={icon} />
      <div class="row-text">
        <p class="row-name">{name}</p>
        {children}
      </div>
    </li>
  );
}
