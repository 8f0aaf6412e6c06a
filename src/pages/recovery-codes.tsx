/** "Save your recovery codes": shown once, to copy, download or print. */
import { Button, Form, Ltr } from "./components.js";
import { type Context, Layout, type PageProps } from "./layout.js";
import type { RecoveryCodesView } from "./views.js";

export function RecoveryCodes({ view, ...page }: PageProps<RecoveryCodesView>) {
  const { t, site } = page;
  return (
    <Layout page={page} heading={t.recoveryCodes.heading} lead={t.recoveryCodes.lead}>
      <section class="sheet" aria-label={t.recoveryCodes.goneHeading}>
        <p class="sheet-title">
          <bdi>{site.issuer}</bdi>, <Ltr>{view.account}</Ltr>
        </p>
        <ul class="codes">
          {view.codes.map((code) => (
            <li key={code}>
              <bdi dir="ltr" data-sf-code>
                {code}
              </bdi>
            </li>
          ))}
        </ul>
      </section>
      <Tools view={view} page={page} />
      <Form site={site} to="/recovery-codes/saved" class="stack" hidden={{ slip: view.slip }}>
        <div class="check">
          <input type="checkbox" id="saved" name="saved" value="on" required />
          <label for="saved">{t.recoveryCodes.saved}</label>
        </div>
        <Button>{t.recoveryCodes.done}</Button>
      </Form>
    </Layout>
  );
}

/** Downloading needs no script; the two buttons that do wait in a template for one. */
function Tools({ view, page: { t, site } }: { view: RecoveryCodesView; page: Context }) {
  const { copy, copied, copyFailed, download, print } = t.recoveryCodes;
  return (
    <div class="tools">
      <template data-sf-script>
        <button class="button quiet" type="button" data-sf-copy data-done={copied} data-failed={copyFailed}>
          {copy}
        </button>
      </template>
      <a class="button quiet" download={fileName(site.issuer)} href={textFile(view, { t, site })}>
        {download}
      </a>
      <template data-sf-script>
        <button class="button quiet" type="button" data-sf-print>
          {print}
        </button>
      </template>
      <p class="status" role="status" data-sf-status />
    </div>
  );
}

/** Names come from outside: they stay on one line, and half characters do not stop the page. */
const oneLine = (text: string) => text.replace(/\p{Cc}+/gu, " ").replace(/\p{Cs}/gu, "\ufffd");

function textFile({ codes, account }: RecoveryCodesView, { t, site }: Pick<Context, "t" | "site">) {
  const title = oneLine(t.recoveryCodes.fileTitle(site.issuer, account));
  const text = [title, t.recoveryCodes.fileNote, "", ...codes, ""].join("\r\n");
  return `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
}

function fileName(issuer: string) {
  const name = issuer.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return `${[...name, "recovery-codes"].join("-")}.txt`;
}
