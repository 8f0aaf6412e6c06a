/** "Your account": who one is, the way to the second factor, the way out. */
import { Layout, type Viewer } from "./layout.js";

export function Account(viewer: Viewer) {
  const { name = "", email = "", roles = [] } = viewer.user ?? {};
  return (
    <Layout title="Your account" viewer={viewer}>
      <div class="card">
        <h1>Your account</h1>
        <dl class="facts">
          <div>
            <dt>Name</dt>
            <dd>{name}</dd>
          </div>
          <div>
            <dt>E-mail address</dt>
            <dd>{email}</dd>
          </div>
          {roles.length > 0 && (
            <div>
              <dt>Role</dt>
              <dd>{roles.includes("admin") ? "Administrator" : roles.join(", ")}</dd>
            </div>
          )}
        </dl>
        <ul class="ways">
          <li>
            <a class="way" href="/second-factor">
              <span>Two-factor authentication</span>{" "}
              <TwoFactorBadge isOn={viewer.user?.isProtected === true} />
            </a>
          </li>
        </ul>
        <form method="post" action="/logout">
          <button class="button quiet" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </Layout>
  );
}

function TwoFactorBadge({ isOn }: { isOn: boolean }) {
  return <span class={isOn ? "badge ok" : "badge"}>{isOn ? "On" : "Off"}</span>;
}
