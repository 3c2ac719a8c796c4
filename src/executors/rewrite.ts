import type { Node, Program } from 'acorn';
import { type Assignment, findAssignments, type Reference } from './assignments';
import { findMarks } from './marks';
import { refusedImport } from './refused-import';

/** A step's code made ready for the engine, with the lines, and nearly always the columns, that it had. */
export interface PreparedCode {
  code: string;
  /** Variables that begin this step as undefined: `let x;` and classes. */
  reset: readonly string[];
  /** Global variables that the code sets. */
  names: readonly string[];
  /** Whether its last statement has a value; a declaration or a loop has none. */
  hasValue: boolean;
  printedLast: boolean;
  /** Line of the only `await` outside of functions: where code that waits is. Absent where there are several. */
  awaitLine?: number;
}

export interface RefusedCode {
  kind: 'error' | 'syntax';
  name: string;
  message: string;
  /** From 1. */
  line: number;
}

export interface RewriteOptions {
  /** Names of the tools. */
  functions: readonly string[];
  /** Names that `import` may use. */
  modules: readonly string[];
}

const FINAL_ANSWER = 'final_answer';
/** Stands for a variable that the model has called `final_answer`; as long, so that columns stay. */
const FINAL_ANSWER_VARIABLE = 'finalAnswer_';

/**
 * Makes one step's code a script whose variables outlive it and may be declared again: at its top `let` and `const` become `var`,
 * a class an assignment, `import` an awaited `import()`. Gives what is wrong where the code cannot be run.
 */
export async function rewrite(code: string, options: RewriteOptions): Promise<PreparedCode | RefusedCode> {
  const { parse } = await import('acorn'); // 34 KB gzipped: only who runs code pays
  let program: Program;
  try {
    program = parse(code, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowAwaitOutsideFunction: true,
      allowImportExportEverywhere: true,
    });
  } catch (error) {
    return syntaxError(code, error);
  }
  const { assignments, references } = findAssignments(program);
  const calls = references.some(({ node, isCallee }) => isCallee && node.name === FINAL_ANSWER);
  const refused = refusedName(code, assignments, [...options.functions, ...(calls ? [] : [FINAL_ANSWER])]);
  if (refused) return refused;
  const { marks, awaits } = findMarks(program);
  const edits: Edit[] = [...marks]; // first, so that they come before an edit of the same place
  const reset: string[] = [];
  for (const statement of program.body) {
    const problem = editStatement(code, statement, options.modules, edits, reset);
    if (problem) return problem;
  }
  if (assignments.some(({ name }) => name === FINAL_ANSWER)) renameFinalAnswer(references, edits);
  const names = [...new Set(assignments.map(({ name }) => name))];
  const last = program.body.at(-1);
  const [waitsAt] = awaits;
  const hasValue = last !== undefined && VALUED.has(last.type);
  return {
    code: hasValue ? applyEdits(code, edits) : `${applyEdits(code, edits)}\n;void 0;`, // else an earlier statement's promise counts as awaited
    reset,
    names: names.map((name) => (name === FINAL_ANSWER ? FINAL_ANSWER_VARIABLE : name)),
    hasValue,
    printedLast:
      last !== undefined && references.some((reference) => reference.prints && isWithin(reference.node, last)),
    ...(waitsAt !== undefined && awaits.length === 1 && { awaitLine: lineAt(code, waitsAt) }),
  };
}

/** Statements that are worth looking at the value of. */
const VALUED = new Set(['ExpressionStatement', 'IfStatement', 'TryStatement', 'BlockStatement', 'SwitchStatement']);

interface Edit {
  start: number;
  end: number;
  text: string;
}

function isWithin(node: Node, outer: Node): boolean {
  return node.start >= outer.start && node.end <= outer.end;
}

