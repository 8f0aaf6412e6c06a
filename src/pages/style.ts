/** The style sheet: colours, sizes and the page itself here; the parts next door. Served as a file. */
import { PARTS } from "./style-parts.js";
import { PEOPLE } from "./style-people.js";
import { POLICY } from "./style-policy.js";
import { SHEETS } from "./style-sheets.js";

const COLOURS = `
:root{color-scheme:light dark;--sf-page:#f4f5f7;--sf-card:#fff;--sf-text:#1b1f24;--sf-muted:#57606a;--sf-line:#d0d7de;--sf-field:#6e7781;--sf-accent:#0b57d0;--sf-on-accent:#fff;--sf-danger:#b3261e;--sf-on-danger:#fff;--sf-danger-bg:#fdecea;--sf-ok:#146c2e;--sf-ok-bg:#e6f4ea;--sf-warn:#7a4d00;--sf-warn-bg:#fff4d6}
@media(prefers-color-scheme:dark){:root{--sf-page:#0f1216;--sf-card:#181c22;--sf-text:#e8eaed;--sf-muted:#a3abb5;--sf-line:#343b45;--sf-field:#7d8794;--sf-accent:#8ab4f8;--sf-on-accent:#0b1a33;--sf-danger:#f6a29c;--sf-on-danger:#2b0d0b;--sf-danger-bg:#3a1a18;--sf-ok:#81c995;--sf-ok-bg:#12301c;--sf-warn:#f2c462;--sf-warn-bg:#33280c}}
`;

const PAGE = `
*,*::before,*::after{box-sizing:border-box}
html{font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;padding:48px 16px;background:var(--sf-page);color:var(--sf-text);overflow-wrap:break-word}
h1,h2,p,ul,ol{margin:0}
ul,ol{padding:0;list-style:none}
h1{font-size:1.75rem;line-height:1.25;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.25rem;line-height:1.25;font-weight:650}
h1,h2,p,label{text-wrap:pretty}
a{color:var(--sf-accent);text-underline-offset:.2em}
bdi{overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--sf-accent);outline-offset:2px}
.card{display:flex;flex-direction:column;gap:16px;width:100%;max-width:28rem;margin:0 auto;padding:32px;background:var(--sf-card);border:1px solid var(--sf-line);border-radius:8px}
.card.wide{max-width:60rem}
.card>.stack,.card>.actions,.card>form,.card>.button,.card>.choices,.card>.steps{margin-top:8px}
.brand{margin-bottom:8px;color:var(--sf-muted);font-weight:600}
.brand a{color:inherit;text-decoration:none}
.logo{display:block;max-width:100%;height:32px;object-fit:contain;object-position:left center}
[dir=rtl] .logo{object-position:right center}
.lead{margin-top:-8px;color:var(--sf-muted)}
.lead .badge{margin-inline-end:4px}
.stack{display:flex;flex-direction:column;gap:16px}
.loose{gap:24px}
.apart{padding-top:16px;border-top:1px solid var(--sf-line)}
.help{display:flex;flex-direction:column;align-items:flex-start;margin-top:8px;padding-top:12px;border-top:1px solid var(--sf-line)}
details+.help{margin-top:-16px}
.help:empty{display:none}
.help>p{padding:8px 0;color:var(--sf-muted)}
.test-mode{width:fit-content;max-width:28rem;margin:16px auto 0;padding:8px 16px;border-radius:8px;background:var(--sf-warn-bg);color:var(--sf-warn);font-size:.875rem}
.test-mode a{display:inline-flex;align-items:center;min-height:44px;margin:-11px 0;color:inherit;font-weight:600}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
`;

/** Comes last, so that it has the last word. */
const NARROW = `
@media(max-width:30rem){
body{padding:0;background:var(--sf-card)}
.card{padding:24px 16px;border:0;border-radius:0}
.quiet{width:100%}
.tools .quiet{width:auto}
.row-actions>*{flex:1 1 max-content}
.test-mode{margin:0 16px 24px}
}
`;

/** `text/css`. */
export const STYLE = [COLOURS, PAGE, PARTS, POLICY, PEOPLE, SHEETS, NARROW]
  .map((part) => part.trim())
  .join("\n");
