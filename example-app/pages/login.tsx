/** The login page: an address, a password, and, in test mode, whom one can sign in as. */
import { DEMO_PASSWORD, type DemoAccount } from "../seed.js";
import { Layout } from "./layout.js";

interface LoginProps {
  /** What was typed before, where it did not match. */
  email?: string;
  /** Test mode: whom one can sign in as. */
  accounts?: readonly DemoAccount[];
  /** Whether one may also come by the organisation's own sign-in. */
  hasSso: boolean;
  /** Whether whoever has no password yet can be mailed a link. */
  hasMail: boolean;
}

export function Login({ email, accounts, hasSso, hasMail }: LoginProps) {
  const failed = email !== undefined;
  return (
    <Layout title={failed ? "Error: Sign in" : "Sign in"}>
      <div class="card">
        <h1>Sign in</h1>
        <form method="post" action="/login" class="stack">
          {failed && (
            <p class="notice danger" id="login-error">
              That e-mail address and password don't match.
            </p>
          )}
          <div class="field">
            <label for="email">E-mail address</label>
            <input
              id="email"
              name="email"
              type="email"
              autocomplete="username"
              required
              value={email ?? ""}
              autofocus={!email}
            />
          </div>
          <div class="field">
            <label for="password">Password</label>
            <input
              id="password"
              name="password"
              type="password"
              autocomplete="current-password"
              required
              autofocus={!!email}
              {...(failed && { "aria-invalid": "true" as const, "aria-describedby": "login-error" })}
            />
          </div>
          <button class="button primary" type="submit">
            Sign in
          </button>
        </form>
        {hasSso && (
          <p>
            <a href="/sso">Sign in with your organisation</a>
          </p>
        )}
        {hasMail && (
          <p>
            Your first day? <a href="/second-factor/first-login">First login</a>
          </p>
        )}
        <p>
          <a href="/second-factor/forgot">Forgot your password?</a>
        </p>
        <p>
          New here? <a href="/register">Create an account</a>
        </p>
      </div>
      {accounts && <DemoAccounts accounts={accounts} />}
    </Layout>
  );
}

function DemoAccounts({ accounts }: { accounts: readonly DemoAccount[] }) {
  return (
    <aside class="card demo" aria-label="Demo accounts">
      <p>
        To try it: the password of each is <code>{DEMO_PASSWORD}</code>
      </p>
      <dl>
        {accounts.map(({ email, note }) => (
          <div key={email}>
            <dt>{email}</dt>
            <dd>{note}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}
