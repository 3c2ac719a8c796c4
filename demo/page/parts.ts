/** The element of the page with that id. Throws where it is missing or of another kind: the page and its script differ then. */
export function part<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no #${id} that is a ${kind.name}`);
}

/** An element with a text or children; all that others wrote is text. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  facts: Readonly<Record<string, string>> = {},
  ...children: readonly (string | Node)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
