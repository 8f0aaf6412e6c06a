/** The look of what pages are made of: buttons, fields, notices, badges, rows. */

const BUTTONS = `
.button,.row{font:inherit;text-align:start;color:inherit;cursor:pointer;-webkit-tap-highlight-color:transparent}
.button{display:inline-flex;align-items:center;justify-content:center;gap:8px;min-height:44px;padding:9px 20px;border:1px solid transparent;border-radius:8px;font-weight:600;line-height:1.5;text-align:center;text-decoration:none}
.primary,.danger{width:100%}
.primary{background:var(--sf-accent);color:var(--sf-on-accent)}
.button.danger{background:var(--sf-danger);color:var(--sf-on-danger)}
.quiet{border-color:var(--sf-field);background:transparent;color:var(--sf-text)}
.link{padding:9px 0;border:0;background:transparent;color:var(--sf-accent);font-weight:400;text-decoration:underline;text-underline-offset:.2em;text-align:start}
.primary:hover,.danger:hover{filter:brightness(.94)}
.quiet:hover,.row:hover{background:var(--sf-page)}
.link:hover{text-decoration-thickness:2px}
.actions{display:flex;flex-direction:column;gap:12px}
`;

const FIELDS = `
label,.label{font-weight:600}
.field{display:flex;flex-direction:column;gap:8px}
.hint{margin-top:-4px;color:var(--sf-muted);font-size:.875rem}
input:not([type=checkbox],[type=radio]),select{width:100%;min-width:0;min-height:48px;padding:8px 12px;border:1px solid var(--sf-field);border-radius:8px;background:var(--sf-card);color:var(--sf-text);font:inherit}
input.code{font-size:1.5rem;font-variant-numeric:tabular-nums;letter-spacing:.15em}
input.recovery{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:1.25rem;letter-spacing:.02em}
select{cursor:pointer;text-overflow:ellipsis}
input[aria-invalid=true],select[aria-invalid=true]{border:2px solid var(--sf-danger);padding:7px 11px}
.check{display:grid;grid-template-columns:24px 1fr;column-gap:12px}
.check input{grid-row:1;width:24px;height:24px;margin:10px 0;accent-color:var(--sf-accent);cursor:pointer}
.check label{padding:10px 0;font-weight:400;cursor:pointer}
.check .hint{grid-column:2;margin-top:-8px}
details{border-top:1px solid var(--sf-line)}
summary{display:list-item;min-height:44px;padding:10px 0;color:var(--sf-accent);cursor:pointer}
details[open]{padding-bottom:16px}
details>p{padding-bottom:12px;color:var(--sf-muted)}
.resend{display:flex;flex-wrap:wrap;align-items:center;gap:8px 16px}
.resend .hint{margin:0;font-variant-numeric:tabular-nums}
.resend .hint:empty{display:none}
`;

const NOTICES = `
.icon{flex:none;width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.notice{display:flex;gap:8px;padding:10px 12px;border-radius:8px}
.notice .icon{width:20px;height:20px;margin-top:2px}
.notice>span{min-width:0}
.notice.danger{background:var(--sf-danger-bg);color:var(--sf-danger)}
.notice.warn{background:var(--sf-warn-bg);color:var(--sf-warn)}
.notice.ok{background:var(--sf-ok-bg);color:var(--sf-ok)}
.badge{display:inline-block;padding:1px 8px;border-radius:8px;font-size:.875rem;font-weight:600;white-space:nowrap}
.badge.ok{background:var(--sf-ok-bg);color:var(--sf-ok)}
.badge.warn{background:var(--sf-warn-bg);color:var(--sf-warn)}
.badge.plain{background:var(--sf-page);color:var(--sf-muted)}
`;

const ROWS = `
.rows{border-block:1px solid var(--sf-line)}
.rows>li+li{border-top:1px solid var(--sf-line)}
.rows .icon{color:var(--sf-muted)}
.row-text{flex:1;min-width:0}
.row-name{display:flex;flex-wrap:wrap;align-items:center;gap:4px 8px;font-weight:600}
.row-title{font-weight:600}
.row-note{display:block;color:var(--sf-muted);font-size:.875rem}
.row-note time[data-sf-local=date]{white-space:nowrap}
.choices{display:flex;flex-direction:column;gap:8px;border:0}
.choices>li+li{border:0}
.row{display:flex;align-items:center;gap:12px;width:100%;min-height:56px;padding:12px 16px;border:1px solid var(--sf-field);border-radius:8px;background:transparent;text-decoration:none}
.choices>li:first-child .row{border:2px solid var(--sf-accent);padding:11px 15px}
.choices>li:first-child .row .icon{color:var(--sf-accent)}
.row .next{width:20px;height:20px}
[dir=rtl] .next{transform:scaleX(-1)}
.entry{display:grid;grid-template-columns:24px 1fr;gap:12px;padding:16px 0}
.entry .row-text{display:flex;flex-direction:column;gap:4px}
.entry .notice{margin-top:4px;padding:6px 10px;font-size:.875rem}
.entry .notice .icon{margin-top:0;color:inherit}
.event{padding:12px 0}
.row-actions{grid-column:2;display:flex;flex-wrap:wrap;gap:8px}
`;

export const PARTS = [BUTTONS, FIELDS, NOTICES, ROWS].map((part) => part.trim()).join("\n");
