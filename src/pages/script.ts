/**
 * The script of the pages, served as a file. It only adds comfort: swallows repeated submits, shows times in
 * the browser's own zone, copies and prints recovery codes, counts down to a new code, takes a code from a text
 * message (WebOTP) where the browser offers to. Every page works without it. It has no words of its own: the page
 * gives them.
 */

/** `text/javascript`; plain syntax, so that any browser of the last years takes it. */
export const SCRIPT = `"use strict";
(() => {
  const all = (selector) => document.querySelectorAll(selector);

  // A second press must not send a second request; after a while, or coming back to the page, it may.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 10000);
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // Buttons that need a script are shown by it.
  for (const template of all("template[data-sf-script]")) template.replaceWith(template.content);

  const status = document.querySelector("[data-sf-status]");
  const codes = () => Array.from(all("[data-sf-code]"), (code) => code.textContent).join("\\n");
  for (const button of all("[data-sf-copy]")) {
    button.addEventListener("click", async () => {
      status.textContent = "";
      const done = await copy(codes());
      status.textContent = done ? button.dataset.done : button.dataset.failed;
    });
  }
  for (const button of all("[data-sf-print]")) button.addEventListener("click", () => print());

  // Times arrive in UTC. The page's language stays, in the variant the reader prefers. A browser may report
  // a language tag it does not take itself ("en-US@posix"): then UTC stays.
  try {
    const lang = document.documentElement.lang;
    const locale = navigator.languages.find((name) => name.split("-")[0] === lang) || lang;
    const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
    const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
    for (const time of all("time[data-sf-local]")) {
      const format = time.dataset.sfLocal === "date" ? days : times;
      time.textContent = format.format(new Date(time.dateTime));
    }
  } catch {}

  // The button for a new code works all along and the server has the last word: this only says when it is worth it.
  for (const clock of all("[data-sf-resend]")) countDown(clock, document.querySelector("[data-sf-resend-status]"));

  function countDown(clock, announcement) {
    const end = Date.parse(clock.dataset.sfResend);
    const left = () => Math.ceil((end - Date.now()) / 1000);
    if (!(left() > 0)) return;
    const show = () => {
      const seconds = left();
      clock.textContent = seconds > 0 ? clock.dataset.sfText.replace("{time}", clockTime(seconds)) : "";
      if (seconds > 0) return;
      clearInterval(timer);
      announcement.textContent = announcement.dataset.sfText;
    };
    const timer = setInterval(show, 1000);
    show();
  }

  function clockTime(seconds) {
    const two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return minutes + ":" + two(seconds % 60);
    return Math.floor(minutes / 60) + ":" + two(minutes % 60) + ":" + two(seconds % 60);
  }

  // The browser asks the person before it hands over a code from a text message. It is filled in, never sent.
  const code = document.querySelector("[data-sf-webotp] [autocomplete=one-time-code]");
  if (code && "OTPCredential" in window) takeTextedCode(code);

  function takeTextedCode(field) {
    const waiting = new AbortController();
    document.addEventListener("submit", () => waiting.abort(), { once: true });
    navigator.credentials.get({ otp: { transport: ["sms"] }, signal: waiting.signal }).then(
      (credential) => {
        if (credential && credential.code) field.value = credential.code;
      },
      () => {},
    );
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }
})();
`;
