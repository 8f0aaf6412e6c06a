/** "Choose a new password": a field a password manager knows, whose name is sent along for it. */
import { Button, ButtonLink, CancelSignIn, Form, Help } from "./components.js";
import { describing, Field } from "./field.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { PasswordView } from "./views.js";

export function Password({ view, ...page }: PageProps<PasswordView>) {
  const { t, site } = page;
  const { forced, account } = view;
  return (
    <Layout
      page={page}
      heading={forced ? t.password.forcedHeading : t.password.heading}
      lead={forced ? t.password.forcedLead : t.password.lead}
      failed={view.problem !== undefined}
    >
      <Form site={site} to="/password" class="stack" novalidate>
        <UserName account={account} t={t} />
        {!forced && <PasswordField view={view} page={page} field="currentPassword" />}
        <PasswordField view={view} page={page} field="newPassword" />
        <Button>{t.password.save}</Button>
      </Form>
      <Help>
        {forced ? (
          <CancelSignIn site={site} label={t.shared.useAnotherAccount} />
        ) : (
          <ButtonLink look="link" href={site.base}>
            {t.shared.cancel}
          </ButtonLink>
        )}
      </Help>
    </Layout>
  );
}

/** Tells a password manager whose password it is; people know. */
function UserName({ account, t }: { account: string } & Pick<Context, "t">) {
  return (
    <div class="unseen" aria-hidden="true">
      <label for="username">{t.password.account}</label>
      <input
        id="username"
        name="username"
        type="text"
        autocomplete="username"
        value={account}
        readonly
        tabindex={-1}
      />
    </div>
  );
}

interface FieldProps {
  view: PasswordView;
  page: Context;
  field: "currentPassword" | "newPassword";
}

function PasswordField({ view: { minLength, problem }, page: { t }, field }: FieldProps) {
  const isNew = field === "newPassword";
  const words = {
    hint: isNew ? t.password.hint(minLength) : undefined,
    error: problem?.field === field && <bdi>{problem.message}</bdi>,
  };
  return (
    <Field t={t} id={field} label={isNew ? t.password.new : t.password.current} {...words}>
      <input
        id={field}
        name={field}
        type="password"
        autocomplete={isNew ? "new-password" : "current-password"}
        {...(words.error && { "aria-invalid": "true" as const, autofocus: true })}
        {...describing(field, words)}
      />
    </Field>
  );
}
