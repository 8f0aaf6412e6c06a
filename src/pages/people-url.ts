/** Where a list of people is, and the page of one. */
import type { AdminPeopleView, Site } from "./views.js";

interface Search extends Pick<AdminPeopleView, "text"> {
  filter?: AdminPeopleView["filter"] | undefined;
  cursor?: string;
}

export function peopleUrl({ base }: Site, { text, filter, cursor }: Search): string {
  const query = new URLSearchParams({
    ...(text && { q: text }),
    ...(filter && { filter }),
    ...(cursor && { cursor }),
  }).toString();
  return `${base}/admin/users${query && `?${query}`}`;
}

/** Below the base. */
export const personPath = ({ id }: { id: string }): string => `/admin/users/${encodeURIComponent(id)}`;
