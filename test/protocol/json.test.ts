import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { stringify } from '../../protocol/json.ts';

describe('stringify', () => {
  it('writes bigints of any depth as decimal strings', () => {
    assert.equal(
      stringify({ a: 2n ** 64n, list: [1n, { b: -3n }] }),
      '{"a":"18446744073709551616","list":["1",{"b":"-3"}]}',
    );
  });

  it('leaves everything else as JSON has it', () => {
    const value = { text: '5n', number: 1.5, nothing: null, left: undefined };
    assert.equal(stringify(value), JSON.stringify(value));
  });

  it('indents', () => {
    assert.equal(stringify({ a: 1n }, 2), '{\n  "a": "1"\n}');
  });
});
