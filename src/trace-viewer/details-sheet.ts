import { COLOURS } from './style-sheet';

const RULES = `
.repairs,.panel{padding:4px 16px;border-block-end:1px solid var(--line)}
.repairs{color:var(--muted)}
ul{margin:0;padding-inline-start:20px}
[data-kept] .label{color:var(--muted);font-style:italic}
[data-kept] .bar::before{opacity:.4}
[data-hit] .label{text-decoration:underline;text-decoration-color:var(--accent);text-decoration-thickness:2px;text-underline-offset:3px}
.details{contain:layout paint style;overflow:auto;min-block-size:0;border-inline-start:1px solid var(--line);padding:12px 16px;display:flex;flex-direction:column;gap:12px}
.details>*{flex:none}
.panel{max-block-size:50%;overflow:auto;padding-block:8px}
.narrow .panel{max-block-size:none;flex:none}
h3{font-size:14px;font-weight:600;overflow-wrap:anywhere;line-height:20px}
h4{font-size:12px;font-weight:600;color:var(--muted);display:flex;justify-content:space-between;align-items:center;min-height:24px}
.title{display:grid;gap:2px}
.title button{justify-self:start;margin-block-start:6px;border-color:var(--accent);color:var(--accent)}
.details summary{cursor:pointer;color:var(--muted);min-height:24px}
pre{font:12px/18px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-block-size:24rem;overflow:auto;background:var(--raised);border-radius:4px;padding:8px 10px}
.task pre,.thought pre,.plan pre,.message pre{font:inherit}
.error pre{color:var(--danger);border-inline-start:3px solid var(--danger);border-radius:0 4px 4px 0}
[data-state=recovered]>.error pre{color:var(--warning);border-color:var(--warning)}
mark{background:color-mix(in srgb,var(--danger) 20%,transparent);color:inherit;box-shadow:inset 3px 0 var(--danger);display:inline-block;inline-size:100%;padding-inline-start:6px}
.copy{border:0;color:var(--muted);font-weight:400;min-height:24px}
form{display:grid;gap:6px;padding:8px;border:1px solid var(--line);border-radius:4px}
form button{justify-self:start;border-color:var(--accent);color:var(--accent)}
select,textarea{background:var(--surface);border:1px solid var(--line);border-radius:4px;padding:2px 6px;min-inline-size:0;inline-size:100%;min-block-size:24px}
textarea{font:12px/18px ui-monospace,monospace}
.more{margin-block-start:4px}
.messages{display:grid;gap:8px}
table{border-collapse:collapse;inline-size:100%}
th,td{text-align:start;vertical-align:top;padding:3px 8px 3px 0;border-block-end:1px solid var(--line);overflow-wrap:anywhere;font-weight:400}
th{color:var(--muted)}
th[scope=row]{padding-inline-end:16px}
td:only-of-type{inline-size:100%}
pre del,pre ins{text-decoration:none;display:inline}
pre del{color:var(--danger)}
pre ins{color:var(--success)}
.comparison{display:grid;gap:8px;margin-block-start:8px}
.comparison table{table-layout:fixed}
.comparison td[colspan]{padding-inline-start:16px}
.comparison td button{border:0;padding:0;text-align:start;color:var(--accent)}
.totals{display:grid;gap:12px;overflow:auto}
.totals table{inline-size:auto;justify-self:start}
.totals th:first-child{min-inline-size:9rem}
.totals .number{padding-inline-start:24px;inline-size:auto}
img{max-inline-size:100%;max-block-size:20rem;display:block;margin-block-start:4px}
.narrow{overflow:auto}
.narrow .panes{grid-template-columns:minmax(0,1fr);min-block-size:24rem}
.narrow .tree{scrollbar-gutter:stable}
.narrow .details{position:absolute;inset-inline:0;border-inline-start:3px solid var(--accent);border-block-end:1px solid var(--line)}
@container (max-width:520px){
.run,.tools,.details,.repairs,.panel{padding-inline:12px}
.head [role=row],.sheet [role=row]{grid-template-columns:minmax(0,1fr) auto;column-gap:6px}
.head [role=row]>:last-child,.sheet [role=row]>:last-child,.scale{display:none}
.sheet .name{--indent:8px}
.name::after{inline-size:min-content;max-inline-size:7em;block-size:24px;white-space:normal}
.sheet .name{grid-area:1/1}
.sheet .number{grid-area:1/2}
.sheet .bar{grid-area:1/1/2/-1;align-self:end;block-size:3px;pointer-events:none}
.sheet .bar::before{inset-block:0}
.answer{white-space:normal}
}
@media (forced-colors:active){
mark{outline:1px solid Highlight}
.band{background:none!important}
.bar::before,.twisty::before,.twisty::after,.chip::before{forced-color-adjust:none}
button[aria-pressed=true],button[aria-expanded=true]{forced-color-adjust:none;background:Highlight;color:HighlightText}
[aria-selected=true]{outline:1px solid Highlight}
:focus-visible{outline-width:3px}
}
`;

/** The system's own colours, where it asks for them: what is told by colour is told by shape and word as well. */
function forced(): string {
  const system: Readonly<Partial<Record<string, string>>> = { surface: 'Canvas', raised: 'Canvas', accent: 'LinkText' };
  const pairs = COLOURS.map((name) => `--${name}:${system[name] ?? 'CanvasText'};`);
  return `@media (forced-colors:active){:host{${pairs.join('')}}}`;
}

let sheet: CSSStyleSheet | undefined;

/** What details and panels look like, and all of it in narrow viewers and where the system has its own colours: fetched with the first trace. */
export function detailsSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(forced() + RULES);
  }
  return sheet;
}
