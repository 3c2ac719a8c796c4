import type { Node, Program } from 'acorn';
import { isNode } from './is-node';

/** What the guest has under these names takes down where the model's code throws and imports (`quickjs/guest/traces.ts`). */
export const THROWN = 'thrownHere_';
export const IMPORTED = 'importedHere_';

export interface Mark {
  start: number;
  end: number;
  text: string;
}

/**
 * Insertions that take down the lines of a script which the engine does not tell: of a thrown value that is no error, and
 * of an import that fails. `awaits` are the places where the script itself waits, not a function in it.
 */
export function findMarks(program: Program): { marks: Mark[]; awaits: number[] } {
  const marks: Mark[] = [];
  const awaits: number[] = [];
  const wrap = ({ start, end }: Node, before: string, after: string) => {
    marks.push({ start, end: start, text: before }, { start: end, end, text: after });
  };
  const visit = (node: Node, atTop: boolean): void => {
    const type: string = node.type;
    const argument = 'argument' in node && isNode(node.argument) ? node.argument : undefined;
    if (type === 'ThrowStatement' && argument && !makesError(argument)) wrap(argument, `${THROWN}((`, '))');
    if (type === 'ImportExpression') wrap(node, `${IMPORTED}(`, ')');
    const waits = type === 'AwaitExpression' || (type === 'ForOfStatement' && 'await' in node && node.await === true);
    if (waits && atTop) awaits.push(node.start);
    const inner = atTop && !/Function|^(?:PropertyDefinition|StaticBlock)/.test(type);
    for (const child of Object.values(node)) {
      for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) visit(item, inner);
    }
  };
  visit(program, true);
  return { marks, awaits };
}

/** As in `throw new RangeError('x')`: its stack tells the line. */
function makesError(node: Node): boolean {
  if (node.type !== 'NewExpression' || !('callee' in node) || !isNode(node.callee)) return false;
  return 'name' in node.callee && String(node.callee.name).endsWith('Error');
}
