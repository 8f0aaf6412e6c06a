/** The admin side: the people of the shop. Nobody opens it without a second factor. */
import { Layout, type Viewer } from "./layout.js";
import { roleText } from "./role-text.js";

interface AdminProps {
  viewer: Viewer;
  people: readonly { email: string; name: string; roles: readonly string[] }[];
}

export function Admin({ viewer, people }: AdminProps) {
  return (
    <Layout title="Administration" viewer={viewer}>
      <div class="card wide">
        <h1>Administration</h1>
        <p class="lead">Only administrators come here, and only after a code.</p>
        <ul class="ways">
          <li>
            <a class="way" href="/second-factor/admin/policy">
              Two-factor policy
            </a>
          </li>
          <li>
            <a class="way" href="/second-factor/admin/users">
              People and their second factors
            </a>
          </li>
        </ul>
        <table>
          <caption>People</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">E-mail address</th>
              <th scope="col">Role</th>
            </tr>
          </thead>
          <tbody>
            {people.map(({ email, name, roles }) => (
              <tr key={email}>
                <td>{name}</td>
                <td>{email}</td>
                <td>{roleText(roles)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Layout>
  );
}
