import type { Node } from 'acorn';

/** Whether a part of a syntax tree is a node of it, and not a name, a flag or a list. */
export function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}
