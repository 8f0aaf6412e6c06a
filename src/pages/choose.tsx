/** "Choose how to confirm": the ways a person has, preferred first. */
import { Help, Ltr } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import { LinkRow, PostRow } from "./rows.js";
import type { ChooseView, FactorView } from "./views.js";
import { aboutOf, challengePath, Support, WayOut } from "./way-out.js";

export function Choose({ view, ...page }: PageProps<ChooseView>) {
  const { t, site } = page;
  const isLast = (factor: FactorView) => (factor.kind === "recovery-code" ? 1 : 0);
  const factors = view.factors.toSorted((one, other) => isLast(one) - isLast(other));
  return (
    <Layout page={page} heading={t.choose.heading}>
      <ul class="rows choices">
        {factors.map((factor) => (
          <Way key={factor.kind} factor={factor} view={view} page={page} />
        ))}
      </ul>
      <Help>
        {site.support && <p>{t.choose.noneWork(<Support page={page} />)}</p>}
        <WayOut page={page} asked={view} />
      </Help>
    </Layout>
  );
}

/** A code that has to be sent is asked for by POST; one the person has at hand is a link away. */
function Way({ factor, view, page }: { factor: FactorView; view: ChooseView; page: Context }) {
  const { t, site } = page;
  const { kind, hint } = factor;
  const label = t.choose.ways[kind](<Ltr>{hint ?? t.shared.you}</Ltr>);
  if (kind === "email" || kind === "sms") {
    return (
      <PostRow kind={kind} site={site} to="/challenge/send" hidden={aboutOf(view, kind)}>
        {label}
      </PostRow>
    );
  }
  return (
    <LinkRow kind={kind} href={challengePath(site.base, "", view, kind)}>
      {label}
    </LinkRow>
  );
}
