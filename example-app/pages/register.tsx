/** "Create an account". */
import { MIN_PASSWORD } from "../new-password.js";
import { Field, PhoneFields } from "./field.js";
import { Layout } from "./layout.js";

interface RegisterProps {
  name: string;
  email: string;
  /** What is wrong, by field. */
  problems: Readonly<Record<string, string>>;
  /** The fields for a number, as HTML; absent where none is asked for. */
  phone?: string;
}

export function Register({ name, email, problems, phone }: RegisterProps) {
  const failed = Object.keys(problems).length > 0;
  return (
    <Layout title={failed ? "Error: Create an account" : "Create an account"}>
      <div class="card">
        <h1>Create an account</h1>
        <form method="post" action="/register" class="stack" noValidate>
          <Field
            name="name"
            label="Name"
            problem={problems["name"]}
            input={{ type: "text", autocomplete: "name", value: name }}
          />
          <Field
            name="email"
            label="E-mail address"
            problem={problems["email"]}
            input={{ type: "email", autocomplete: "username", value: email }}
          />
          <Field
            name="password"
            label="Password"
            hint={`At least ${MIN_PASSWORD} characters; several words work well.`}
            problem={problems["password"]}
            input={{ type: "password", autocomplete: "new-password" }}
          />
          {phone !== undefined && (
            <fieldset>
              <legend>Phone, if you like</legend>
              <PhoneFields html={phone} />
            </fieldset>
          )}
          <button class="button primary" type="submit">
            Create account
          </button>
        </form>
        <p>
          Been here before? <a href="/login">Sign in</a>
        </p>
      </div>
    </Layout>
  );
}
