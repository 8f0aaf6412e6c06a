/** "Set up your authenticator app": three steps, with a QR code or a key to type. */
import { CodeField } from "./code-field.js";
import { Button, ButtonLink, Form, Help, Ltr } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { EnrolTotpView } from "./views.js";
import { EnrolWayOut } from "./way-out.js";

export function EnrolTotp({ view, ...page }: PageProps<EnrolTotpView>) {
  const { t, site } = page;
  return (
    <Layout page={page} heading={t.enrol.appHeading} failed={!!view.problem}>
      <ol class="steps">
        <li>
          <p>{t.enrol.install}</p>
        </li>
        <li>
          <Pairing view={view} page={page} />
        </li>
        <li>
          <p id="enter">{t.enrol.enter}</p>
          <Form site={site} to="/enrol/totp/confirm" class="stack">
            <CodeField
              page={page}
              place={{ kind: "totp", instead: "nothing" }}
              problem={view.problem}
              hint={t.enrol.clockHint}
              describedBy={["enter"]}
            />
            <Button>{t.enrol.turnOn}</Button>
          </Form>
        </li>
      </ol>
      <Help>
        <Form site={site} to="/enrol/totp" hidden={{ restart: "on" }}>
          <Button look="link">{t.enrol.newKey}</Button>
        </Form>
        <EnrolWayOut page={page} required={view.required} />
      </Help>
    </Layout>
  );
}

/** On the phone itself there is nothing to scan with: the link comes first. */
function Pairing({ view, page: { t } }: { view: EnrolTotpView; page: Context }) {
  return (
    <>
      <p>{t.enrol.scan}</p>
      <div class="on-phone">
        <ButtonLink look="quiet" href={view.uri}>
          {t.enrol.openInApp}
        </ButtonLink>
      </div>
      <QrCode label={t.enrol.qrLabel} {...view.qr} />
      <p class="label" id="key-label">
        {t.enrol.setupKey}
      </p>
      <p class="key">
        <Ltr>{inFours(view.secret)}</Ltr>
      </p>
    </>
  );
}

/** Black on white whatever the colours of the page: many readers cannot read the inverse. */
function QrCode({ label, size, path }: { label: string; size: number; path: string }) {
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}

const inFours = (key: string) => key.match(/.{1,4}/gsu)?.join(" ") ?? "";
