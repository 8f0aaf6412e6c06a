/** From a view to a whole HTML document. Pure: the same view and site give the same page. */
import type { VNode } from "preact";
import { render } from "preact-render-to-string";
import { AdminAct } from "./admin-act.js";
import { AdminPeople } from "./admin-people.js";
import { AdminPerson } from "./admin-person.js";
import { AdminPolicy } from "./admin-policy.js";
import { Browsers } from "./browsers.js";
import { Challenge } from "./challenge.js";
import { Choose } from "./choose.js";
import { EnrolChoose } from "./enrol-choose.js";
import { EnrolEmail } from "./enrol-email.js";
import { EnrolSms } from "./enrol-sms.js";
import { EnrolTotp } from "./enrol-totp.js";
import { Expired } from "./expired.js";
import { History } from "./history.js";
import type { Asset } from "./layout.js";
import { isOfLinks, linkPage } from "./link-page.js";
import { Locked } from "./locked.js";
import { english, type Messages } from "./messages.js";
import { Overview } from "./overview.js";
import { Password } from "./password.js";
import { Problem } from "./problem.js";
import { RecoveryCodes } from "./recovery-codes.js";
import { RecoveryCodesGone } from "./recovery-codes-gone.js";
import { Remove } from "./remove.js";
import { RenewRecoveryCodes } from "./renew-recovery-codes.js";
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

function pageOf(view: View, page: { site: Site; asset: Asset; t: Messages }): VNode {
  if (isOfLinks(view)) return linkPage(view, page);
  switch (view.page) {
    case "challenge":
      return Challenge({ view, ...page });
    case "choose":
      return Choose({ view, ...page });
    case "locked":
      return Locked({ view, ...page });
    case "expired":
      return Expired({ view, ...page });
    case "enrol-choose":
      return EnrolChoose({ view, ...page });
    case "enrol-totp":
      return EnrolTotp({ view, ...page });
    case "enrol-email":
      return EnrolEmail({ view, ...page });
    case "enrol-sms":
      return EnrolSms({ view, ...page });
    case "browsers":
      return Browsers({ view, ...page });
    case "recovery-codes":
      return RecoveryCodes({ view, ...page });
    case "recovery-codes-gone":
      return RecoveryCodesGone({ view, ...page });
    case "overview":
      return Overview({ view, ...page });
    case "remove":
      return Remove({ view, ...page });
    case "password":
      return Password({ view, ...page });
    case "history":
      return History({ view, ...page });
    case "admin-policy":
      return AdminPolicy({ view, ...page });
    case "admin-people":
      return AdminPeople({ view, ...page });
    case "admin-person":
      return AdminPerson({ view, ...page });
    case "admin-act":
      return AdminAct({ view, ...page });
    case "renew-recovery-codes":
      return RenewRecoveryCodes({ view, ...page });
    case "problem":
      return Problem({ view, ...page });
  }
}
