/**
 * The script of the pages, served as a file. It only adds comfort: swallows repeated submits, shows times in
 * the browser's own zone, copies and prints recovery codes. Every page works without it.
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
    const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
    for (const time of all("time[data-sf-local]")) time.textContent = format.format(new Date(time.dateTime));
  } catch {}

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
