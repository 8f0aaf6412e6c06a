/** The look of what is scanned, written down or printed: pairing steps, keys, recovery codes, paper. */

const MONO = `ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace`;

const PAIRING = `
.steps{counter-reset:step;display:flex;flex-direction:column;gap:24px}
.steps>li{position:relative;counter-increment:step;padding-inline-start:44px;min-height:32px}
.steps>li::before{content:counter(step);position:absolute;inset-inline-start:0;top:-4px;width:32px;height:32px;border-radius:50%;background:var(--sf-page);color:var(--sf-text);font-weight:600;line-height:32px;text-align:center}
.steps .stack{margin-top:12px}
.qr{display:block;width:100%;max-width:13rem;height:auto;margin:12px 0 16px;border:1px solid var(--sf-line);border-radius:8px;background:#fff;forced-color-adjust:none}
.key{font-family:${MONO};text-wrap:balance;user-select:all}
.on-phone{margin-top:12px}
@media(min-width:40rem) and (hover:hover) and (pointer:fine){.on-phone{display:none}}
`;

const CODES = `
.sheet{padding:16px;border:1px solid var(--sf-line);border-radius:8px;background:var(--sf-page)}
.sheet-title{margin-bottom:8px;color:var(--sf-muted);font-size:.875rem}
.codes{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:4px 16px;font-family:${MONO};font-size:.875rem;line-height:1.75;font-variant-numeric:tabular-nums}
.codes bdi{white-space:nowrap;overflow-wrap:normal}
.tools{display:flex;flex-wrap:wrap;gap:8px}
.tools .button{flex:1 1 auto;padding-inline:10px}
.status{flex-basis:100%;color:var(--sf-muted);font-size:.875rem}
.status:empty{margin-top:-8px}
`;

/** On paper only what has to be kept: whose codes, and the codes. */
const PRINT = `
@media print{
:root{color-scheme:light;--sf-page:#fff;--sf-card:#fff;--sf-text:#000;--sf-muted:#000;--sf-line:#000}
body{padding:0;background:#fff}
.card{max-width:none;padding:0;border:0}
.tools,.card form,.card>.button,.help,.test-mode{display:none}
.codes{grid-template-columns:1fr 1fr;font-size:14pt}
.sheet{break-inside:avoid}
}
`;

export const SHEETS = [PAIRING, CODES, PRINT].map((part) => part.trim()).join("\n");
