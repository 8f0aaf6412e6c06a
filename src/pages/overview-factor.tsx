/** A row of the overview: a factor somebody has, and what can be done with it. */
import type { FactorKind } from "../core/model.js";
import { Badge, Button, ButtonLink, Form, Ltr } from "./components.js";
import { Icon } from "./icons.js";
import type { Context } from "./layout.js";
import { Time } from "./time.js";
import type { FactorView } from "./views.js";

interface FactorProps {
  factor: FactorView & { lastUsedAt?: Date };
  /** Whether it is asked for before the others, where there are others. */
  order: "only" | "first" | "later";
  page: Context;
}

export function FactorRow({ factor, order, page }: FactorProps) {
  const { t } = page;
  const { kind, hint, lastUsedAt } = factor;
  return (
    <li class="entry">
      <Icon name={kind} />
      <div class="row-text">
        <p class="row-name">
          <span>{t.factors[kind].name}</span>
          {order === "first" && " "}
          {order === "first" && <Badge tone="plain">{t.overview.askedFirst}</Badge>}
        </p>
        {hint && (
          <p class="row-note">
            <Ltr>{hint}</Ltr>
          </p>
        )}
        {lastUsedAt && <p class="row-note">{t.overview.lastUsed(<Time at={lastUsedAt} t={t} />)}</p>}
      </div>
      <div class="row-actions">
        <Replace kind={kind} page={page} />
        <ButtonLink
          look="quiet"
          href={`${page.site.base}/factors/${kind}/remove`}
          label={t.overview.removeNamed(t.factors[kind].inSentence)}
        >
          {t.overview.remove}
        </ButtonLink>
        {order === "later" && <AskFirst kind={kind} page={page} />}
      </div>
    </li>
  );
}

interface ActionProps {
  kind: FactorKind;
  page: Context;
}

function AskFirst({ kind, page: { t, site } }: ActionProps) {
  return (
    <Form site={site} to={`/factors/${kind}/prefer`}>
      <Button look="quiet" label={t.overview.askFirstNamed(t.factors[kind].inSentence)}>
        {t.overview.askFirst}
      </Button>
    </Form>
  );
}

/** A new app is paired with a new key at once; for a new address there is a form to fill in first. */
function Replace({ kind, page: { t, site } }: ActionProps) {
  const path = `/enrol/${kind}`;
  const look = { look: "quiet", label: t.overview.replaceNamed(t.factors[kind].inSentence) } as const;
  if (kind === "email" || kind === "sms") {
    return (
      <ButtonLink href={site.base + path} {...look}>
        {t.overview.replace}
      </ButtonLink>
    );
  }
  return (
    <Form site={site} to={path}>
      <Button {...look}>{t.overview.replace}</Button>
    </Form>
  );
}
