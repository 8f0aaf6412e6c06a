/** The document every shop page is: a header that knows who is here, the page itself, a footer. */
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { ShopName } from "./shop-name.js";

/** Who looks at the page, and where they stand with their second factor. */
export interface Viewer {
  user?: { email: string; name: string; roles: string[] /** Has a second factor. */; isProtected: boolean };
  secondFactor: {
    state: "anonymous" | "pending" | "satisfied";
    owes?: "challenge" | "password" | "enrolment";
    /** What was proven in this login. */
    factors?: readonly string[];
  };
  inCart: number;
}

interface LayoutProps {
  title: string;
  /** Absent where nobody needs to be known: the login page, errors. */
  viewer?: Viewer;
  children: ComponentChildren;
}

export function Layout({ title, viewer, children }: LayoutProps) {
  const name = useContext(ShopName);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title}, ${name}`}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        {["style", "parts", "shelf"].map((name) => (
          <link key={name} rel="stylesheet" href={`/assets/${name}.css`} />
        ))}
      </head>
      <body>
        <header class="top">
          <a class="brand" href="/">
            {name}
          </a>
          {viewer && <Navigation viewer={viewer} />}
        </header>
        <main>{children}</main>
        <footer>
          An example shop for <code>passport-second-factor</code>. Nothing is sold here.
        </footer>
      </body>
    </html>
  );
}

function Navigation({ viewer: { user, secondFactor, inCart } }: { viewer: Viewer }) {
  return (
    <nav aria-label="Shop">
      <a href="/cart">{inCart === 0 ? "Cart" : `Cart (${inCart})`}</a>
      {user?.roles.includes("admin") && <a href="/admin">Admin</a>}
      {user && <a href="/account">Account</a>}
      {secondFactor.state === "pending" && <a href="/account">Finish signing in</a>}
      {secondFactor.state === "anonymous" && <a href="/login">Sign in</a>}
    </nav>
  );
}
