/** The pages of a sign-in and of a step-up: challenge, choice, lock, expiry. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { ChallengeView, Site, View } from "../../src/pages/views.js";
import { type Element, find, form, only, parse, text } from "./html.js";
import { asset, site, view } from "./views.js";

const draw = (shown: View, on: Partial<Site> = {}) => parse(renderPage(shown, { ...site, ...on }, asset));
const lead = (page: Element) => text(only(page, "p", { id: "lead" }));
const links = (page: Element) => find(page, "a").map((a) => [text(a), a.attributes.href]);
const VERIFY = "/second-factor/challenge/verify";
const SEND = "/second-factor/challenge/send";
const CANCEL = "/second-factor/challenge/cancel";

describe("challenge", () => {
  const page = draw(view("challenge"));

  test("says who is signing in and where the code is", () => {
    expect(text(only(page, "h1"))).toBe("Enter your code");
    expect(lead(page)).toBe("Signing in as ada@example.test.");
    expect(text(only(page, "p", { id: "how" }))).toBe(
      "Open your authenticator app and enter the code for Acme.",
    );
  });

  test("has one forgiving field that a phone fills in, focused and described by the lead", () => {
    const { attributes } = only(page, "input", { name: "code" });
    expect(attributes).toMatchObject({
      type: "text",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      dir: "ltr",
      autofocus: "",
      "aria-describedby": "lead how",
    });
    for (const name of ["maxlength", "pattern", "placeholder", "required", "aria-invalid"])
      expect(attributes).not.toHaveProperty(name);
    expect(text(only(page, "label", { for: "code" }))).toBe("6-digit code");
  });

  test("posts the code with its factor, and does not remember the browser unless asked to", () => {
    const { method, hidden, button, element } = form(page, VERIFY);
    expect({ method, hidden, button }).toEqual({
      method: "post",
      hidden: { factor: "totp" },
      button: "Continue",
    });
    const { attributes } = only(element, "input", { type: "checkbox" });
    expect(attributes).toMatchObject({ name: "trustBrowser", value: "on" });
    expect(attributes).not.toHaveProperty("checked");
    expect(text(element)).toContain("Remember this browser for 90 days");
    expect(text(element)).toContain("Not on a shared computer.");
  });

  test("offers another way and another account", () => {
    expect(links(page)).toEqual([["Try another way", "/second-factor/challenge/choose"]]);
    expect(form(page, CANCEL).button).toBe("Use another account");
  });

  test("leaves out what does not apply", () => {
    const bare = draw({ page: "challenge", factor: { kind: "totp" }, others: false });
    expect(find(bare, "input", { type: "checkbox" })).toEqual([]);
    expect(links(bare)).toEqual([]);
    expect(find(bare, "p", { id: "lead" })).toEqual([]);
    expect(only(bare, "input", { name: "code" }).attributes["aria-describedby"]).toBe("how");
  });

  test("shows an error above its field, named in its description and spoken first", () => {
    const wrong = draw(view("challenge, wrong"));
    const order = [...find(wrong, "p"), ...find(wrong, "input", { name: "code" })];
    expect(order.at(-1)?.attributes).toMatchObject({
      "aria-invalid": "true",
      "aria-describedby": "code-error lead how",
      autofocus: "",
    });
    expect(text(only(wrong, "p", { id: "code-error" }))).toBe(
      "Error: That code isn't right. Try again. 1 try left.",
    );
    expect(renderPage(view("challenge, wrong"), site, asset)).toMatch(/id="code-error".*name="code"/);
    expect(find(wrong, "svg", { "aria-hidden": "true" })).toHaveLength(1);
  });
});

describe("recovery code", () => {
  const page = draw({ ...(view("recovery") as ChallengeView), trustBrowserDays: 90 });

  test("has its own words, a letter keyboard and no remember box", () => {
    expect(text(only(page, "h1"))).toBe("Enter a recovery code");
    expect(lead(page)).toBe("Each saved code works once.");
    expect(only(page, "input", { name: "code" }).attributes).toMatchObject({
      inputmode: "text",
      autocapitalize: "characters",
      spellcheck: "false",
      autocomplete: "off",
    });
    expect(text(only(page, "label", { for: "code" }))).toBe("Recovery code");
    expect(find(page, "input", { type: "checkbox" })).toEqual([]);
    expect(form(page, VERIFY).hidden).toEqual({ factor: "recovery-code" });
  });
});

describe("step-up", () => {
  const page = draw({ ...(view("step-up") as ChallengeView), trustBrowserDays: 90 });

  test("says what the code allows, carries the action, and never remembers the browser", () => {
    expect(text(only(page, "h1"))).toBe("Confirm it's you");
    expect(lead(page)).toBe("Enter a new code to pay out 12 EUR.");
    expect(form(page, VERIFY)).toMatchObject({
      hidden: { factor: "totp", action: "payout" },
      button: "Confirm",
    });
    expect(find(page, "input", { type: "checkbox" })).toEqual([]);
  });

  test("carries what the code is bound to, with the code and with asking for another", () => {
    const bound = draw(view("step-up, bound"));
    const hidden = { factor: "email", action: "payout", target: "what-it-is-bound-to" };
    expect(form(bound, VERIFY).hidden).toEqual(hidden);
    expect(form(bound, SEND).hidden).toEqual(hidden);
  });

  test("is left by a link, not by ending the session", () => {
    expect(links(page)).toEqual([
      ["Try another way", "/second-factor/challenge/choose?action=payout"],
      ["Cancel", "/account"],
    ]);
    expect(find(page, "form", { action: CANCEL })).toEqual([]);
  });
});

describe("choose", () => {
  const page = draw(view("choose"), { support: "help@acme.test" });
  const rows = (root: Element) => find(only(root, "ul"), "li").map((row) => text(row).trim());

  test("lists the ways, preferred first and recovery codes last", () => {
    expect(text(only(page, "h1"))).toBe("Choose how to confirm");
    expect(rows(page)).toEqual([
      "Use your authenticator app",
      "E-mail a code to a••@example.test",
      "Text a code to a••@example.test",
      "Use a recovery code",
    ]);
  });

  test("links to what is at hand and posts what has to be sent", () => {
    expect(find(page, "a").map((a) => a.attributes.href)).toEqual([
      "/second-factor/challenge?factor=totp",
      "/second-factor/challenge?factor=recovery-code",
    ]);
    const sends = find(page, "input", { name: "factor" }).map((input) => input.attributes.value);
    expect(sends).toEqual(["email", "sms"]);
  });

  test("carries the action of a step-up, and names whom to ask only where there is somebody", () => {
    const stepUp = draw(view("choose, step-up"));
    expect(links(stepUp)).toEqual([
      ["Use your authenticator app", "/second-factor/challenge?factor=totp&action=payout"],
      ["Cancel", "/account"],
    ]);
    expect(form(stepUp, SEND).hidden).toEqual({ factor: "email", action: "payout" });
    expect(text(stepUp)).not.toContain("None of these work?");
    expect(text(page)).toContain("None of these work? Contact help@acme.test.");
  });
});

describe("locked", () => {
  test("says how long, and tries again by a button only", () => {
    const page = draw(view("locked"));
    expect(text(only(page, "h1"))).toBe("Too many wrong codes");
    expect(lead(page)).toBe(
      "Codes are paused for about 5 minutes. Not you? Change your password after signing in.",
    );
    expect(form(page, SEND)).toMatchObject({ hidden: { factor: "totp" }, button: "Try again" });
    expect(links(page)).toEqual([["Use a recovery code", "/second-factor/challenge?factor=recovery-code"]]);
    expect(form(page, CANCEL).button).toBe("Use another account");
    expect(find(page, "meta", { "http-equiv": "refresh" })).toEqual([]);
  });

  test("knows somebody in a step-up is signed in already", () => {
    const page = draw(view("locked, step-up"));
    expect(lead(page)).toBe("Codes are paused for about 1 minute. Not you? Change your password.");
    expect(form(page, SEND).hidden).toEqual({ factor: "totp", action: "payout" });
    expect(find(page, "form", { action: CANCEL })).toEqual([]);
  });

  test("reloads where that is enough", () => {
    const page = draw({ page: "locked", minutes: 5, outlasts: false, recovery: false, retryUrl: "/again" });
    expect(links(page)).toEqual([["Try again", "/again"]]);
    expect(find(page, "form", { action: SEND })).toEqual([]);
  });

  test("leads back to sign-in where the pause outlasts it", () => {
    const page = draw(view("locked, outlasting"));
    expect(links(page)[0]).toEqual(["Back to sign-in", "/login"]);
    expect(find(page, "form")).toEqual([]);
  });

  test.each([
    ["help@acme.test", "help@acme.test"],
    [undefined, "an administrator"],
  ])("does not offer to try a blocked way again, and names %s", (support, named) => {
    const page = draw(view("locked, blocked"), support ? { support } : {});
    expect(lead(page)).toBe(`This way is switched off. Ask ${named}.`);
    expect(find(page, "form", { action: SEND })).toEqual([]);
  });
});

describe("expired", () => {
  test.each([
    ["expired", "Let's start again", { factor: "totp" }, "Continue"],
    ["expired, sent", "That code has expired", { factor: "email", action: "payout" }, "Send a new code"],
  ])("%s goes on with one button", (name, heading, hidden, button) => {
    const page = draw(view(name));
    expect(text(only(page, "h1"))).toBe(heading);
    expect(lead(page)).toBe("Your sign-in is still open.");
    expect(form(page, SEND)).toMatchObject({ hidden, button });
  });

  test("goes back to the login page once the sign-in is over", () => {
    const page = draw(view("expired, over"));
    expect(text(only(page, "h1"))).toBe("Your sign-in timed out");
    expect(lead(page)).toBe("We'll take you where you were going.");
    expect(links(page)).toEqual([["Sign in again", "/login"]]);
    expect(find(page, "form")).toEqual([]);
  });
});
