/** What somebody sees while they set a factor up: a key to pair with, the form for an address, or for its code. */
import type { Request, Response } from "express";
import type { Shown } from "../core/enrolment.js";
import type { CodeSender, Offer } from "../core/factor.js";
import type { FactorKind } from "../core/model.js";
import type { EnrolEmailView, EnrolSmsView, FieldProblem, SentView, View } from "../pages/views.js";
import { openTyped } from "./address-change.js";
import { challengeView, isAbout, problemOf, sentView } from "./challenge-views.js";
import type { Enroller } from "./enroller.js";
import { mountOf } from "./middleware-state.js";
import { sendPage } from "./negotiate.js";
import type { Runtime } from "./runtime.js";
import { sendingJson } from "./sending.js";
import { keptSending, type Notice, type TypedAddress } from "./session.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  enroller: Enroller;
}

/** What the enrolment is at: nothing begun, or something pending. */
export interface Stage {
  kind: FactorKind;
  pending?: Shown;
  /** An address that is on file, unproven. */
  suggested?: string;
}

export async function showEnrolmentPage(visit: Visit, stage: Stage): Promise<void> {
  const { runtime, req, res, enroller } = visit;
  const now = runtime.tools.clock.now();
  const notice = noticeFor(enroller, stage.kind);
  if (notice?.reason === "locked") {
    const asked = { factors: [stage.kind], hints: {}, notice };
    const view = challengeView(asked, undefined, now, () => undefined);
    if (view.page === "locked") return sendPage(runtime, req, res, { ...view, retryUrl: req.originalUrl });
  }
  await sendPage(runtime, req, res, await viewOf(visit, stage, now));
}

async function viewOf({ runtime, req, enroller }: Visit, stage: Stage, now: Date): Promise<View> {
  const { pending: login } = enroller;
  const notice = noticeFor(enroller, stage.kind);
  const problem = notice && problemOf(notice, now);
  const common = { required: login !== undefined, ...(problem ? { problem } : {}) };
  const offer = stage.pending?.offer;
  if (offer && "secret" in offer) {
    const { qrPath } = await import("../pages/qr.js");
    return { page: "enrol-totp", ...offer, qr: await qrPath(offer.uri), ...common };
  }
  const sender = runtime.factors.get(stage.kind)?.sends;
  if (!sender) throw new Error(`nothing is sent for "${stage.kind}", and nothing is paired`);
  const typed = typedBefore(runtime, enroller, notice);
  const sending = typed ? undefined : stage.pending?.sending;
  const sent = sending && sentView(keptSending(sending), now, sender.sender);
  const form = {
    ...(sender.numberUrl === undefined
      ? {}
      : { kept: login ? {} : { url: mountOf(req) + sender.numberUrl } }),
    sender,
    stage,
    account: enroller.actor.account,
    ...(typed ? { typed } : {}),
    common: { ...common, ...(sent ? { sent } : {}) },
  };
  if (stage.kind === "email") return emailView(form);
  if (!form.kept) return smsView(form);
  // Shown once: the number it is about may be another by the next time.
  if (form.typed) enroller.note(undefined);
  return keptNumberView(form, form.kept);
}

/** What was typed, where it could not be an address, or waited for a proof. */
function typedBefore(
  runtime: Runtime,
  { ref }: Enroller,
  notice: Notice | undefined,
): AddressForm["typed"] | undefined {
  if (notice?.reason === "invalid") return notice;
  const given = notice?.reason === "unproven" ? openTyped(runtime, ref, notice.sealed) : undefined;
  return given && { given };
}

/** A mistake in setting up one factor is not told on the page of another. */
function noticeFor({ notice }: Enroller, kind: FactorKind): Notice | undefined {
  return notice && isAbout(notice, kind) ? notice : undefined;
}

interface AddressForm {
  sender: CodeSender;
  stage: Stage;
  account: string;
  /** The app itself keeps the number; where, for somebody who can go there. */
  kept?: NonNullable<EnrolSmsView["kept"]>;
  /** What was typed, and why it could not be an address. */
  typed?: { given: TypedAddress; message?: string };
  common: { required: boolean; problem?: FieldProblem; sent?: SentView };
}

/** What was typed stays; else the address that is pending, the one on file, or the account's own. */
function emailView({ stage, account, typed, common }: AddressForm): EnrolEmailView {
  const own = account.includes("@") ? account : undefined;
  const address = typed?.given.address ?? addressOf(stage.pending?.offer) ?? stage.suggested ?? own;
  return {
    page: "enrol-email",
    ...(address === undefined ? {} : { address }),
    ...(typed?.message === undefined ? {} : { addressProblem: typed.message }),
    ...common,
  };
}

async function smsView({ sender, stage, typed, common }: AddressForm): Promise<EnrolSmsView> {
  const known = addressOf(stage.pending?.offer) ?? stage.suggested;
  const form = await sender.form(known);
  const { countries, ...filled } = "countries" in form ? form : { countries: [] };
  return {
    page: "enrol-sms",
    countries,
    ...filled,
    ...typed?.given,
    ...(typed?.message === undefined ? {} : { numberProblem: typed.message }),
    ...(known === undefined ? {} : { address: await sender.display(known) }),
    ...common,
  };
}

/** The number on file, to be set up as it is: a code that went to another one does not count for it. */
async function keptNumberView(
  { sender, stage: { pending, suggested }, typed, common }: AddressForm,
  kept: NonNullable<EnrolSmsView["kept"]>,
): Promise<EnrolSmsView> {
  const { sent, ...rest } = common;
  return {
    page: "enrol-sms",
    countries: [],
    kept,
    ...(typed?.message === undefined ? {} : { numberProblem: typed.message }),
    ...(suggested === undefined ? {} : { address: await sender.display(suggested) }),
    ...rest,
    ...(sent && addressOf(pending?.offer) === suggested ? { sent } : {}),
  };
}

function addressOf(offer: Offer | undefined): string | undefined {
  return offer && "address" in offer ? offer.address : undefined;
}

/** What a JSON client is told of it. */
export async function enrolmentJson({ offer, expiresAt, sending }: Shown): Promise<object> {
  const ends = { expiresAt: expiresAt.toISOString() };
  if ("address" in offer) return { ...offer, ...ends, ...(sending ? { sent: sendingJson(sending) } : {}) };
  const { qrPath } = await import("../pages/qr.js");
  const { size, path } = await qrPath(offer.uri);
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`;
  const qr = `${open}<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
  return { ...offer, qr, ...ends };
}
