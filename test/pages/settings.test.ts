/** The pages where a person sets up, sees and changes their second factor. */
import { describe, expect, test } from "vitest";
import { renderPage } from "../../src/pages/render.js";
import type { View } from "../../src/pages/views.js";
import { type Element, find, form, only, parse, text } from "./html.js";
import { asset, CODE, site, view } from "./views.js";

const draw = (shown: View, issuer = "Acme") => parse(renderPage(shown, { ...site, issuer }, asset));
const lead = (page: Element) => text(only(page, "p", { id: "lead" }));
const heading = (page: Element) => text(only(page, "h1"));
const links = (page: Element) => find(page, "a").map((a) => [text(a), a.attributes.href]);
const BASE = "/second-factor";

describe("enrol chooser", () => {
  test("makes a key for an app at once, asks for an address first, and recommends the app", () => {
    const page = draw(view("enrol-choose"));
    expect(heading(page)).toBe("Set up two-factor authentication");
    expect(lead(page)).toBe("After your password you confirm it's you.");
    expect(form(page, `${BASE}/enrol/totp`).button).toBe("Authenticator app Recommended");
    expect(links(page)).toEqual([
      ["E-mail", `${BASE}/enrol/email`],
      ["Text message Less secure; prefer an app or e-mail.", `${BASE}/enrol/sms`],
      ["Cancel", BASE],
    ]);
    expect(find(page, "form")).toHaveLength(1);
  });

  test("recommends e-mail where there is no app, and never a text message", () => {
    const page = draw({ page: "enrol-choose", factors: ["sms", "email"], required: false });
    expect(links(page).map(([name]) => name)).toEqual([
      "Text message Less secure; prefer an app or e-mail.",
      "E-mail Recommended",
      "Cancel",
    ]);
    expect(text(draw({ page: "enrol-choose", factors: ["sms"], required: false }))).not.toContain(
      "Recommended",
    );
  });

  test("does not offer recovery codes as a way of their own", () => {
    const page = draw({ page: "enrol-choose", factors: ["totp", "recovery-code"], required: false });
    expect(find(page, "form")).toHaveLength(1);
  });

  test("can only be left by signing out where policy requires it", () => {
    const page = draw(view("enrol-choose, required"));
    expect(heading(page)).toBe("Protect your account");
    expect(lead(page)).toBe("Acme requires a second step. Set it up to continue.");
    expect(form(page, `${BASE}/challenge/cancel`).button).toBe("Sign out");
    expect(links(page)).toEqual([]);
    expect(find(page, "form", { action: `${BASE}/enrol/skip` })).toEqual([]);
    expect(text(page)).not.toContain("Set it up now");
  });

  test("can be put off until a day that it names, where policy gives time", () => {
    const page = draw(view("enrol-choose, until"));
    expect(heading(page)).toBe("Protect your account");
    expect(lead(page)).toBe("Acme requires a second step from 6 Dec 2026.");
    expect(only(page, "time").attributes).toMatchObject({
      datetime: "2026-12-06T14:32:00.000Z",
      "data-sf-local": "date",
    });
    expect(text(only(page, "p", { id: "now" }))).toBe("Set it up now");
    expect(only(page, "ul").attributes["aria-labelledby"]).toBe("now");
    expect(form(page, `${BASE}/enrol/skip`)).toMatchObject({
      method: "post",
      hidden: {},
      button: "Remind me later",
    });
    expect(form(page, `${BASE}/enrol/totp`).button).toBe("Authenticator app Recommended");
    expect(form(page, `${BASE}/challenge/cancel`).button).toBe("Sign out");
  });

  test("has nothing to put off for somebody who need not", () => {
    const until = new Date("2026-12-06T14:32:00Z");
    const page = draw({ page: "enrol-choose", factors: ["totp"], required: false, until });
    expect(find(page, "form", { action: `${BASE}/enrol/skip` })).toEqual([]);
    expect(lead(page)).toBe("After your password you confirm it's you.");
  });
});

describe("enrol TOTP", () => {
  const page = draw(view("enrol-totp"));

  test("goes through three steps, the link for phones before the picture", () => {
    expect(heading(page)).toBe("Set up your authenticator app");
    const steps = find(only(page, "ol"), "li").map(text);
    expect(steps[0]).toBe("Install any authenticator app.");
    expect(steps[1]).toMatch(/^Scan this code\.Open in your appSetup key/);
    expect(steps[2]).toMatch(/^Enter the code it shows\./);
    expect(links(page)[0]).toEqual(["Open in your app", "otpauth://totp/ada@example.test"]);
  });

  test("draws black on a white tile, and says what it is and what does the same", () => {
    const svg = only(page, "svg", { role: "img" });
    expect(svg.attributes).toMatchObject({
      "aria-label": "QR code; the setup key does the same.",
      viewBox: "0 0 29 29",
    });
    expect(find(svg, "path").map((path) => [path.attributes.fill, path.attributes.d])).toEqual([
      ["#fff", "M0 0h29v29H0z"],
      ["#000", "M4 4h7v1h-7z"],
    ]);
    expect(text(only(page, "p", { class: "key" }))).toBe("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP");
  });

  test("asks for a code without taking the focus from the steps", () => {
    const { element, button } = form(page, `${BASE}/enrol/totp/confirm`);
    expect(button).toBe("Turn on");
    const { attributes } = only(element, "input", { name: "code" });
    expect(attributes).toMatchObject({ inputmode: "numeric", "aria-describedby": "enter code-hint" });
    expect(attributes).not.toHaveProperty("autofocus");
    expect(text(element)).toContain("Your phone's clock must be right.");
  });

  test("keeps its key through an error; a new one is asked for", () => {
    const wrong = draw(view("enrol-totp, wrong"));
    expect(only(wrong, "input", { name: "code" }).attributes).toMatchObject({
      autofocus: "",
      "aria-invalid": "true",
      "aria-describedby": "code-error enter code-hint",
    });
    expect(form(wrong, `${BASE}/enrol/totp`)).toMatchObject({
      hidden: { restart: "on" },
      button: "Start again with a new key",
    });
    expect(form(wrong, `${BASE}/challenge/cancel`).button).toBe("Sign out");
    expect(links(page).at(-1)).toEqual(["Cancel", BASE]);
  });
});

