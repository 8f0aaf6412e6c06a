/** From a view to a whole HTML document. Pure: the same view and site give the same page. */
import type { VNode } from "preact";
import { render } from "preact-render-to-string";
import { AdminAct } from "./admin-act.js";
import { AdminPeople } from "./admin-people.js";
import { AdminPerson } from "./admin-person.js";
import { AdminPolicy } from "./admin-policy.js";
import { AskLink, LinkSent, ResetClosed } from "./ask-link.js";
import { Browsers } from "./browsers.js";
import { Challenge } from "./challenge.js";
import { Choose } from "./choose.js";
import { EnrolChoose } from "./enrol-choose.js";
import { EnrolEmail } from "./enrol-email.js";
import { EnrolSms } from "./enrol-sms.js";
import { EnrolTotp } from "./enrol-totp.js";
import { Expired } from "./expired.js";
import { History } from "./history.js";
import type { Asset, Context, PageProps } from "./layout.js";
import { LinkDone, LinkExpired, MailedLink } from "./link.js";
import { Locked } from "./locked.js";
import { english, type Messages } from "./messages.js";
import { Overview } from "./overview.js";
import { Password } from "./password.js";
import { Problem } from "./problem.js";
import { RecoveryCodes } from "./recovery-codes.js";
import { RecoveryCodesGone } from "./recovery-codes-gone.js";
import { Remove } from "./remove.js";
import { RenewRecoveryCodes } from "./renew-recovery-codes.js";
import { TemporaryPassword } from "./temporary-password.js";
import type { Site, View } from "./views.js";

/**
 * Draws a page, complete without script.
 *
 * Text and attributes are escaped. Addresses (`loginUrl`, `cancelUrl`, `next.url`, …) are taken as they are:
 * the caller decides where a link may lead.
 */
export function renderPage(view: View, site: Site, asset: Asset, t: Messages = english): string {
  return `<!doctype html>${render(pageOf(view, { site, asset, t }))}`;
}

/** One component a page. */
const PAGES: { [Name in View["page"]]: (props: PageProps<Extract<View, { page: Name }>>) => VNode } = {
  challenge: Challenge,
  choose: Choose,
  locked: Locked,
  expired: Expired,
  "enrol-choose": EnrolChoose,
  "enrol-totp": EnrolTotp,
  "enrol-email": EnrolEmail,
  "enrol-sms": EnrolSms,
  browsers: Browsers,
  "recovery-codes": RecoveryCodes,
  "recovery-codes-gone": RecoveryCodesGone,
  overview: Overview,
  remove: Remove,
  password: Password,
  "temporary-password": TemporaryPassword,
  history: History,
  "admin-policy": AdminPolicy,
  "admin-people": AdminPeople,
  "admin-person": AdminPerson,
  "admin-act": AdminAct,
  "renew-recovery-codes": RenewRecoveryCodes,
  link: MailedLink,
  "link-done": LinkDone,
  "link-expired": LinkExpired,
  "ask-link": AskLink,
  "link-sent": LinkSent,
  "reset-closed": ResetClosed,
  problem: Problem,
};

function pageOf(view: View, page: Context): VNode {
  const draw = PAGES[view.page] as (props: PageProps<View>) => VNode;
  return draw({ view, ...page });
}
