/** Rows of a list one chooses from: the whole row is the button or the link. */
import type { ComponentChildren } from "preact";
import type { FactorKind } from "../core/model.js";
import { Form } from "./components.js";
import { Icon } from "./icons.js";
import type { Site } from "./views.js";

interface RowProps {
  kind: FactorKind;
  note?: ComponentChildren;
  badge?: ComponentChildren;
  children: ComponentChildren;
}

/** A row that leads on without changing anything. */
export function LinkRow({ href, ...row }: RowProps & { href: string }) {
  return (
    <li>
      <a class="row" href={href}>
        <RowText {...row} />
      </a>
    </li>
  );
}

interface PostRowProps extends RowProps {
  site: Site;
  to: string;
  hidden?: Record<string, string | undefined>;
}

/** A row that does something: a form with one button. */
export function PostRow({ site, to, hidden = {}, ...row }: PostRowProps) {
  return (
    <li>
      <Form site={site} to={to} hidden={hidden}>
        <button class="row" type="submit">
          <RowText {...row} />
        </button>
      </Form>
    </li>
  );
}

function RowText({ kind, note, badge, children }: RowProps) {
  return (
    <>
      <Icon name={kind} />
      <span class="row-text">
        <span class="row-name">
          <span>{children}</span>
          {badge && " "}
          {badge}
        </span>
        {note && " "}
        {note && <span class="row-note">{note}</span>}
      </span>
      <Icon name="next" />
    </>
  );
}
