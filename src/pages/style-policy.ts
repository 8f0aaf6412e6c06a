/** The look of the policy's page: groups of fields, the table of roles, what was reviewed. */

const GROUPS = `
fieldset{min-width:0;margin:0;padding:0;border:0}
legend{padding:0;font-weight:600}
fieldset>.hint{margin:4px 0 0;max-width:38rem}
input.short{max-width:8rem}
@media(min-width:44rem){
.wide .primary{width:auto;min-width:12rem;align-self:flex-start}
.wide .quiet{align-self:flex-start}
}
.review{padding:16px;border:1px solid var(--sf-line);border-radius:8px}
.review details{border:0}
.review .hint{margin:0}
.person{padding:8px 0}
`;

/** Cells name themselves where there is no room for the head of the table. */
const TABLE = `
table{width:100%;margin-top:12px;border-collapse:collapse}
th{padding:0 0 8px;padding-inline-end:16px;text-align:start;color:var(--sf-muted);font-size:.875rem}
td{padding:12px 0;padding-inline-end:16px;border-top:1px solid var(--sf-line);vertical-align:top}
tr:last-child>td{vertical-align:bottom}
th:last-child,td:last-child{padding-inline-end:0}
td>label{display:block;margin-bottom:4px;font-size:.875rem}
.ways{display:flex;flex-wrap:wrap;gap:0 24px}
.ways .check{column-gap:8px}
td>.cell-label{display:none;color:var(--sf-muted);font-size:.875rem;font-weight:600}
@media(max-width:44rem){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td{display:block}
tr{padding:12px 0;border-top:1px solid var(--sf-line)}
td{padding:0 0 12px;border:0}
td>.cell-label{display:block;margin-bottom:4px}
}
`;

export const POLICY = [GROUPS, TABLE].map((part) => part.trim()).join("\n");
