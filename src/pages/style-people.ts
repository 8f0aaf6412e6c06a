/** The look of the pages about people: the way elsewhere, search and filters, the table of people, facts about one. */

const LIST = `
.elsewhere{display:flex;flex-wrap:wrap;gap:0 24px;margin-top:-12px}
.search{display:flex;flex-wrap:wrap;align-items:flex-end;gap:12px}
.search .field{flex:1 1 16rem}
.search .button{align-self:flex-end;width:auto;min-height:48px}
.filters{display:flex;flex-wrap:wrap;gap:8px}
.filter{display:inline-flex;align-items:center;gap:8px;min-height:44px;padding:8px 12px;border:1px solid var(--sf-line);border-radius:8px;color:var(--sf-text);text-decoration:none}
.filter:hover{background:var(--sf-page)}
.filter[aria-current]{border-color:var(--sf-accent);box-shadow:inset 0 0 0 1px var(--sf-accent);font-weight:600}
@media(max-width:30rem){.search .button{width:100%}}
.count{color:var(--sf-muted);font-size:.875rem;font-variant-numeric:tabular-nums}
`;

/** A name is what one looks for: it stands out, and has room. Where there is none for columns, a line is a label and a value. */
const TABLE = `
caption{padding-bottom:12px;text-align:start;font-weight:600}
tbody>tr>th{padding:12px 0;padding-inline-end:16px;border-top:1px solid var(--sf-line);color:inherit;font-size:1rem;font-weight:600;vertical-align:top}
.people tr>td{vertical-align:top}
.people th>a{display:inline-block;padding:10px 0;margin:-10px 0}
.people .row-note{margin-top:4px}
@media(min-width:44.01rem){
.people{table-layout:fixed}
.people th:nth-child(1){width:32%}
.people th:nth-child(2){width:30%}
.people th:nth-child(3){width:22%}
}
@media(max-width:44rem){
caption,tbody>tr>th{display:block}
tbody>tr>th{padding:0 0 8px;border:0}
.people tr>td{display:grid;grid-template-columns:4rem 1fr;gap:12px;align-items:baseline;padding-bottom:4px}
}
`;

const PERSON = `
.facts{display:grid;grid-template-columns:max-content 1fr;gap:8px 24px;margin:0}
.facts dt{color:var(--sf-muted)}
.facts dd{margin:0;min-width:0}
section.stack{margin-top:16px;gap:12px}
section>.link{align-self:flex-start}
@media(max-width:30rem){
.facts{grid-template-columns:1fr;gap:0}
.facts dd+dt{margin-top:12px}
}
`;

export const PEOPLE = [LIST, TABLE, PERSON].map((part) => part.trim()).join("\n");
