/** What a page may set: fonts, sizes and colours, as custom properties of the element. */
const LIGHT = {
  surface: '#ffffff',
  raised: '#f5f6f8',
  text: '#1a1d23',
  muted: '#5a6270',
  line: '#dfe2e8',
  accent: '#1f5fd6',
  danger: '#b3261e',
  warning: '#8a5300',
  success: '#1a6e3c',
  agent: '#6d4fc4',
  model: '#2563c9',
  tool: '#0f7b6c',
  code: '#a3560b',
};
const DARK: typeof LIGHT = {
  surface: '#14161a',
  raised: '#1d2026',
  text: '#e7e9ee',
  muted: '#a2a9b6',
  line: '#2e333c',
  accent: '#84aefc',
  danger: '#ff8f85',
  warning: '#f0b35a',
  success: '#6fce95',
  agent: '#b9a3f5',
  model: '#7fb0ff',
  tool: '#55cbb8',
  code: '#f0a45c',
};

function colours(of: typeof LIGHT): string {
  return Object.entries(of)
    .map(([name, colour]) => `--${name}:var(--agent-trace-${name},${colour});`)
    .join('');
}

/** Where the browser knows no `light-dark()`, the system's setting decides, and not the page's `color-scheme`. */
function bothSchemes(): string {
  const pairs = Object.entries(LIGHT).map(([name, colour]) => {
    const dark = Object.entries(DARK).find(([other]) => other === name)?.[1];
    return `--${name}:var(--agent-trace-${name},light-dark(${colour},${dark}));`;
  });
  return `:host{${colours(LIGHT)}}@media (prefers-color-scheme:dark){:host{${colours(DARK)}}}@supports (color:light-dark(red,red)){:host{${pairs.join('')}}}`;
}

/** The custom properties of all colours. */
export const COLOURS = Object.keys(LIGHT);

