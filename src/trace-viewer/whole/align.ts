/** What is on both sides, or on one of them alone. */
export interface Aligned<Item> {
  left?: Item;
  right?: Item;
}

const MOST_EDITS = 1500; // memory and time grow with the square of the edits, not of the lengths

/**
 * Two lists side by side with as few lone items as can be (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations",
 * 1986). Lists that differ in more than some thousand places are given one after the other from there on.
 */
export function align<Item>(
  left: readonly Item[],
  right: readonly Item[],
  isSame: (left: Item, right: Item) => boolean,
): Aligned<Item>[] {
  const same = (x: number, y: number) => isSame(left[x] as Item, right[y] as Item);
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && same(head, head)) head += 1;
  let tail = 0;
  while (tail < shorter - head && same(left.length - 1 - tail, right.length - 1 - tail)) tail += 1;
  const pairs = (count: number, x: number, y: number) =>
    Array.from(
      { length: count },
      (_, index): Aligned<Item> => ({ left: left[x + index] as Item, right: right[y + index] as Item }),
    );
  const middle = between(left.slice(head, left.length - tail), right.slice(head, right.length - tail), isSame);
  return [...pairs(head, 0, 0), ...middle, ...pairs(tail, left.length - tail, right.length - tail)];
}

function between<Item>(
  left: readonly Item[],
  right: readonly Item[],
  isSame: (left: Item, right: Item) => boolean,
): Aligned<Item>[] {
  const trail: Map<number, number>[] = [];
  const furthest = new Map([[1, 0]]);
  for (let edits = 0; edits <= Math.min(left.length + right.length, MOST_EDITS); edits++) {
    trail.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDown(furthest, diagonal, edits)
        ? (furthest.get(diagonal + 1) ?? 0)
        : (furthest.get(diagonal - 1) ?? 0) + 1;
      while (x < left.length && x - diagonal < right.length && isSame(left[x] as Item, right[x - diagonal] as Item))
        x += 1;
      furthest.set(diagonal, x);
      if (x >= left.length && x - diagonal >= right.length) return walkBack(left, right, trail);
    }
  }
  return [...left.map((item) => ({ left: item })), ...right.map((item) => ({ right: item }))];
}

function isDown(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return (
    diagonal === -edits ||
    (diagonal !== edits && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1))
  );
}

function walkBack<Item>(
  left: readonly Item[],
  right: readonly Item[],
  trail: readonly ReadonlyMap<number, number>[],
): Aligned<Item>[] {
  const aligned: Aligned<Item>[] = [];
  let x = left.length;
  let y = right.length;
  for (const [edits, furthest] of [...trail.entries()].reverse()) {
    const diagonal = x - y;
    const down = isDown(furthest, diagonal, edits);
    const fromX = edits === 0 ? 0 : (furthest.get(down ? diagonal + 1 : diagonal - 1) ?? 0);
    const fromY = edits === 0 ? 0 : fromX - (down ? diagonal + 1 : diagonal - 1);
    const [editX, editY] = edits === 0 ? [0, 0] : down ? [fromX, fromY + 1] : [fromX + 1, fromY];
    while (x > editX && y > editY) aligned.push({ left: left[--x] as Item, right: right[--y] as Item });
    if (edits === 0) break;
    if (down) aligned.push({ right: right[--y] as Item });
    else aligned.push({ left: left[--x] as Item });
  }
  return aligned.reverse();
}
