type Fact = string | number | boolean | undefined | ((event: Event) => void);

/** An element with attributes (false and undefined: none), listeners (functions, by the event's name) and children; texts become text nodes. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  facts: Readonly<Record<string, Fact>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  setFacts(node, facts);
  node.append(...children);
  return node;
}

/** Sets and takes away attributes; leaves alone those that are right, so that an update costs what it changes. */
export function setFacts(node: HTMLElement, facts: Readonly<Record<string, Fact>>): void {
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact === 'function') node.addEventListener(name, fact);
    else if (fact === undefined || fact === false) node.removeAttribute(name);
    else {
      const text = fact === true ? '' : String(fact);
      if (node.getAttribute(name) !== text) node.setAttribute(name, text);
    }
  }
}

/** Shows a text, where it is not the one shown. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Content that is made when it is opened. */
export function folded(title: string, content: () => readonly Node[]): HTMLDetailsElement {
  const node = make('details', {}, make('summary', {}, title));
  node.addEventListener('toggle', () => node.append(...content()), { once: true });
  return node;
}
