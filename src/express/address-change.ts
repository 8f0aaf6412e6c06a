/** Codes that are to go elsewhere: a code for the new address alone, and word to where they went. */
import type { Request, Response } from "express";
import { type AddressChange, changeTarget, changeWords } from "../core/address-change.js";
import { newId } from "../core/clock.js";
import { deliveryErrorOf } from "../core/delivery.js";
import { changeMail } from "../core/link-mail.js";
import { linkUrl } from "../core/links.js";
import { CHANGE_ADDRESS, type FactorKind, type UserRef } from "../core/model.js";
import { browserName } from "./browser-name.js";
import type { Enroller } from "./enroller.js";
import { baseOf, wantsPage } from "./negotiate.js";
import { eventContext } from "./request-context.js";
import { askStepUp } from "./route.js";
import type { Runtime } from "./runtime.js";
import type { TypedAddress } from "./session.js";

interface Visit {
  runtime: Runtime;
  req: Request;
  res: Response;
  enroller: Enroller;
}

/** Asks for a code that allows this very change; a page's form is filled in with it when they come back. */
export function askForChange(
  { runtime, req, res, enroller }: Visit,
  { kind, address, given }: { kind: FactorKind; address: string; given: TypedAddress },
): void {
  const hint = runtime.factors.get(kind)?.sends?.hintOf(address) ?? "";
  // Nobody comes back to a form but by a page.
  if (wantsPage(req))
    enroller.note({ reason: "unproven", sealed: sealTyped(runtime, enroller.ref, given), factor: kind });
  askStepUp(runtime, req, res, {
    action: CHANGE_ADDRESS,
    returnTo: `${baseOf(runtime, req)}/enrol/${kind}`,
    target: changeTarget(kind, address),
    words: changeWords(kind, hint),
  });
}

const typedContext = ({ id: user }: UserRef) => ({ user, kind: "typed-address", record: "" });

function sealTyped({ tools }: Runtime, ref: UserRef, given: TypedAddress): string {
  return tools.sealer.seal(Buffer.from(JSON.stringify(given)), typedContext(ref));
}

/** What was typed before the proof was asked for; undefined where the key that sealed it is gone. */
export function openTyped({ tools }: Runtime, ref: UserRef, sealed: string): TypedAddress | undefined {
  try {
    return JSON.parse(
      Buffer.from(tools.sealer.open(sealed, typedContext(ref)).plain).toString(),
    ) as TypedAddress;
  } catch {
    return undefined;
  }
}

/**
 * Tells where codes went so far, by the way they went, and the address on file where notices are mailed: both with the
 * link that stops it. Nobody waits for it, and what comes of it changes nothing.
 */
export function tellOfChange(runtime: Runtime, ref: UserRef, change: AddressChange): void {
  const { userAgent } = eventContext();
  const told = tell(runtime, ref, change, userAgent).catch((thrown: unknown) => {
    const error = deliveryErrorOf(thrown);
    runtime.events.emit("notice-failed", { user: ref.id, about: "address-changed", error });
  });
  runtime.events.follow("address-changed", told);
}

async function tell(
  runtime: Runtime,
  ref: UserRef,
  { kind, from, to, stop }: AddressChange,
  userAgent: string | undefined,
): Promise<void> {
  const { tools } = runtime;
  const sender = runtime.factors.get(kind)?.sends;
  if (!sender) return;
  const at = tools.clock.now();
  const words = changeMail({
    hint: sender.hintOf(to),
    ...(stop ? { stop: { url: linkUrl(runtime, "stop", stop.token), until: stop.until } } : {}),
    at,
    ...(userAgent ? { browser: await browserName(userAgent) } : {}),
  });
  await Promise.all([
    sender.tell({ to: from, ...words, reference: newId(tools.random), at }),
    runtime.mailOnFile?.(ref, { about: "address-changed", ...words, except: from }),
  ]);
}
