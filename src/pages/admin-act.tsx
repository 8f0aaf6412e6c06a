import { Layout, type PageProps } from "./layout.js";
import type { AdminActView } from "./views.js";

export function AdminAct({ view: _view, ...page }: PageProps<AdminActView>) {
  return <Layout page={page} heading="Act" wide />;
}
