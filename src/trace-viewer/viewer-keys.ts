import type { TreeGrid } from './tree-grid';

/** What keys do besides moving in the tree. */
export interface KeyCommands {
  goToError(direction: 1 | -1): void;
  goToHit(direction: 1 | -1): void;
  focusSearch(): void;
  toggleFolds(): void;
  toggleRaw(): void;
  toggleKeys(): void;
}

/** Listens to the keys of a viewer: only while the focus is inside it, and in no field. */
export function keysOf(commands: KeyCommands, tree: TreeGrid): (event: KeyboardEvent) => void {
  const keys: Readonly<Record<string, () => void>> = {
    '/': () => commands.focusSearch(),
    n: () => commands.goToHit(1),
    N: () => commands.goToHit(-1),
    e: () => commands.goToError(1),
    E: () => commands.goToError(-1),
    f: () => tree.follow(!tree.isFollowing),
    z: () => tree.zoom('row'),
    '0': () => tree.zoom('all'),
    '-': () => commands.toggleFolds(),
    r: () => commands.toggleRaw(),
    '?': () => commands.toggleKeys(),
  };
  return (event) => {
    const [target] = event.composedPath();
    const isForPage = event.ctrlKey && event.key !== 'Home' && event.key !== 'End';
    if (!(target instanceof HTMLElement) || isForPage || event.metaKey || event.altKey) return;
    if (target.matches('input, textarea, select')) return;
    const isInTree = tree.grid.contains(target);
    const isLetter = event.key.length === 1 && (event.key !== ' ' || tree.isTyping);
    const command = isInTree && tree.isTyping ? undefined : keys[event.key];
    if (command) command();
    else if (isInTree && isLetter) tree.typeAhead(event.key);
    else if (!isInTree || !tree.key(event)) return;
    event.preventDefault();
  };
}
