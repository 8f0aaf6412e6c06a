/** Anything that has no page of its own: what happened, and one way on. */
import { ButtonLink } from "./components.js";
import { Layout, type PageProps } from "./layout.js";
import type { ProblemView } from "./views.js";

export function Problem({ view, ...page }: PageProps<ProblemView>) {
  return (
    <Layout page={page} heading={view.title} lead={view.text}>
      {view.next && <ButtonLink href={view.next.url}>{view.next.label}</ButtonLink>}
    </Layout>
  );
}