function applyEdits(code: string, edits: Edit[]): string {
  let text = '';
  let at = 0;
  for (const edit of edits.toSorted((left, right) => left.start - right.start)) {
    text += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + code.slice(at);
}

function editStatement(
  code: string,
  statement: Program['body'][number],
  modules: readonly string[],
  edits: Edit[],
  reset: string[],
): RefusedCode | undefined {
  if (statement.type === 'VariableDeclaration' && (statement.kind === 'let' || statement.kind === 'const')) {
    edits.push({
      start: statement.start,
      end: statement.start + statement.kind.length,
      text: 'var'.padEnd(statement.kind.length),
    });
    for (const { id, init } of statement.declarations) if (!init && id.type === 'Identifier') reset.push(id.name);
  }
  if (statement.type === 'ClassDeclaration') {
    const { name, start, end } = statement.id;
    const gap = code.slice(statement.start + 'class'.length, start);
    edits.push({ start: statement.start, end, text: `${name}=class${gap}${name}` }); // the inner name is what its own static parts see
    edits.push({ start: statement.end, end: statement.end, text: ';' });
    reset.push(name);
  }
  if (statement.type === 'ImportDeclaration') {
    const module = String(statement.source.value);
    if (!modules.includes(module)) {
      return {
        kind: 'error',
        name: 'Error',
        message: refusedImport(module, modules),
        line: lineAt(code, statement.start),
      };
    }
    edits.push({ start: statement.start, end: statement.end, text: importText(code, statement) });
  }
  if (!statement.type.startsWith('Export')) return undefined;
  const message = withCaret(
    "'export' has no place here: variables live on in the next step by themselves",
    code,
    statement.start,
  );
  return { kind: 'syntax', name: 'SyntaxError', message, line: lineAt(code, statement.start) };
}

type ImportDeclaration = Extract<Program['body'][number], { type: 'ImportDeclaration' }>;

function importText(code: string, { specifiers, source, start, end }: ImportDeclaration): string {
  const load = `await import(${JSON.stringify(String(source.value))})`;
  const lineEnds = '\n'.repeat(code.slice(start, end).split('\n').length - 1);
  if (specifiers.length === 0) return `${load};${lineEnds}`;
  const parts: string[] = [];
  const named: string[] = [];
  for (const specifier of specifiers) {
    const local = specifier.local.name;
    if (specifier.type === 'ImportNamespaceSpecifier') parts.push(`${local}=${load}`);
    else if (specifier.type === 'ImportDefaultSpecifier') named.push(`default:${local}`);
    else if (specifier.imported.type === 'Identifier') named.push(`${specifier.imported.name}:${local}`);
    else named.push(`${JSON.stringify(specifier.imported.value)}:${local}`);
  }
  if (named.length > 0) parts.push(`{${named.join(',')}}=${load}`);
  return `var ${parts.join(',')};${lineEnds}`;
}

function refusedName(
  code: string,
  assignments: readonly Assignment[],
  names: readonly string[],
): RefusedCode | undefined {
  const found = assignments.find(({ name }) => names.includes(name));
  if (!found) return undefined;
  const message = `${found.name} is a tool: its name cannot be assigned to. Use another variable name.`;
  return { kind: 'error', name: 'TypeError', message, line: lineAt(code, found.start) };
}

function renameFinalAnswer(references: readonly Reference[], edits: Edit[]): void {
  for (const { node, isCallee, isShorthand } of references) {
    if (node.name !== FINAL_ANSWER || isCallee) continue;
    const text = isShorthand ? `${FINAL_ANSWER}:${FINAL_ANSWER_VARIABLE}` : FINAL_ANSWER_VARIABLE;
    edits.push({ start: node.start, end: node.end, text });
  }
}

function syntaxError(code: string, error: unknown): RefusedCode {
  if (!(error instanceof SyntaxError)) {
    return { kind: 'syntax', name: 'SyntaxError', message: 'the code is nested too deep to be read', line: 1 };
  }
  const { pos } = error as SyntaxError & { pos?: number }; // acorn puts it there
  const at = typeof pos === 'number' ? pos : 0;
  const hint = looksTyped(code, at)
    ? 'Type annotations are not supported: write plain JavaScript, not TypeScript. '
    : '';
  return {
    kind: 'syntax',
    name: 'SyntaxError',
    message: withCaret(hint + error.message, code, at),
    line: lineAt(code, at),
  };
}

const TYPED_STATEMENT = /^\s*(?:export\s+)?(?:declare\s+)?(?:interface|type|enum|namespace|abstract\s+class)\s+\w+/;

/** Whether what the parser fell over looks like TypeScript: `: string`, `as T`, `interface X`, `f<T>()`, `x!`. */
function looksTyped(code: string, at: number): boolean {
  const { text, column } = lineOf(code, at);
  if (TYPED_STATEMENT.test(text)) return true;
  const before = text.slice(0, column);
  const after = text.slice(column);
  // an earlier colon in the line is more likely an object's, which was taken for a block with labels
  if (/^\?*:\s*[\w{[(]/.test(after) && /[\w)\]}?]\s*$/.test(before) && !before.includes(':')) return true;
  if (/^(?:as|satisfies)\s+[\w{[]/.test(after)) return true;
  return /^(?:\w+\s*[(:;=])/.test(after) && /\b(?:private|public|protected|readonly|import\s+type)\s+$/.test(before);
}

function withCaret(message: string, code: string, at: number): string {
  const { text, column } = lineOf(code, at);
  const from = Math.max(0, column - 100); // a line may be a whole minified file
  return `${message}\n${text.slice(from, from + 200)}\n${' '.repeat(column - from)}^`;
}

function lineOf(code: string, at: number): { text: string; column: number } {
  const start = code.lastIndexOf('\n', at - 1) + 1;
  const end = code.indexOf('\n', start);
  return { text: code.slice(start, end < 0 ? undefined : end), column: at - start };
}

function lineAt(code: string, at: number): number {
  return code.slice(0, at).split('\n').length;
}
