import { matches } from './pattern-matches';
import { programOf } from './pattern-program';
import { REDACTED } from './redacted';

/** A text without its secrets. */
export type Redact = (text: string) => string;

/** The built-in list of key shapes, or patterns of the app's own; `default` among them stands for that list. */
export type RedactPatterns = 'default' | readonly (RegExp | string)[];

const MAX_MS = 40; // of one text, for patterns of the app's own
const MAX_CHARACTERS = 4_000_000; // beyond it the built-in list takes too long as well

// where a word begins, also behind the escapes of JSON text
const WORD_START = String.raw`(?<=(?:^|[^A-Za-z0-9_-])|\\[nrt])`;
const SECRET_NAME = String.raw`(?:[\w.-]{0,40}[_.-])?(?:access|refresh|id|auth|api|session|client)?[_-]?(?:token|key|secret|password|passwd|pwd|signature|sig|auth|credential)s?`;

/** None of these goes back over what it has read: each takes time in proportion to the text, whatever the text. */
const KEY_SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$(?![\s\S]))/g,
    REDACTED,
  ],
  [/(?<=:\/\/)[^\s/?#@"'<>\\]{1,256}@/g, `${REDACTED}@`], // user name and password of an address
  [new RegExp(String.raw`(?<=[?&;#])(${SECRET_NAME}=)[^\s&#"'<>\\]+`, 'gi'), `$1${REDACTED}`],
  [/\b(Bearer|Basic)[ \t]{1,8}[\w.~+/-]{8,}=*/gi, `$1 ${REDACTED}`],
  [new RegExp(String.raw`${WORD_START}eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*`, 'g'), REDACTED], // JSON web token
  [new RegExp(String.raw`${WORD_START}sk-[\w-]{8,}`, 'g'), REDACTED],
  [/(?:hf_|gh[pousr]_|github_pat_)[A-Za-z0-9]{8,}\w*/g, REDACTED],
  [/AKIA[0-9A-Z]{12,}/g, REDACTED],
];

/** The function of an option that `redact.ts` has checked. */
export function redactByPatterns(option: RedactPatterns): Redact {
  const patterns = option === 'default' ? [option] : option;
  const each: Redact[] = patterns.map((pattern) =>
    pattern === 'default' ? withoutKeys : withoutMatches(new RegExp(pattern)),
  );
  return (text) => each.reduce((rest, redact) => (rest === REDACTED ? rest : redact(rest)), text);
}

function withoutKeys(text: string): string {
  if (text.length > MAX_CHARACTERS) return REDACTED;
  return KEY_SHAPES.reduce((rest, [shape, instead]) => rest.replace(shape, instead), text);
}

/** Takes all matches out. A text that takes too long, and any text where the pattern cannot be judged in linear time, goes whole. */
function withoutMatches(pattern: RegExp): Redact {
  const program = programOf(pattern);
  if (!program) return (text) => (text === '' ? text : REDACTED);
  const unicode = pattern.unicode;
  return (text) => {
    const endMs = performance.now() + MAX_MS;
    const found = matches(program, text, { unicode, isOver: () => performance.now() > endMs });
    if (!found) return REDACTED;
    let clean = '';
    let at = 0;
    for (const [start, end] of found) {
      clean += text.slice(at, start) + REDACTED;
      at = end;
    }
    return clean + text.slice(at);
  };
}
