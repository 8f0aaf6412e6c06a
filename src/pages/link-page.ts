/** The pages around mailed links. */
import type { VNode } from "preact";
import { AskLink, LinkSent, ResetClosed } from "./ask-link.js";
import type { Context } from "./layout.js";
import { LinkDone, LinkExpired, MailedLink } from "./link.js";
import type { View } from "./views.js";
import type { LinksView } from "./views-links.js";

const PAGES: readonly string[] = [
  "link",
  "link-done",
  "link-expired",
  "ask-link",
  "link-sent",
  "reset-closed",
] satisfies LinksView["page"][];

export function isOfLinks(view: View): view is LinksView {
  return PAGES.includes(view.page);
}

export function linkPage(view: LinksView, page: Context): VNode {
  switch (view.page) {
    case "link":
      return MailedLink({ view, ...page });
    case "link-done":
      return LinkDone({ view, ...page });
    case "link-expired":
      return LinkExpired({ view, ...page });
    case "ask-link":
      return AskLink({ view, ...page });
    case "link-sent":
      return LinkSent({ view, ...page });
    case "reset-closed":
      return ResetClosed({ view, ...page });
  }
}
