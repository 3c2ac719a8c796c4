import type { ForkEdits } from 'smolagents-web';

/** What was edited for a branch, such as `, with other code`; empty where nothing was. */
export function editText({ managed = {}, ...own }: ForkEdits): string {
  const told = editsOf(own);
  const here = told.length === 0 ? '' : `, with ${told.join(' and ')}`;
  const [inside] = Object.values(managed);
  return inside ? `${here}, inside it from step ${inside.step} of a managed agent on${editText(inside)}` : here;
}

function editsOf({ task, earlier = {}, reply, code, results = {} }: Omit<ForkEdits, 'managed'>): string[] {
  const told: string[] = [];
  if (task !== undefined) told.push('another task');
  for (const [step, { said, seen }] of Object.entries(earlier)) {
    if (said !== undefined) told.push(`another reply in step ${step}`);
    if (seen !== undefined) told.push(`another observation in step ${step}`);
  }
  if (reply !== undefined) told.push('another reply');
  if (code !== undefined) told.push('other code');
  const changed = Object.keys(results).length;
  if (changed > 0) told.push(changed === 1 ? 'another result' : 'other results');
  return told;
}
