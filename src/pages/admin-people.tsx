import { Layout, type PageProps } from "./layout.js";
import type { AdminPeopleView } from "./views.js";

export function AdminPeople({ view: _view, ...page }: PageProps<AdminPeopleView>) {
  return <Layout page={page} heading="People" wide />;
}
