import { Layout, type PageProps } from "./layout.js";
import type { AdminPersonView } from "./views.js";

export function AdminPerson({ view: _view, ...page }: PageProps<AdminPersonView>) {
  return <Layout page={page} heading="Person" wide />;
}
