/** The document every page is: one card with the brand, a heading, a lead, what the page adds, and help. */
import type { ComponentChildren } from "preact";
import type { Messages } from "./messages.js";
import type { Site } from "./views.js";

export interface Asset {
  styleUrl: string;
  scriptUrl: string;
}

/** What a page has besides its view. */
export interface Context {
  site: Site;
  asset: Asset;
  t: Messages;
}

export type PageProps<V> = Context & { view: V };

interface LayoutProps {
  page: Context;
  heading: string;
  /** The heading as it is shown, where a name in it keeps to its own direction. */
  shown?: ComponentChildren;
  lead?: ComponentChildren;
  /** The last try did not go through: the title says so first. */
  failed?: boolean;
  /** The page's own address is a secret: not even its own site is told of it. */
  secret?: boolean;
  /** For tables: as wide as they need. */
  wide?: boolean;
  children?: ComponentChildren;
}

export function Layout({
  page,
  heading,
  shown = heading,
  lead,
  failed,
  secret,
  wide,
  children,
}: LayoutProps) {
  const { site, asset, t } = page;
  const title = `${heading}, ${site.issuer}`;
  return (
    <html lang={t.lang} dir={t.dir}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {/* The header says no-referrer, under which a form posts `Origin: null`: pages tell their own site, and no other. */}
        <meta name="referrer" content={secret ? "strict-origin" : "same-origin"} />
        <title>{failed ? `${t.shared.error} ${title}` : title}</title>
        <link rel="stylesheet" href={asset.styleUrl} />
        <script src={asset.scriptUrl} defer />
      </head>
      <body>
        <main class={wide ? "card wide" : "card"}>
          <Brand site={site} />
          <h1>{shown}</h1>
          {lead !== undefined && (
            <p class="lead" id="lead">
              {lead}
            </p>
          )}
          {children}
        </main>
        <TestMode site={site} t={t} />
      </body>
    </html>
  );
}

function Brand({ site }: { site: Site }) {
  const mark = site.logoUrl ? (
    <img class="logo" src={site.logoUrl} alt={site.issuer} />
  ) : (
    <bdi>{site.issuer}</bdi>
  );
  return <p class="brand">{site.homeUrl ? <a href={site.homeUrl}>{mark}</a> : mark}</p>;
}

function TestMode({ site, t }: Pick<Context, "site" | "t">) {
  if (!site.outboxUrl) return null;
  return (
    <aside class="test-mode">
      {t.shared.testMode} <a href={site.outboxUrl}>{t.shared.openOutbox}</a>
    </aside>
  );
}