describe("recovery codes", () => {
  const shown = view("recovery-codes");
  const page = draw(shown);

  test("are listed, left to right, with what they are for", () => {
    expect(heading(page)).toBe("Save your recovery codes");
    expect(lead(page)).toBe("Lost your phone? Each code signs you in once. We can't show them again.");
    expect(find(only(page, "ul"), "bdi", { dir: "ltr" }).map(text)).toEqual([CODE, `${CODE.slice(0, -1)}9`]);
  });

  test("download without script, as a text that says whose they are", () => {
    const { download, href } = only(page, "a").attributes;
    expect(text(only(page, "a"))).toBe("Download");
    expect(download).toBe("acme-recovery-codes.txt");
    const [type, data = ""] = (href ?? "").split(",");
    expect(type).toBe("data:text/plain;charset=utf-8");
    expect(decodeURIComponent(data).split("\r\n")).toEqual([
      "Acme recovery codes for ada@example.test",
      "Each code works once.",
      "",
      CODE,
      `${CODE.slice(0, -1)}9`,
      "",
    ]);
  });

  test.each([
    ["Ünïted / Ärzte", "ünïted-ärzte-recovery-codes.txt"],
    ["../..\\", "recovery-codes.txt"],
    ["\ud800\r\nAB", "ab-recovery-codes.txt"],
  ])("have a file name that is one, whatever the issuer: %j", (issuer, name) => {
    const { download, href = "" } = only(draw(shown, issuer), "a").attributes;
    expect(download).toBe(name);
    expect(decodeURIComponent(href).split("\r\n")).toHaveLength(6);
  });

  test("offer what needs a script only to a script", () => {
    expect(find(page, "template").map((each) => text(each))).toEqual(["Copy", "Print"]);
  });

  test("are confirmed with a box the browser itself asks for", () => {
    const { element, button } = form(page, `${BASE}/recovery-codes/saved`);
    expect(button).toBe("Done");
    expect(only(element, "input", { name: "saved" }).attributes).toMatchObject({
      type: "checkbox",
      required: "",
    });
    expect(text(element)).toContain("I've saved these codes");
  });

  test("are gone after a reload", () => {
    const gone = draw(view("recovery-codes-gone"));
    expect(lead(gone)).toBe("These codes were shown once.");
    expect(text(gone)).toContain("7 of 10 recovery codes left");
    expect(links(gone)[0]).toEqual(["Make new codes", `${BASE}/recovery-codes/new`]);
  });

  test.each([
    [7, "Your 7 unused codes stop working."],
    [1, "Your 1 unused code stops working."],
    [0, "You have no codes left."],
  ])("are made anew only after a warning, with %i left", (left, words) => {
    const renew = draw({ page: "renew-recovery-codes", left });
    expect(lead(renew)).toBe(words);
    expect(form(renew, `${BASE}/recovery-codes`).button).toBe("Make new codes");
    expect(links(renew)).toEqual([["Keep the old ones", BASE]]);
  });
});

describe("remove", () => {
  test("warns before the last way goes", () => {
    const page = draw(view("remove"));
    expect(heading(page)).toBe("Remove e-mail?");
    expect(text(page)).toContain("Only your password will protect your account.");
    expect(form(page, `${BASE}/factors/email/remove`).button).toBe("Remove");
    expect(links(page)).toEqual([["Keep it", BASE]]);
  });

  test("does not warn while another is left, and cannot remove what policy requires", () => {
    const factor = { kind: "totp" } as const;
    expect(text(draw({ page: "remove", factor, last: false, required: false }))).not.toContain("Only your");
    const required = draw(view("remove, required"));
    expect(text(required)).toContain("Your organisation requires this. Replace it instead.");
    expect(find(required, "button")).toEqual([]);
  });
});

test("a problem says what happened and leads on, where there is somewhere to go", () => {
  const page = draw(view("problem"));
  expect([heading(page), lead(page), links(page)]).toEqual([
    "Not found",
    "No such page.",
    [["Go on", "/account"]],
  ]);
  expect(find(draw({ page: "problem", title: "Not found", text: "" }), "a")).toEqual([]);
});
