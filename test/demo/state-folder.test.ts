import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stateFolder } from '../../scripts/state-folder.mjs';
import { root } from '../../scripts/steps.mjs';

test('workers at different ports keep their runs in different folders, so that none locks the database of another', () => {
  const folders = [8787, 8788, 0].map(stateFolder);

  expect(folders[0]).toBe(join(root, '.wrangler', 'state')); // as before: runs of yesterday are found again
  expect(new Set(folders).size).toBe(3);
});
