/** What the pages around mailed links are told. */
import type { LinkUse } from "../core/model.js";

/** A mailed link was opened. Nothing has happened yet: its button posts to the same address. */
export interface LinkView {
  page: "link";
  use: LinkUse;
  /** Below the base, token and all. */
  to: string;
}

/** Where somebody asks for a link: "First time here?", or a reset. */
export interface AskLinkView {
  page: "ask-link";
  use: Extract<LinkUse, "welcome" | "reset">;
  /** As typed, where it cannot be one, and why. */
  address?: string;
  problem?: string;
}

/** The same for every address that may have been typed. */
export interface LinkSentView {
  page: "link-sent";
  use: AskLinkView["use"];
  address: string;
}

/** Nobody resets their own password here. */
export interface ResetClosedView {
  page: "reset-closed";
}

/** What the link was for is done. */
export interface LinkDoneView {
  page: "link-done";
  use: Extract<LinkUse, "stop" | "unlock">;
}

/** The link was used, is over, or never was one. */
export interface LinkExpiredView {
  page: "link-expired";
  /** Where to ask for another; absent where nobody can. */
  askUrl?: string;
}

export type LinksView =
  | LinkView
  | AskLinkView
  | LinkSentView
  | ResetClosedView
  | LinkDoneView
  | LinkExpiredView;
