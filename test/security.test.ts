import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const document = readFileSync('SECURITY.md', 'utf8').replace(/\s+/g, ' ');
/** `(test/a.test.ts: "name"; "name"; test/b.test.ts: "name")` */
const references = Array.from(document.matchAll(/\((test\/[^()]*?\.test\.ts: ".*?")\)/g), ([, inside = '']) => inside);
const named = references.flatMap((inside) => {
  const parts = Array.from(inside.matchAll(/(test\/\S+?\.test\.ts): |"(.*?)"/g));
  let file = '';
  return parts.flatMap(([, path, name]) => {
    file = path ?? file;
    return name === undefined ? [] : [{ file, name }];
  });
});

test.each(named)('SECURITY.md names a test that is there: $file, $name', ({ file, name }) => {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';

  const titles = Array.from(text.matchAll(/\(\s*(['"`])((?:\\.|(?!\1).)*)\1,/g), ([, , title]) => title);

  expect(titles).toContain(name);
});

test('every guarantee of SECURITY.md names a test', () => {
  const sections = readFileSync('SECURITY.md', 'utf8').split(/^(?=Guaranteed|Not guaranteed|#)/m);
  const guaranteed = sections.filter((section) => section.startsWith('Guaranteed'));
  const bullets = guaranteed.flatMap((section) => section.split(/^- /m).slice(1));

  const bare = bullets.filter((bullet) => !/\(test\/[\s\S]*"\)/.test(bullet));

  expect(bullets.length).toBeGreaterThan(20);
  expect(bare).toEqual([]);
});
