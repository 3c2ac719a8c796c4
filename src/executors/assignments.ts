import type { Identifier, Node, Program } from 'acorn';
import { isNode } from './is-node';

/** A global variable that a script sets, by declaring it at its top or by assigning to it. */
export interface Assignment {
  name: string;
  start: number;
}

/** A place where a script names a variable. */
export interface Reference {
  node: Identifier;
  isCallee: boolean;
  /** As in `{ name }`, which is key and variable at once. */
  isShorthand: boolean;
  /** It is the `print` or `console` of a call that prints. */
  prints: boolean;
}

/** Finds what a script sets and names. Names that an inner function or block has for its own do not count as set. */
export function findAssignments(program: Program): { assignments: Assignment[]; references: Reference[] } {
  const finder = new Finder();
  finder.visit(program, { own: new Set(), isFunction: false }, undefined, '');
  return finder;
}

interface Scope {
  /** Names that belong to an inner function or block. */
  own: ReadonlySet<string>;
  isFunction: boolean;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const BLOCKS = new Set([
  'BlockStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'CatchClause',
  'SwitchStatement',
  'StaticBlock',
]);

class Finder {
  readonly assignments: Assignment[] = [];
  readonly references: Reference[] = [];

  visit(node: Node, scope: Scope, parent: Node | undefined, key: string): void {
    if (isIdentifier(node)) this.#reference(node, parent, key);
    this.#declarations(node, scope, parent);
    const inner = innerScope(node, scope);
    for (const [childKey, child] of Object.entries(node)) {
      if (Array.isArray(child)) {
        for (const item of child) if (isNode(item)) this.visit(item, inner, node, childKey);
      } else if (isNode(child)) this.visit(child, inner, node, childKey);
    }
  }

  #declarations(node: Node, scope: Scope, parent: Node | undefined): void {
    const atTop = parent?.type === 'Program';
    if (is(node, 'AssignmentExpression')) this.#set(part(node, 'left'), scope);
    else if (is(node, 'UpdateExpression')) this.#set(part(node, 'argument'), scope);
    else if (
      (is(node, 'ForOfStatement') || is(node, 'ForInStatement')) &&
      !is(part(node, 'left'), 'VariableDeclaration')
    ) {
      this.#set(part(node, 'left'), scope);
    } else if (is(node, 'VariableDeclaration') && (atTop || (word(node, 'kind') === 'var' && !scope.isFunction))) {
      for (const declarator of parts(node, 'declarations')) this.#set(part(declarator, 'id'), scope);
    } else if (atTop && (is(node, 'FunctionDeclaration') || is(node, 'ClassDeclaration')))
      this.#set(part(node, 'id'), scope);
    else if (atTop && is(node, 'ImportDeclaration')) {
      for (const specifier of parts(node, 'specifiers')) this.#set(part(specifier, 'local'), scope);
    }
  }

  #set(pattern: Node | undefined, scope: Scope): void {
    for (const { name, start } of patternNames(pattern))
      if (!scope.own.has(name)) this.assignments.push({ name, start });
  }

  #reference(node: Identifier, parent: Node | undefined, key: string): void {
    const isPlainKey = parent !== undefined && word(parent, 'computed') !== 'true';
    if (isPlainKey && is(parent, 'MemberExpression') && key === 'property') {
      const object = part(parent, 'object');
      if (object && isIdentifier(object) && object.name === 'console')
        this.references.push(reference(object, false, true));
      return;
    }
    const isShorthand = parent !== undefined && is(parent, 'Property') && word(parent, 'shorthand') === 'true';
    if (isPlainKey && key === 'key' && !isShorthand) return;
    if (isShorthand && key === 'key') return; // its value is visited as well
    const isCallee = parent !== undefined && is(parent, 'CallExpression') && key === 'callee';
    this.references.push({ ...reference(node, isCallee, isCallee && node.name === 'print'), isShorthand });
  }
}

function reference(node: Identifier, isCallee: boolean, prints: boolean): Reference {
  return { node, isCallee, isShorthand: false, prints };
}

function innerScope(node: Node, scope: Scope): Scope {
  const isFunction = FUNCTIONS.has(node.type);
  if (!isFunction && !BLOCKS.has(node.type)) return scope;
  const own = new Set(scope.own);
  for (const parameter of parts(node, 'params')) addNames(own, parameter);
  if (is(node, 'FunctionExpression')) addNames(own, part(node, 'id'));
  addNames(own, is(node, 'CatchClause') ? part(node, 'param') : undefined);
  const head = part(node, 'init') ?? part(node, 'left');
  const statements = [
    ...parts(node, 'body'),
    ...parts(node, 'cases').flatMap((one) => parts(one, 'consequent')),
    ...(head ? [head] : []),
  ];
  for (const statement of statements) addDeclared(own, statement, isFunction || scope.isFunction);
  if (isFunction) addVars(own, part(node, 'body'));
  return { own, isFunction: isFunction || scope.isFunction };
}

/** Names that one statement of a block gives to the block. */
function addDeclared(own: Set<string>, statement: Node, withVar: boolean): void {
  if (is(statement, 'FunctionDeclaration') || is(statement, 'ClassDeclaration')) addNames(own, part(statement, 'id'));
  if (!is(statement, 'VariableDeclaration') || (word(statement, 'kind') === 'var' && !withVar)) return;
  for (const declarator of parts(statement, 'declarations')) addNames(own, part(declarator, 'id'));
}

/** `var` belongs to the whole function, from wherever in it. */
function addVars(own: Set<string>, node: Node | undefined): void {
  if (!node || FUNCTIONS.has(node.type)) return;
  addDeclared(own, node, true);
  for (const child of Object.values(node)) {
    for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) addVars(own, item);
  }
}

function addNames(own: Set<string>, pattern: Node | undefined): void {
  for (const { name } of patternNames(pattern)) own.add(name);
}

/** The variables that a pattern such as `{ a, b: [c = 1, ...d] }` sets. */
function patternNames(pattern: Node | undefined): Identifier[] {
  if (!pattern) return [];
  if (isIdentifier(pattern)) return [pattern];
  if (is(pattern, 'ObjectPattern'))
    return parts(pattern, 'properties').flatMap((property) => patternNames(part(property, 'value') ?? property));
  if (is(pattern, 'ArrayPattern')) return parts(pattern, 'elements').flatMap((element) => patternNames(element));
  if (is(pattern, 'AssignmentPattern')) return patternNames(part(pattern, 'left'));
  if (is(pattern, 'RestElement')) return patternNames(part(pattern, 'argument'));
  return [];
}

function is(node: Node | undefined, type: string): boolean {
  return node?.type === type;
}

function isIdentifier(node: Node): node is Identifier {
  return node.type === 'Identifier';
}

function field(node: Node, key: string): unknown {
  return Object.entries(node).find(([name]) => name === key)?.[1];
}

function part(node: Node, key: string): Node | undefined {
  const child = field(node, key);
  return isNode(child) ? child : undefined;
}

function parts(node: Node, key: string): Node[] {
  const child = field(node, key);
  return Array.isArray(child) ? child.filter(isNode) : [];
}

function word(node: Node, key: string): string {
  return String(field(node, key));
}
