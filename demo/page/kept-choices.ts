import { part } from './parts';

const PLACE = 'smolagents-web choices';
/** What holds or may hold a key is in no storage. */
const IS_SECRET = 'input[type=password]';
const FIELDS = 'input, select, textarea';

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Keeps what the form says for this tab, so that it is there again after the page was loaded again. Keys are left out. */
export function keepChoices(): void {
  const kept: Record<string, string | boolean> = {};
  for (const field of fields()) if (!mayHoldKey(field)) kept[nameOf(field)] = isTicked(field) ?? field.value;
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // a browser that keeps nothing for this page: the choices are gone with it
  }
}

/** Fills the form in as it was. What is kept and fits no field any more is left. */
export function restoreChoices(): void {
  const kept = readKept();
  for (const field of fields()) {
    const value = Object.hasOwn(kept, nameOf(field)) ? kept[nameOf(field)] : undefined;
    if (typeof value === 'boolean' && field instanceof HTMLInputElement) field.checked = value;
    else if (typeof value === 'string' && fits(field, value)) field.value = value;
  }
}

function readKept(): Record<string, unknown> {
  try {
    return { ...JSON.parse(sessionStorage.getItem(PLACE) ?? '{}') };
  } catch {
    return {};
  }
}

function fields(): Field[] {
  const all = part('ask', HTMLFormElement).querySelectorAll<Field>(FIELDS);
  return Array.from(all).filter((field) => !field.matches(IS_SECRET));
}

/** An address may carry a name, a password or a key: kept is one that is whole and has none of them. */
function mayHoldKey({ type, value }: Field): boolean {
  if (type !== 'url' || value === '') return false;
  if (!URL.canParse(value)) return true;
  const { protocol, username, password, search, hash } = new URL(value);
  return !/^https?:$/.test(protocol) || `${username}${password}${search}${hash}` !== '';
}

function nameOf(field: Field): string {
  return field.id || `${field.name} ${field.value}`;
}

function isTicked(field: Field): boolean | undefined {
  const isBox = field instanceof HTMLInputElement && ['radio', 'checkbox'].includes(field.type);
  return isBox ? field.checked : undefined;
}

function fits(field: Field, value: string): boolean {
  return !(field instanceof HTMLSelectElement) || Array.from(field.options, (option) => option.value).includes(value);
}
