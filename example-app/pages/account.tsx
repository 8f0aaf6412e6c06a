/** "Your account": who one is, what one can change, the way to the second factor, the way out. */
import { Field, PhoneFields } from "./field.js";
import { Layout, type Viewer } from "./layout.js";
import { roleText } from "./role-text.js";

interface AccountProps {
  viewer: Viewer;
  /** As it is, or as it was typed. */
  name: string;
  /** What is wrong, by field. */
  problems: Readonly<Record<string, string>>;
  isSaved: boolean;
  /** The fields for a number, as HTML; absent where none is asked for. */
  phone?: string;
}

export function Account({ viewer, isSaved, ...form }: AccountProps) {
  const { email = "", roles = [], isProtected = false } = viewer.user ?? {};
  const failed = Object.keys(form.problems).length > 0;
  return (
    <Layout title={failed ? "Error: Your account" : "Your account"} viewer={viewer}>
      <div class="card">
        <h1>Your account</h1>
        {isSaved && <p class="notice ok">Saved.</p>}
        <dl class="facts">
          <div>
            <dt>E-mail address</dt>
            <dd>{email}</dd>
          </div>
          {roles.length > 0 && (
            <div>
              <dt>Role</dt>
              <dd>{roleText(roles)}</dd>
            </div>
          )}
        </dl>
        <AccountForm {...form} />
        <a class="way" href="/account/login">
          Login information
        </a>
        <a class="way" href="/second-factor">
          {isProtected ? "Two-factor authentication: on" : "Set up two-factor authentication"}
        </a>
        <form method="post" action="/logout">
          <button class="button quiet" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </Layout>
  );
}

function AccountForm({ name, problems, phone }: Pick<AccountProps, "name" | "problems" | "phone">) {
  return (
    <form method="post" action="/account" class="stack" noValidate>
      <Field
        name="name"
        label="Name"
        problem={problems["name"]}
        input={{ type: "text", autocomplete: "name", value: name }}
      />
      {phone !== undefined && <PhoneFields html={phone} />}
      <button class="button primary" type="submit">
        Save
      </button>
    </form>
  );
}
