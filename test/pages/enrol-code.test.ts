/** The pages that set up codes by e-mail and text message: the address or number, then the code that went there. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { EnrolEmailView, EnrolSmsView, View } from "../../src/pages/views.js";
import { type Element, find, form, only, parse, text } from "./html.js";
import { asset, site, view } from "./views.js";

const BASE = "/second-factor";
const draw = (shown: View) => parse(renderPage(shown, site, asset));
const email = (name: string, changed: Partial<EnrolEmailView> = {}) =>
  draw({ ...(view(name) as EnrolEmailView), ...changed });
const sms = (name: string, changed: Partial<EnrolSmsView> = {}) =>
  draw({ ...(view(name) as EnrolSmsView), ...changed });
const heading = (page: Element) => text(only(page, "h1"));
const title = (page: Element) => text(only(page, "title"));
const links = (page: Element) => find(page, "a").map((a) => [text(a), a.attributes["href"]]);

describe("the address for codes", () => {
  const page = email("enrol-email");

  test("is asked for in one field that the browser fills in, prefilled, and judged by the server", () => {
    expect(heading(page)).toBe("Where should we send codes?");
    const { element, hidden, button } = form(page, `${BASE}/enrol/email`);
    expect({ hidden, button }).toEqual({ hidden: {}, button: "Send code" });
    expect(element.attributes).toHaveProperty("novalidate");
    const { attributes } = only(element, "input", { name: "address" });
    expect(attributes).toMatchObject({
      id: "address",
      type: "email",
      autocomplete: "email",
      value: "ada@example.test",
      "aria-describedby": "address-hint",
    });
    for (const name of ["required", "pattern", "maxlength", "aria-invalid", "autofocus"])
      expect(attributes).not.toHaveProperty(name);
    expect(text(only(page, "label", { for: "address" }))).toBe("E-mail address");
    expect(text(only(page, "p", { id: "address-hint" }))).toBe("It may differ from your account's.");
  });

  test("that is wrong is kept, with what is wrong above it", () => {
    const wrong = email("enrol-email, wrong", { address: "ada@" });
    expect(title(wrong)).toBe("Error: Where should we send codes?, Acme");
    expect(only(wrong, "input", { name: "address" }).attributes).toMatchObject({
      value: "ada@",
      "aria-invalid": "true",
      "aria-describedby": "address-error address-hint",
      autofocus: "",
    });
    expect(text(only(wrong, "p", { id: "address-error" }))).toBe("Error: Enter it like this.");
    expect(renderPage(view("enrol-email, wrong"), site, asset)).toMatch(/id="address-error".*name="address"/);
  });

  test("that cannot be written to is kept, with the reason above the button and no way named that is not there", () => {
    const failed = email("enrol-email, unsent, wrong");
    expect(title(failed)).toMatch(/^Error: /);
    expect(text(only(failed, "p", { id: "send-error" }))).toBe(
      "Error: We can't send codes to this address. Use another address.",
    );
    const { element } = form(failed, `${BASE}/enrol/email`);
    expect(only(element, "button").attributes["aria-describedby"]).toBe("send-error");
    expect(only(element, "input").attributes).toMatchObject({ value: "ada@example.test" });
    expect(only(element, "input").attributes).not.toHaveProperty("aria-invalid");
  });

  test("can be put off, or where it is required, only signed out of", () => {
    expect(links(page)).toEqual([["Cancel", BASE]]);
    const required = email("enrol-email, wrong");
    expect(form(required, `${BASE}/challenge/cancel`).button).toBe("Sign out");
    expect(links(required)).toEqual([]);
  });
});

describe("the code that shows the address is theirs", () => {
  const page = email("enrol-email, sent");

  test("is asked for in a field with the focus, saying where it went and how long it works", () => {
    expect(heading(page)).toBe("Check your e-mail");
    expect(text(only(page, "p", { id: "lead" }))).toBe(
      "We sent a code to ada@example.test. It works for 10 minutes.",
    );
    const { element, button } = form(page, `${BASE}/enrol/email/confirm`);
    expect(button).toBe("Turn on");
    expect(only(element, "input").attributes).toMatchObject({
      name: "code",
      autocomplete: "one-time-code",
      "aria-describedby": "lead",
      autofocus: "",
    });
    expect(element.attributes).not.toHaveProperty("data-sf-webotp");
  });

  test("is sent again without the address being typed again", () => {
    const details = only(page, "details");
    expect(text(only(details, "p"))).toBe("It can take a minute. Check spam for mail from ada@example.test.");
    expect(form(details, `${BASE}/enrol/email`)).toMatchObject({
      method: "post",
      hidden: { resend: "on" },
      button: "Send a new code",
    });
    expect(find(details, "input", { name: "address" })).toEqual([]);
  });

  test("is not the only way on: the address can be changed", () => {
    expect(links(page)).toEqual([
      ["Change address", `${BASE}/enrol/email?change=1`],
      ["Cancel", BASE],
    ]);
  });

  test("that is wrong is said above the field", () => {
    const wrong = email("enrol-email, sent, wrong");
    expect(title(wrong)).toBe("Error: Check your e-mail, Acme");
    expect(text(only(wrong, "p", { id: "code-error" }))).toBe(
      "Error: That code isn't right. Try again. 1 try left.",
    );
    expect(form(wrong, `${BASE}/challenge/cancel`).button).toBe("Sign out");
  });

  test("that has expired is said above the field, and the way to a new one is open", () => {
    const late = email("enrol-email, sent", { problem: { code: "expired" } });
    expect(text(only(late, "p", { id: "code-error" }))).toBe(
      "Error: That code has expired. Send a new code.",
    );
    expect(only(late, "details").attributes).toHaveProperty("open");
    expect(only(page, "details").attributes).not.toHaveProperty("open");
  });

  test("that has expired meanwhile leaves the form for the address, which says so above its button", () => {
    for (const late of [
      email("enrol-email", { problem: { code: "expired" } }),
      sms("enrol-sms", { problem: { code: "expired" } }),
    ]) {
      expect(title(late)).toMatch(/^Error: /);
      const error = only(late, "p", { id: "send-error" });
      expect(text(error)).toBe("Error: That code has expired. Send a new code.");
      expect(find(late, "input", { name: "code" })).toEqual([]);
    }
  });

  test("that did not go out again is told above the field, with what can be changed", () => {
    const failed = email("enrol-email, sent", {
      problem: { code: "delivery_failed", reason: "invalid-recipient" },
    });
    expect(text(only(failed, "p", { id: "code-error" }))).toBe(
      "Error: We can't send codes to this address. Use another address.",
    );
  });
});

describe("the number for codes", () => {
  const page = sms("enrol-sms");
  const options = (drawn: Element) =>
    find(only(drawn, "select", { name: "country" }), "option").map(({ attributes, ...option }) => [
      attributes["value"],
      text({ attributes, ...option }),
      "selected" in attributes,
    ]);

  test("is asked for by country and national number, as the browser knows them", () => {
    expect(heading(page)).toBe("Which number should we text?");
    const { element, hidden, button } = form(page, `${BASE}/enrol/sms`);
    expect({ hidden, button }).toEqual({ hidden: {}, button: "Text me a code" });
    expect(options(page)).toEqual([
      ["GB", "United Kingdom (+44)", true],
      ["US", "United States (+1)", false],
    ]);
    expect(only(element, "input").attributes).toMatchObject({
      id: "number",
      name: "number",
      type: "tel",
      autocomplete: "tel-national",
      "aria-describedby": "number-hint",
    });
    expect(text(only(page, "label", { for: "country" }))).toBe("Country");
    expect(text(only(page, "label", { for: "number" }))).toBe("Mobile number");
    expect(text(only(page, "p", { id: "number-hint" }))).toBe("Used only for codes.");
  });

  test("has no country that nobody chose, unless there is only one", () => {
    const { country: _, ...unknown } = view("enrol-sms") as EnrolSmsView;
    expect(options(draw(unknown))[0]).toEqual(["", "Choose a country", true]);
    expect(options(draw({ ...unknown, country: "XX" }))[0]).toEqual(["", "Choose a country", true]);
    const [first] = unknown.countries;
    expect(options(draw({ ...unknown, countries: first ? [first] : [] }))).toEqual([
      ["GB", "United Kingdom (+44)", false],
    ]);
  });

  test("that is wrong is kept with its country, and what is wrong stands above it", () => {
    const wrong = sms("enrol-sms, wrong", { number: "12" });
    expect(title(wrong)).toBe("Error: Which number should we text?, Acme");
    expect(options(wrong)[1]).toEqual(["US", "United States (+1)", true]);
    expect(only(wrong, "input", { name: "number" }).attributes).toMatchObject({
      value: "12",
      "aria-invalid": "true",
      "aria-describedby": "number-error number-hint",
      autofocus: "",
    });
    expect(text(only(wrong, "p", { id: "number-error" }))).toBe("Error: Enter it like this.");
  });

  test("that cannot be texted is said above the button", () => {
    expect(text(only(sms("enrol-sms, unsent, wrong"), "p", { id: "send-error" }))).toBe(
      "Error: We can't text this number. Use another number.",
    );
  });

  test("is proven by a code, which the script may take from the message", () => {
    const sent = sms("enrol-sms, sent", { address: "+1 415 555 0123" });
    expect(heading(sent)).toBe("Check your phone");
    expect(text(only(sent, "p", { id: "lead" }))).toMatch(/^We sent a code to \+1 415 555 0123\./);
    const { element, button } = form(sent, `${BASE}/enrol/sms/confirm`);
    expect(button).toBe("Turn on");
    expect(element.attributes).toHaveProperty("data-sf-webotp");
    expect(form(only(sent, "details"), `${BASE}/enrol/sms`).hidden).toEqual({ resend: "on" });
    expect(text(only(sent, "details"))).not.toContain("spam");
    expect(links(sent)[0]).toEqual(["Change number", `${BASE}/enrol/sms?change=1`]);
  });
});
