import { expect, test } from 'vitest';
import { lockFaults } from '../scripts/lock.mjs';

const integrity = 'sha512-';

test('a lock file is complete when every optional package is found from the package that names it', () => {
  const packages = {
    '': { optionalDependencies: { mac: '1' } },
    'node_modules/mac': { integrity },
    'node_modules/@scope/tool': { integrity, optionalDependencies: { mac: '1', linux: '1' } },
    'node_modules/@scope/tool/node_modules/linux': { integrity, optionalDependencies: { mac: '1' } },
  };

  const faults = lockFaults(packages);

  expect(faults).toEqual([]);
});

test('an optional package that only another package could find is missing, as is a checksum', () => {
  const packages = {
    'node_modules/tool': { integrity, optionalDependencies: { linux: '1' } },
    'node_modules/other/node_modules/linux': {},
  };

  const faults = lockFaults(packages);

  expect(faults).toEqual([
    'node_modules/tool names linux, which is not in the lock file',
    'node_modules/other/node_modules/linux has no integrity',
  ]);
});
