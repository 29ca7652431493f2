import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { en } from '../../../app/i18n/en.ts';
import { ko } from '../../../app/i18n/ko.ts';

interface Glossary {
  readonly terms: readonly { readonly en: string; readonly ko: string; readonly not: readonly string[] }[];
  /** Texts where Korean needs no word for a term, by path. */
  readonly free: readonly string[];
}

const glossary = JSON.parse(readFileSync('app/i18n/glossary.json', 'utf8')) as Glossary;

/** Every text with its path; those with values are formatted with numbers. */
function textsOf(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const format = value as (...values: number[]) => string;
    return [[path, format(...Array.from({ length: format.length }, (_, place) => place + 2))]];
  }
  return Object.entries(value as object).flatMap(([name, item]) =>
    textsOf(item, path === '' ? name : `${path}.${name}`),
  );
}

const english = new Map(textsOf(en, ''));
const korean = textsOf(ko, '');

describe('Korean', () => {
  it('has one word for each term of the glossary', () => {
    for (const { en: term, ko: word, not } of glossary.terms) {
      const isTerm = new RegExp(`\\b${term}s?\\b`, 'i');
      for (const [path, text] of korean) {
        const other = not.find((one) => text.includes(one));
        assert.equal(other, undefined, `${path}: ${text}`);
        if (glossary.free.includes(path) || !isTerm.test(english.get(path) ?? '')) continue;
        assert.ok(text.includes(word), `${path}: "${english.get(path)}" needs ${word}, found "${text}"`);
      }
    }
  });

  it('has one level of politeness: sentences end in -니다, requests in -세요', () => {
    for (const [path, text] of korean) {
      assert.doesNotMatch(text, /십시오|십시요/, `${path}: ${text}`);
      for (const [sentence] of text.matchAll(/[가-힣]+(?=[.:](\s|$))/g)) {
        if (/(다|요)$/.test(sentence)) assert.match(sentence, /(니다|세요)$/, `${path}: ${text}`);
      }
    }
  });
});
