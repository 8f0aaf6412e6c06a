/** The rows of the overview: a factor each, and the recovery codes. */
import { Button, ButtonLink, Form, Ltr, Notice } from "./components.js";
import { Icon } from "./icons.js";
import type { Context } from "./layout.js";
import type { FactorView, OverviewView } from "./views.js";

export function FactorRow(props: { factor: FactorView & { lastUsedAt?: Date }; page: Context }) {
  const { t, site } = props.page;
  const { kind, hint, lastUsedAt } = props.factor;
  const { name, inSentence } = t.factors[kind];
  return (
    <li class="entry">
      <Icon name={kind} />
      <div class="row-text">
        <p class="row-name">{name}</p>
        {hint && (
          <p class="row-note">
            <Ltr>{hint}</Ltr>
          </p>
        )}
        {lastUsedAt && <p class="row-note">{t.overview.lastUsed(<Time at={lastUsedAt} t={t} />)}</p>}
      </div>
      <div class="row-actions">
        <Form site={site} to={`/enrol/${kind}`}>
          <Button look="quiet" label={t.overview.replaceNamed(inSentence)}>
            {t.overview.replace}
          </Button>
        </Form>
        <ButtonLink
          look="quiet"
          href={`${site.base}/factors/${kind}/remove`}
          label={t.overview.removeNamed(inSentence)}
        >
          {t.overview.remove}
        </ButtonLink>
      </div>
    </li>
  );
}

/** With this few left it is time to make new ones. */
const FEW = 3;

interface RecoveryProps {
  recovery: NonNullable<OverviewView["recovery"]>;
  page: Context;
}

export function RecoveryRow({ recovery: { left, total, saved }, page: { t, site } }: RecoveryProps) {
  const count = t.recoveryCodes.left(left, total);
  return (
    <li class="entry">
      <Icon name="recovery-code" />
      <div class="row-text">
        <p class="row-name">{t.factors["recovery-code"].name}</p>
        {left <= FEW ? <Notice tone="warn">{count}</Notice> : <p class="row-note">{count}</p>}
        {!saved && <Notice tone="warn">{t.overview.unsaved}</Notice>}
      </div>
      <div class="row-actions">
        <ButtonLink look="quiet" href={`${site.base}/recovery-codes/new`}>
          {t.recoveryCodes.makeNew}
        </ButtonLink>
      </div>
    </li>
  );
}

/** A moment in UTC; the script puts it into the browser's own time. */
function Time({ at, t }: { at: Date; t: Context["t"] }) {
  const format = new Intl.DateTimeFormat(t.dateLocale, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return (
    <time datetime={at.toISOString()} data-sf-local>
      {format.format(at)} UTC
    </time>
  );
}
