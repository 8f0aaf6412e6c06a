/** "Set up two-factor authentication": which way to add. */
import type { FactorKind } from "../core/model.js";
import { Badge, Button, Form, Help } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { LinkRow, PostRow } from "./rows.js";
import { Time } from "./time.js";
import type { EnrolChooseView } from "./views.js";
import { EnrolWayOut, Support } from "./way-out.js";

export function EnrolChoose({ view, ...page }: PageProps<EnrolChooseView>) {
  const { t, site } = page;
  const canWait = view.required && view.until !== undefined;
  const kinds = view.factors.filter((kind) => kind !== "recovery-code");
  const recommended = RECOMMENDED.find((kind) => view.factors.includes(kind));
  return (
    <Layout
      page={page}
      heading={view.required ? t.enrol.requiredHeading : t.enrol.heading}
      lead={lead(view, page)}
    >
      {canWait && kinds.length > 0 && (
        <p class="label" id="now">
          {t.enrol.setUpNow}
        </p>
      )}
      {kinds.length === 0 && <p>{t.overview.notConfigured(<Support page={page} />)}</p>}
      {kinds.length > 0 && (
        <ul class="rows choices" {...(canWait && { "aria-labelledby": "now" })}>
          {kinds.map((kind) => (
            <Way
              key={kind}
              kind={kind}
              isRecommended={kind === recommended}
              isLacking={view.lacking?.includes(kind) === true}
              page={page}
            />
          ))}
        </ul>
      )}
      {canWait && (
        <Form site={site} to="/enrol/skip">
          <Button look="quiet">{t.enrol.remindLater}</Button>
        </Form>
      )}
      <Help>
        <EnrolWayOut page={page} required={view.required} />
      </Help>
    </Layout>
  );
}

function lead({ required, until }: EnrolChooseView, { t, site }: Context) {
  if (!required) return t.enrol.lead;
  const issuer = <bdi>{site.issuer}</bdi>;
  return until
    ? t.enrol.requiredFrom(issuer, <Time at={until} t={t} show="date" />)
    : t.enrol.requiredLead(issuer);
}

/** The best of those there are; a text message never is. */
const RECOMMENDED: readonly FactorKind[] = ["totp", "email"];

interface WayProps {
  kind: FactorKind;
  isRecommended: boolean;
  /** The account has to have a number first. */
  isLacking: boolean;
  page: Context;
}

/** Setting up an app makes a key at once; an address is asked for first, on a page a link leads to. */
function Way({ kind, isRecommended, isLacking, page: { t, site } }: WayProps) {
  const { name, note: usual } = t.factors[kind];
  const note = isLacking ? t.enrolSms.noneKept : usual;
  const path = `/enrol/${kind}`;
  const badge = isRecommended && <Badge tone="ok">{t.enrol.recommended}</Badge>;
  if (kind === "email" || kind === "sms") {
    return (
      <LinkRow kind={kind} href={site.base + path} note={note} badge={badge}>
        {name}
      </LinkRow>
    );
  }
  return (
    <PostRow kind={kind} site={site} to={path} note={note} badge={badge}>
      {name}
    </PostRow>
  );
}
