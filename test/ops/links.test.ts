import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';

import { headingsOf } from './support/rules.ts';

/** A page's links within this repository, as a path from its root and a heading. */
function linksOf(page: string): readonly { readonly text: string; readonly file: string; readonly heading: string }[] {
  const links = readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g);
  return [...links]
    .map(([, text = '']) => text)
    .filter((text) => !/^[a-z]+:/.test(text))
    .map((text) => {
      const [path = '', heading = ''] = text.split('#');
      return { text, file: path === '' ? page : relative('.', join(dirname(page), path)), heading };
    });
}

describe('the links of', () => {
  for (const page of ['README.md', ...globSync('docs/*.md')]) {
    it(`${page} lead to files and headings that exist`, () => {
      for (const { text, file, heading } of linksOf(page)) {
        assert.ok(existsSync(file), `${text}: no such file`);
        if (heading !== '') assert.ok(headingsOf(file).includes(heading), `${text}: no such heading`);
      }
    });
  }
});

it('the site’s sidebar has every page', () => {
  const config = readFileSync('docs/.vitepress/config.ts', 'utf8');
  const missing = globSync('docs/*.md')
    .map((page) => basename(page, '.md'))
    .filter((page) => page !== 'index' && !config.includes(`'${page}')`));
  assert.deepEqual(missing, []);
});
