/** The words of the messages that carry codes. */
export { mailOf } from "./code-mail.js";
export { textOf } from "./code-text.js";
