/** Codes that are sent: asked for, waited for, and not sent after all, at sign-in and before an action. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { ChallengeView, SendProblem, View } from "../../src/pages/views.js";
import { type Element, find, form, only, parse, text } from "./html.js";
import { asset, RESEND_AT, site, view } from "./views.js";

const draw = (shown: View) => parse(renderPage(shown, site, asset));
const title = (page: Element) => text(only(page, "title"));
const VERIFY = "/second-factor/challenge/verify";
const SEND = "/second-factor/challenge/send";
const challenge = (name: string, changed: Partial<ChallengeView> = {}) =>
  draw({ ...(view(name) as ChallengeView), ...changed });
const tooSoon: SendProblem = { code: "resend_too_soon", seconds: 42 };

describe("before it is sent", () => {
  test("a code is offered, with no field to type it into", () => {
    const page = challenge("challenge, unsent");
    expect(text(page)).toContain("We'll send a code to a••@example.test.");
    expect(form(page, SEND)).toMatchObject({ hidden: { factor: "email" }, button: "Send code" });
    expect(find(page, "input", { name: "code" })).toEqual([]);
    expect(find(page, "details")).toEqual([]);
    expect(only(form(page, SEND).element, "button").attributes).not.toHaveProperty("autofocus");
  });

  test("says why none went out above the button, which has the focus so that it is spoken", () => {
    const page = challenge("challenge, unsent", { problem: tooSoon });
    const { element } = form(page, SEND);
    expect(title(page)).toBe("Error: Enter your code, Acme");
    expect(text(only(element, "p", { id: "send-error" }))).toBe(
      "Error: You can ask for a new code in 42 seconds.",
    );
    expect(only(element, "button").attributes).toMatchObject({
      "aria-describedby": "send-error",
      autofocus: "",
    });
    expect(renderPage(view("challenge, unsent, wrong"), site, asset)).toMatch(/id="send-error".*<button/);
  });

  test.each([
    [true, "Error: We couldn't send the code. Try again or choose another way."],
    [false, "Error: We couldn't send the code. Try again in a minute."],
  ])("offers another way after a failure only where there is one: %s", (others, said) => {
    const page = challenge("challenge, unsent", { others, problem: { code: "delivery_failed" } });
    expect(text(only(page, "p", { id: "send-error" }))).toBe(said);
    expect(text(page).includes("Try another way")).toBe(others);
  });
});

describe("once it is under way", () => {
  test("a code is asked for, where it went is said, and a phone fills it in", () => {
    const page = challenge("challenge, sent");
    expect(text(only(page, "p", { id: "how" }))).toBe(
      "We sent a code to a••@example.test. It works for 10 minutes.",
    );
    expect(form(page, VERIFY)).toMatchObject({ hidden: { factor: "email" } });
    expect(only(page, "input", { name: "code" }).attributes).toMatchObject({
      autocomplete: "one-time-code",
      "aria-describedby": "lead how",
    });
  });

  test("whoever waits for mail is told where to look; for a text message there is no spam to check", () => {
    const mailed = only(challenge("challenge, sent"), "details");
    expect(text(only(mailed, "summary"))).toBe("Didn't get it?");
    expect(text(only(mailed, "p"))).toBe("It can take a minute. Check spam for mail from ada@example.test.");
    const texted = only(challenge("challenge, texted"), "details");
    expect(text(only(texted, "p"))).toBe("It can take a minute.");
  });

  test("another one is asked for without script, with what the first was asked with", () => {
    const action = { name: "payout", description: "pay" };
    const { attributes } = only(challenge("challenge, sent"), "details");
    expect(attributes).not.toHaveProperty("open");
    const page = challenge("challenge, sent", { action });
    expect(form(only(page, "details"), SEND)).toMatchObject({
      hidden: { factor: "email", action: "payout" },
      button: "Send a new code",
    });
  });

  test("a script finds when that is, and what to say then; without one nothing is said", () => {
    const page = challenge("challenge, sent");
    const [countdown] = find(page, "span", { "aria-hidden": "true" });
    expect(countdown?.attributes).toMatchObject({
      "data-sf-resend": RESEND_AT.toISOString(),
      "data-sf-text": "New code in {time}",
    });
    expect(text(countdown ?? "missing")).toBe("");
    const status = only(page, "p", { role: "status" });
    expect(status.attributes["data-sf-text"]).toBe("You can ask for a new code now.");
    expect(text(status)).toBe("");
    expect(find(only(page, "details"), "p", { role: "status" })).toEqual([]);
  });

  test.each([tooSoon, { code: "delivery_failed" } as const])(
    "that no new one went out (%j) is said above the field, which is not called wrong",
    (problem) => {
      const page = challenge("challenge, sent", { problem });
      const { attributes } = only(page, "input", { name: "code" });
      expect(title(page)).toBe("Error: Enter your code, Acme");
      expect(attributes).toMatchObject({ "aria-describedby": "code-error lead how", autofocus: "" });
      expect(attributes).not.toHaveProperty("aria-invalid");
      expect(only(page, "details").attributes).toHaveProperty("open");
      expect(find(page, "p", { id: "send-error" })).toEqual([]);
    },
  );

  test("a wrong code leaves the way to another one folded away", () => {
    const page = challenge("challenge, sent", { problem: { code: "wrong_code" } });
    expect(only(page, "input", { name: "code" }).attributes).toMatchObject({ "aria-invalid": "true" });
    expect(only(page, "details").attributes).not.toHaveProperty("open");
  });

  test("only a code by text message is marked as one that the script may take from there", () => {
    const marked = (name: string) => find(challenge(name), "form", { "data-sf-webotp": "" });
    expect(marked("challenge, texted").map((each) => each.attributes["action"])).toEqual([VERIFY]);
    for (const name of ["challenge", "challenge, sent", "recovery"]) expect(marked(name)).toEqual([]);
  });
});
