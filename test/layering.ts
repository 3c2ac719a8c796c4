import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

/** Rooms of `src`, a folder or a file at its top each, in the order in which they may be imported. */
const ROOMS = [
  'errors',
  'web',
  'executors',
  'tools',
  'models',
  'memory',
  'agents',
  'telemetry',
  'trace-viewer',
  'testing',
  'worker',
  'index',
  'runtimes',
];
const DOORS = [
  /^index\.ts$/,
  /^telemetry\/(index|zone)\.ts$/,
  /^trace-viewer\/index\.ts$/,
  /^testing\/index\.ts$/,
  /^worker\/index\.ts$/,
  /^runtimes\//,
];
/** The one import that points down the list: what a runtime gives, resolved by the conditions of whoever uses the package. */
const RUNTIME = '#runtime';
const MAX_LINES = 300;
const VAGUE_NAMES = ['utils', 'helpers', 'common', 'types'];

/** What `layeringFaults` needs to know of one file. */
interface Source {
  path: string;
  text: string;
  /** Everything it imports, types and lazy imports included, as written. */
  specifiers: string[];
  /** Whether it exports what another file made. */
  reexports: boolean;
}

/** What is judged. */
interface Package {
  /** Texts of the source files by path below `src`, with `/`. */
  files: ReadonlyMap<string, string>;
  /** What whoever installs the package gets with it. */
  dependencies: readonly string[];
}

/** What breaks the order of the rooms (`style.md`), one line each. */
export function layeringFaults({ files, dependencies }: Package): string[] {
  const sources = [...files].map(([path, text]) => read(path, text));
  return sources
    .flatMap(({ path, specifiers }) =>
      specifiers.flatMap((specifier) =>
        specifier.startsWith('.')
          ? relativeFaults(path, specifier, files)
          : packageFaults(path, specifier, dependencies),
      ),
    )
    .concat(sources.flatMap(shapeFaults), circleFaults(sources, files));
}

function read(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const specifiers: string[] = [];
  const imported = new Set<string>();
  let reexports = false;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier) specifiers.push(specifier.text);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) reexports = true;
    if (ts.isImportClause(node) && node.name) imported.add(node.name.text);
    if (ts.isImportSpecifier(node) || ts.isNamespaceImport(node)) imported.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  for (const node of tree.statements) {
    if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) continue;
    reexports ||= node.exportClause.elements.some(({ name, propertyName }) =>
      imported.has((propertyName ?? name).text),
    );
  }
  return { path, text, specifiers, reexports };
}

/** The text that names a module, of any node that imports one. */
function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  let specifier: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
  else if (ts.isImportTypeNode(node))
    specifier = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  else if (ts.isExternalModuleReference(node)) specifier = node.expression;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    specifier = node.arguments[0];
  return specifier && ts.isStringLiteralLike(specifier) ? specifier : undefined;
}

function shapeFaults({ path, text, reexports }: Source): string[] {
  const faults: string[] = [];
  const lines = text.trimEnd().split('\n').length;
  if (lines > MAX_LINES) faults.push(`${path} has ${lines} lines, more than ${MAX_LINES}`);
  if (VAGUE_NAMES.includes(posix.basename(path, '.ts'))) faults.push(`${path} is named for no purpose`);
  if (rank(path) < 0) faults.push(`${path} lies in no room`);
  if (reexports && !DOORS.some((door) => door.test(path))) faults.push(`${path} re-exports and is no door`);
  return faults;
}

function packageFaults(path: string, specifier: string, dependencies: readonly string[]): string[] {
  if (specifier === RUNTIME) return [];
  if (isBuiltin(specifier) || specifier.startsWith('cloudflare:')) {
    return room(path) === 'runtimes' ? [] : [`${path} imports ${specifier}, which not every runtime has`];
  }
  if (specifier.startsWith('@opentelemetry/') && rank(path) < ROOMS.indexOf('telemetry')) {
    return [`${path} imports ${specifier}, and lies above telemetry`];
  }
  const known = dependencies.some((name) => specifier === name || specifier.startsWith(`${name}/`));
  return known ? [] : [`${path} imports ${specifier}, which is no dependency of the package`];
}

function relativeFaults(path: string, specifier: string, files: ReadonlyMap<string, string>): string[] {
  if (/\.[cm]?[jt]s$/.test(specifier)) return [`${path} imports ${specifier} with an extension`];
  const target = targetOf(path, specifier);
  if (target.startsWith('..')) return [`${path} imports ${specifier}, which lies outside src`];
  if (target.endsWith('.ts') && !files.has(target)) return [`${path} imports ${specifier}, which does not exist`];
  return rank(target) > rank(path) ? [`${path} imports ${target}, which lies below it`] : [];
}

/** One line for each circle of files, told from its first file in the alphabet. */
function circleFaults(sources: readonly Source[], files: ReadonlyMap<string, string>): string[] {
  const imports = new Map(
    sources.map(({ path, specifiers }) => [
      path,
      specifiers.filter((specifier) => specifier.startsWith('.')).map((specifier) => targetOf(path, specifier)),
    ]),
  );
  const faults = new Set<string>();
  const done = new Set<string>();
  const follow = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const circle = trail.slice(start);
      const first = circle.indexOf([...circle].sort()[0] ?? path);
      faults.add(`circle: ${[...circle.slice(first), ...circle.slice(0, first + 1)].join(' > ')}`);
    }
    if (start >= 0 || done.has(path) || !files.has(path)) return;
    for (const next of imports.get(path) ?? []) follow(next, [...trail, path]);
    done.add(path);
  };
  for (const path of files.keys()) follow(path, []);
  return [...faults];
}

/** Path below `src` of what a relative import names; an asset such as `.wasm` keeps its extension. */
function targetOf(path: string, specifier: string): string {
  const target = posix.join(posix.dirname(path), specifier);
  return /\.(wasm|json)$/.test(target) ? target : `${target}.ts`;
}

function room(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

function rank(path: string): number {
  return ROOMS.indexOf(room(path));
}
