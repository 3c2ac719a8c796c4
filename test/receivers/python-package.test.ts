import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cacheFolder } from '../../scripts/cache.mjs';
import { installPython, NotInstalledError } from '../../scripts/receivers/python-package.mjs';

test('a package that cannot be had is told by name, and nothing half made stays behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'requirements-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, './there-is-no-such.whl\n');

  const installing = installPython({ name: 'nothing', version: '0', requirements });

  await expect(installing).rejects.toThrow(NotInstalledError);
  await expect(installing).rejects.toThrow('nothing 0 could not be installed');
  expect(readdirSync(cacheFolder).filter((name) => name.startsWith('nothing'))).toEqual([]);
});
