/** "Enter your code": one field for the code of one factor, at sign-in or before an action. */
import { CodeField } from "./code-field.js";
import { Button, ButtonLink, Form, Help, Ltr } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { Place } from "./problem-text.js";
import { NotArrived, SendButton } from "./sent-code.js";
import type { ChallengeView } from "./views.js";
import { aboutOf, challengePath, WayOut } from "./way-out.js";

type Props = PageProps<ChallengeView>;

export function Challenge({ view, ...page }: Props) {
  const { t, site } = page;
  const { kind } = view.factor;
  const isSent = kind === "email" || kind === "sms";
  return (
    <Layout page={page} heading={heading(view, page)} lead={lead(view, page)} failed={!!view.problem}>
      {isSent && !view.sent ? <SendCode page={page} view={view} /> : <Answer page={page} view={view} />}
      {isSent && view.sent && (
        <NotArrived
          page={page}
          kind={kind}
          sent={view.sent}
          problem={view.problem}
          to="/challenge/send"
          hidden={asked(view)}
        />
      )}
      <Help>
        {view.others && (
          <ButtonLink look="link" href={challengePath(site.base, "/choose", view)}>
            {t.challenge.tryAnotherWay}
          </ButtonLink>
        )}
        <WayOut page={page} asked={view} />
      </Help>
    </Layout>
  );
}

const isRecovery = (view: ChallengeView) => view.factor.kind === "recovery-code";

function heading(view: ChallengeView, { t }: Context) {
  if (view.action) return t.challenge.stepUpHeading;
  return isRecovery(view) ? t.challenge.recoveryHeading : t.challenge.heading;
}

function lead(view: ChallengeView, { t }: Context) {
  if (view.action) return t.challenge.stepUpLead(<bdi>{view.action.description}</bdi>);
  if (isRecovery(view)) return t.challenge.recoveryLead;
  return view.account === undefined ? undefined : t.challenge.signingInAs(<Ltr>{view.account}</Ltr>);
}

/** Where the code comes from. */
function source({ factor, sent }: ChallengeView, { t, site }: Context) {
  if (factor.kind === "totp") return t.challenge.fromApp(<bdi>{site.issuer}</bdi>);
  if (sent) return t.challenge.sent(<Ltr>{factor.hint ?? t.shared.you}</Ltr>, sent.minutes);
  return undefined;
}

/** What goes along with a code, or with asking for one. */
const asked = (view: ChallengeView) => aboutOf(view, view.factor.kind);

const placeOf = ({ factor, others }: ChallengeView): Place => ({
  kind: factor.kind,
  instead: others ? "factor" : "nothing",
});

function SendCode({ view, page }: { view: ChallengeView; page: Context }) {
  const { t, site } = page;
  return (
    <Form site={site} to="/challenge/send" hidden={asked(view)} class="stack">
      <p>{t.challenge.unsent(<Ltr>{view.factor.hint ?? t.shared.you}</Ltr>)}</p>
      <SendButton page={page} problem={view.problem} place={placeOf(view)}>
        {t.challenge.sendCode}
      </SendButton>
    </Form>
  );
}

function Answer({ view, page }: { view: ChallengeView; page: Context }) {
  const { t, site } = page;
  const how = source(view, page);
  const hasLead = view.action || isRecovery(view) || view.account !== undefined;
  return (
    <Form
      site={site}
      to="/challenge/verify"
      hidden={asked(view)}
      class="stack"
      isTexted={view.factor.kind === "sms"}
    >
      {how && <p id="how">{how}</p>}
      <CodeField
        page={page}
        place={placeOf(view)}
        problem={view.problem}
        describedBy={[...(hasLead ? ["lead"] : []), ...(how ? ["how"] : [])]}
        focus
      />
      <RememberBrowser view={view} page={page} />
      <Button>{view.action ? t.challenge.confirm : t.challenge.submit}</Button>
    </Form>
  );
}

/** Never for a recovery code or a step-up: neither may make the next sign-in easier. */
function RememberBrowser({ view, page: { t } }: { view: ChallengeView; page: Context }) {
  if (!view.trustBrowserDays || view.action || isRecovery(view)) return null;
  return (
    <div class="check">
      <input type="checkbox" id="trust" name="trustBrowser" value="on" aria-describedby="trust-hint" />
      <label for="trust">{t.challenge.rememberBrowser(view.trustBrowserDays)}</label>
      <p class="hint" id="trust-hint">
        {t.challenge.notShared}
      </p>
    </div>
  );
}
