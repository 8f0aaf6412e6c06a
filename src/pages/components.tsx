/** The parts pages are made of: forms, buttons, links, notices, badges, isolated text. */
import type { ComponentChildren } from "preact";
import { Icon } from "./icons.js";
import type { Messages } from "./messages.js";
import type { Site } from "./views.js";

interface With {
  children?: ComponentChildren;
}

/** A code, a number or an address: always left to right, whatever surrounds it. */
export const Ltr = ({ children }: With) => <bdi dir="ltr">{children}</bdi>;

type Look = "primary" | "danger" | "quiet" | "link";

interface ButtonProps extends With {
  look?: Look;
  label?: string;
  /** Id of what describes it. The button then has the focus, so that the description is spoken. */
  describedBy?: string;
}

export function Button({ look = "primary", label, describedBy, children }: ButtonProps) {
  return (
    <button
      class={`button ${look}`}
      type="submit"
      {...(label && { "aria-label": label })}
      {...(describedBy && { "aria-describedby": describedBy, autofocus: true })}
    >
      {children}
    </button>
  );
}

interface LinkProps extends With {
  href: string;
  look?: Look;
  label?: string;
}

export function ButtonLink({ href, look = "primary", label, children }: LinkProps) {
  return (
    <a class={`button ${look}`} href={href} {...(label && { "aria-label": label })}>
      {children}
    </a>
  );
}

interface FormProps extends With {
  site: Site;
  /** Path below the base. */
  to: string;
  /** What goes along unseen; what is undefined stays away. */
  hidden?: Record<string, string | undefined>;
  class?: string;
  /** The server judges what was typed, in our words; the browser does not. */
  novalidate?: boolean;
  /** Its code comes by text message: the script may take it from there. */
  isTexted?: boolean;
}

/** A form that posts to one of our own paths. */
export function Form({ site, to, hidden = {}, class: name, novalidate, isTexted, children }: FormProps) {
  return (
    <form
      method="post"
      action={site.base + to}
      {...(name && { class: name })}
      {...(novalidate && { novalidate })}
      {...(isTexted && { "data-sf-webotp": "" })}
    >
      {Object.entries(hidden).map(
        ([field, value]) => value !== undefined && <input type="hidden" name={field} value={value} />,
      )}
      {children}
    </form>
  );
}

const NOTICE_ICONS = { danger: "alert", warn: "warning", ok: "tick" } as const;

export function Notice({ tone, id, children }: With & { tone: keyof typeof NOTICE_ICONS; id?: string }) {
  return (
    <p class={`notice ${tone}`} {...(id && { id })}>
      <Icon name={NOTICE_ICONS[tone]} />
      <span>{children}</span>
    </p>
  );
}

/** Why the last try did not go through; says "Error:" first to who listens. */
export function ErrorNotice({ t, id, children }: With & { t: Messages; id: string }) {
  return (
    <Notice tone="danger" id={id}>
      <span class="unseen">{t.shared.error} </span>
      {children}
    </Notice>
  );
}

export function Badge({ tone, children }: With & { tone: "ok" | "warn" | "plain" }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** What stands at the end of a card: other ways on, and the way out. */
export const Help = ({ children }: With) => <div class="help">{children}</div>;

/** "Use another account": the way out of a sign-in that is not finished. */
export function CancelSignIn({ site, label }: { site: Site; label: string }) {
  return (
    <Form site={site} to="/challenge/cancel">
      <Button look="link">{label}</Button>
    </Form>
  );
}
