/** "Login information": what one signs in with, and the ways to change it. */
import { Layout, type Viewer } from "./layout.js";

interface LoginInformationProps {
  viewer: Viewer;
  /** Whether codes go to an address that can be another one. */
  hasCodeAddress: boolean;
}

export function LoginInformation({ viewer, hasCodeAddress }: LoginInformationProps) {
  return (
    <Layout title="Login information" viewer={viewer}>
      <div class="card">
        <h1>Login information</h1>
        <dl class="facts">
          <div>
            <dt>You sign in as</dt>
            <dd>{viewer.user?.email}</dd>
          </div>
        </dl>
        <a class="way" href="/second-factor/password">
          Change password
        </a>
        {hasCodeAddress && (
          <a class="way" href="/second-factor/enrol/email">
            Change the address for codes
          </a>
        )}
        <a href="/account">Your account</a>
      </div>
    </Layout>
  );
}