const RULES = `
:host{display:block;color-scheme:inherit;container-type:inline-size;block-size:42rem;color:var(--text);background:var(--surface);
font:var(--agent-trace-font,13px/1.5 system-ui,sans-serif);font-variant-numeric:tabular-nums;border:1px solid var(--line);border-radius:6px;overflow:hidden;text-align:start}
:host([hidden]){display:none}
*{box-sizing:border-box}
h2,h3,h4,p,pre,section{margin:0}
h2{font-size:15px;font-weight:600;line-height:20px;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
button,input,select,textarea,summary{font:inherit;color:inherit}
button{background:none;border:1px solid var(--line);border-radius:4px;padding:0 8px;min-height:24px;cursor:pointer}
button:hover{background:var(--raised)}
button[aria-pressed=true],button[aria-expanded=true]{border-color:var(--accent);color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
a{color:var(--accent)}
[hidden]{display:none!important}
.viewer{display:flex;flex-direction:column;block-size:100%;min-block-size:0}
.run{padding:12px 16px 8px;display:grid;gap:4px}
.outcome{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:baseline}
.answer{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-inline-size:60ch}
.answer:empty{display:none}
.facts{color:var(--muted);overflow-wrap:anywhere}
.chip{font-weight:600}
.chip::before{content:"";display:inline-block;inline-size:8px;block-size:8px;border-radius:50%;background:currentColor;margin-inline-end:6px}
.chip[data-outcome=answered]{color:var(--success)}
.chip[data-outcome=failed]{color:var(--danger)}
.chip[data-outcome=failed]::before{border-radius:0;transform:rotate(45deg)}
.chip[data-outcome=stopped],.chip[data-outcome=waiting]{color:var(--warning)}
.chip[data-outcome=stopped]::before{border-radius:0}
.chip[data-outcome=running]{color:var(--accent)}
.error-button{color:var(--danger);border-color:currentColor;justify-self:start;max-inline-size:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.error-button[data-state=recovered]{color:var(--warning)}
.band{flex:none;block-size:6px;background-color:var(--raised);forced-color-adjust:none}
.tools{display:flex;flex-wrap:wrap;gap:4px 12px;padding:8px 16px;border-block-end:1px solid var(--line);align-items:center}
.tools input{flex:1 1 12rem;min-inline-size:8rem;background:none;border:1px solid var(--line);border-radius:4px;padding:0 8px;min-block-size:24px}
.group{display:flex;flex-wrap:wrap;gap:4px}
.note{color:var(--muted)}
.panes{flex:1;min-block-size:0;display:grid;grid-template-columns:minmax(0,3fr) minmax(18rem,2fr)}
.tree{overflow:auto;min-block-size:0;position:relative}
.head{position:sticky;inset-block-start:0;z-index:1;background:var(--surface);color:var(--muted);font-size:12px;border-block-end:1px solid var(--line)}
.head [role=row],.sheet [role=row]{display:grid;grid-template-columns:minmax(0,2fr) minmax(4rem,1fr) 5rem 4.2rem;block-size:24px;line-height:24px;padding-inline:12px;column-gap:8px}
.sheet{position:relative}
.sheet [role=row]{contain:strict;position:absolute;inset-inline:0;cursor:default;outline-offset:-2px}
.sheet [role=row]:hover{background:var(--raised)}
.sheet [aria-selected=true]{background:color-mix(in srgb,var(--accent) 14%,transparent)!important}
.number{text-align:end;white-space:nowrap;unicode-bidi:plaintext}
.sheet .number{color:var(--muted)}
.scale{text-align:start;white-space:nowrap;overflow:hidden}
.name{--indent:14px;padding-inline-start:calc(var(--depth,0)*var(--indent));display:flex;align-items:center;min-inline-size:0;gap:6px}
.name::after{content:attr(data-word);font-size:11px;font-weight:600;color:var(--state);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;flex:none;max-inline-size:min(12em,45%)}
[data-kind=step] .name::before{content:var(--agent-trace-step-word);order:1;font-size:11px;color:var(--muted);white-space:nowrap}
.label{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.twisty{flex:none;inline-size:20px;block-size:24px;display:flex;align-items:center;justify-content:space-between;font-style:normal}
.twisty::before{content:"";border:4px solid transparent;border-inline-start-color:var(--muted);border-inline-end-width:0;margin-inline-start:2px;visibility:hidden}
[aria-expanded] .twisty::before{visibility:visible}
[aria-expanded=true] .twisty::before{transform:rotate(90deg)}
.twisty::after{content:"";inline-size:8px;block-size:8px;background:var(--kind)}
[data-kind]{--kind:var(--muted)}
[data-kind=agent]{--kind:var(--agent)}
[data-kind=model],[data-kind=plan]{--kind:var(--model)}
[data-kind=tool]{--kind:var(--tool)}
[data-kind=code]{--kind:var(--code)}
[data-kind=agent] .twisty::after{border-radius:50%}
[data-kind=model] .twisty::after,[data-kind=plan] .twisty::after{clip-path:polygon(50% 0,100% 100%,0 100%)}
[data-kind=tool] .twisty::after{transform:rotate(45deg) scale(.85)}
[data-kind=step] .twisty::after{block-size:2px}
[data-kind=agent] .label,[data-kind=step] .label{font-weight:500}
[data-state]{--state:var(--muted)}
[data-state=failed]{--state:var(--danger)}
[data-state=recovered]{--state:var(--warning)}
[data-state=failed] .label{color:var(--danger)}
[data-state=recovered] .name[data-word] .label{color:var(--warning)}
.bar{position:relative;overflow:hidden;background-image:var(--folds)}
.bar::before{content:"";position:absolute;inset-block:8px;inset-inline-start:min(var(--from),100% - 2px);inline-size:max(2px,var(--size));background:var(--kind);border-radius:1px}
[data-kind=step] .bar::before{inset-block:11px;background:var(--muted)}
[data-state=failed] .bar::before{background:var(--danger)}
[data-state=running] .bar::before{opacity:.55}
.bar[data-outside]::before{display:none}
.empty{flex:1;display:grid;place-content:center;justify-items:center;gap:12px;padding:24px;text-align:center}
.problem{color:var(--danger);overflow-wrap:anywhere}
.dropping{outline:2px dashed var(--accent);outline-offset:-4px}
.unseen{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (prefers-reduced-motion:no-preference){.twisty::before{transition:transform .1s}}
`;

let sheet: CSSStyleSheet | undefined;

/** What all viewers of a page share: header, tools, tree. Made when the first one is. */
export function styleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(bothSchemes() + RULES);
  }
  return sheet;
}
