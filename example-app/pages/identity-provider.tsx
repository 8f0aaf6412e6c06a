/** What stands for the organisation's own sign-in, which asks for whatever it likes; here, for a name. */
import { Layout } from "./layout.js";

interface IdentityProviderProps {
  state: string;
  people: readonly { email: string }[];
}

export function IdentityProvider({ state, people }: IdentityProviderProps) {
  return (
    <Layout title="Your organisation's sign-in">
      <div class="card">
        <h1>Your organisation's sign-in</h1>
        <p class="lead">It stands for an identity provider, and believes whatever you say.</p>
        <form method="post" action="/idp" class="stack">
          <input type="hidden" name="state" value={state} />
          <div class="field">
            <label for="email">Who are you?</label>
            <select id="email" name="email">
              {people.map(({ email }) => (
                <option key={email}>{email}</option>
              ))}
            </select>
          </div>
          <button class="button primary" type="submit">
            Continue
          </button>
        </form>
      </div>
    </Layout>
  );
}
