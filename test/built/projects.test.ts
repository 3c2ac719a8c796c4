import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { installProject, lockedDependencies, projectNames } from '../../scripts/projects.mjs';
import { root } from '../../scripts/steps.mjs';
import { startCollector } from '../fakes/collector';
import { nameTree } from '../fakes/name-tree';
import { PROGRAM_SCRIPT, servePublic } from '../fakes/public-server';

const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'));

test.each(projectNames)('the lock file of %s knows what this package depends on', (name) => {
  const locked = lockedDependencies(name);

  expect(locked, 'node scripts/projects.mjs writes the lock files anew').toEqual(dependencies);
});

test.each([
  ['api 1.10 and sdk-trace 3.x', 'api-1-10', {}],
  ['the stock exporter in our processor', 'stock-exporter', {}],
  ['the stock exporter and processor', 'stock-exporter', { STOCK_PROCESSOR: '1' }],
])(
  'an app on %s leaves one whole trace',
  async (_, project, environment) => {
    const folder = await installed(project);
    await using collector = await startCollector();
    await using server = await servePublic({ script: PROGRAM_SCRIPT });

    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', `${root}/test/fakes/public-addresses.mjs`, 'app.mjs'],
      {
        cwd: folder,
        env: {
          ...process.env,
          ...environment,
          COLLECTOR_URL: collector.url,
          PUBLIC_ORIGIN: server.origin,
          HF_TOKEN: 'hf_test',
        },
      },
    );

    expect(stderr).toBe('');
    expect(stdout).toBe('25.1\n');
    const spans = collector.requests.flatMap((request) => request.spans);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(nameTree(spans)).toEqual([
      'CodeAgent.run',
      '  Step 1',
      '    HfApiModel.generate',
      '    managed_agent.run',
      '      Step 1',
      '        HfApiModel.generate',
      '        DuckDuckGoSearchTool',
      '          POST',
      '      Step 2',
      '        HfApiModel.generate',
      '        FinalAnswerTool',
      '  Step 2',
      '    HfApiModel.generate',
      '    FinalAnswerTool',
    ]);
  },
  180_000,
);

const folders = new Map<string, Promise<string>>();

function installed(project: string): Promise<string> {
  const folder = folders.get(project) ?? installProject(project);
  folders.set(project, folder);
  return folder;
}
