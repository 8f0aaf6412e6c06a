/** What a policy would mean for everybody, before it is saved, and the button that saves it. */
import { Badge, Button, Form, Notice } from "./components.js";
import type { Context } from "./layout.js";
import type { AdminPolicyView } from "./views.js";

type Report = NonNullable<AdminPolicyView["report"]>;

interface ReviewProps {
  view: AdminPolicyView;
  report: Report;
  page: Context;
}

export function Review({ view, report, page }: ReviewProps) {
  const { adminPolicy: words } = page.t;
  const { must, cannot, sessions } = report;
  const isQuiet = must + cannot + (sessions ?? 0) === 0;
  return (
    <section class="stack review" aria-labelledby="review">
      <h2 id="review">{words.reviewHeading}</h2>
      <Notice tone={isQuiet ? "ok" : "warn"}>{words.summary(must, cannot, sessions)}</Notice>
      {report.affected.length > 0 && <Affected report={report} page={page} />}
      <SaveForm view={view} page={page} />
    </section>
  );
}

/** Open while it is short enough not to push the button away. */
const SHORT = 10;

/** Those who could not sign in any more come first: they are the ones to help. */
function Affected({ report, page: { t } }: Omit<ReviewProps, "view">) {
  const { must, cannot, affected } = report;
  const { adminPolicy: words } = t;
  const rows = (["cannot", "must"] as const).flatMap((each) =>
    affected.filter(({ outcome }) => outcome === each),
  );
  return (
    <details {...(rows.length <= SHORT && { open: true })}>
      <summary>{words.affected}</summary>
      {rows.length < must + cannot && <p>{words.firstOf(rows.length, must + cannot)}</p>}
      <ul class="rows">
        {rows.map(({ account, outcome, why }, at) => (
          <li class="person" key={at}>
            <bdi>{account}</bdi>{" "}
            <Badge tone={outcome === "cannot" ? "warn" : "plain"}>{words.outcomes[outcome]}</Badge>
            {why !== undefined && (
              <span class="row-note">
                <bdi>{why}</bdi>
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Sends what was reviewed, not what is being edited below. */
function SaveForm({ view, page: { t, site } }: Omit<ReviewProps, "report">) {
  return (
    <Form site={site} to="/admin/policy" class="stack">
      {reviewed(view).map(([name, value], at) => (
        <input key={at} type="hidden" name={name} value={value} />
      ))}
      <p class="hint">{t.adminPolicy.onlyReviewed}</p>
      <Button>{t.adminPolicy.save}</Button>
    </Form>
  );
}

type Sent = [name: string, value: string];

/** The fields that the form below would send untouched. */
function reviewed({ version, pinned, draft, ...policy }: AdminPolicyView): Sent[] {
  const parts: Record<AdminPolicyView["pinned"][number], () => Sent[]> = {
    organisation: () => [["organisation", policy.organisation]],
    graceDays: () => [["graceDays", String(policy.graceDays)]],
    recovery: () => [["hasRecovery", "on"], ...(policy.recovery ? [["recovery", "on"] satisfies Sent] : [])],
    roles: () => [["hasRoles", "on"], ...policy.roles.flatMap(roleFields)],
    codeMinutes: () => policy.codes.map(({ kind, minutes = "" }) => [`codeMinutes-${kind}`, String(minutes)]),
    providers: () => policy.providers.flatMap(providerFields),
    testMode: () => testModeFields(policy),
  };
  const open = Object.entries(parts).filter(([part]) => !pinned.some((each) => each === part));
  const kept: Sent[] = draft === undefined ? [] : [["draft", draft]];
  return [["version", String(version)], ...kept, ...open.flatMap(([, sent]) => sent())];
}

/** Never a secret: what was entered is kept for the save by the name of its draft. */
function providerFields({ channel, fields, isRemoved }: AdminPolicyView["providers"][number]): Sent[] {
  if (isRemoved) return [[`provider-${channel}-remove`, "on"]];
  return fields.flatMap((field) =>
    field.secret ? [] : [[`provider-${channel}-${field.name}`, field.value] satisfies Sent],
  );
}

function testModeFields({ testMode }: Pick<AdminPolicyView, "testMode">): Sent[] {
  if (testMode === undefined) return [];
  return [["hasTestMode", "on"], ...(testMode ? [["testMode", "on"] satisfies Sent] : [])];
}

function roleFields({ name, mode, factors = [] }: AdminPolicyView["roles"][number], at: number): Sent[] {
  const row = `role-${at}`;
  const ways = factors.map((kind): Sent => [`${row}-factors`, kind]);
  return [[`${row}-name`, name], [`${row}-mode`, mode], ...ways];
}
