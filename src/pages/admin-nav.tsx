/** From one page for administrators to the others. */
import { ButtonLink } from "./components.js";
import type { Context } from "./layout.js";

export interface Elsewhere {
  /** Below the base. */
  path: "/admin/users" | "/admin/policy";
  label: string;
}

/** Above everything else: what follows may be long. */
export function AdminNav({ page: { t, site }, to }: { page: Context; to: readonly Elsewhere[] }) {
  return (
    <nav class="elsewhere" aria-label={t.administration}>
      {to.map(({ path, label }) => (
        <ButtonLink key={path} look="link" href={site.base + path}>
          {label}
        </ButtonLink>
      ))}
    </nav>
  );
}
