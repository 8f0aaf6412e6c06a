/** The rows of the overview below the factors: recovery codes, and remembered browsers. */
import { ButtonLink, Notice } from "./components.js";
import { Icon } from "./icons.js";
import type { Context } from "./layout.js";
import type { OverviewView } from "./views.js";

/** With this few left it is time to make new ones. */
const FEW = 3;

interface RecoveryProps {
  recovery: NonNullable<OverviewView["recovery"]>;
  page: Context;
}

export function RecoveryRow({ recovery: { left, total, saved }, page: { t, site } }: RecoveryProps) {
  const count = t.recoveryCodes.left(left, total);
  return (
    <li class="entry">
      <Icon name="recovery-code" />
      <div class="row-text">
        <p class="row-name">{t.factors["recovery-code"].name}</p>
        {left <= FEW ? <Notice tone="warn">{count}</Notice> : <p class="row-note">{count}</p>}
        {!saved && <Notice tone="warn">{t.overview.unsaved}</Notice>}
      </div>
      <div class="row-actions">
        <ButtonLink look="quiet" href={`${site.base}/recovery-codes/new`}>
          {t.recoveryCodes.makeNew}
        </ButtonLink>
      </div>
    </li>
  );
}

export function BrowsersRow({ count, page: { t, site } }: { count: number; page: Context }) {
  return (
    <li class="entry">
      <Icon name="browser" />
      <div class="row-text">
        <p class="row-name">{t.browsers.heading}</p>
        <p class="row-note">{t.overview.browsers(count)}</p>
      </div>
      <div class="row-actions">
        <ButtonLink look="quiet" href={`${site.base}/browsers`} label={t.overview.manageBrowsers}>
          {t.overview.manage}
        </ButtonLink>
      </div>
    </li>
  );
}
