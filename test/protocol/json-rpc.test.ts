import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { type Outcome, encode, match } from '../../protocol/json-rpc.ts';

interface Fixture {
  readonly answers: readonly {
    readonly who: string;
    readonly body: { readonly error: { readonly code: number; readonly message: string } };
  }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/batch-answered-by-one-object.json', import.meta.url), 'utf8'),
) as Fixture;

const result = (value: unknown): Outcome => ({ kind: 'result', result: value });
const silence = (reason: string) => ({ kind: 'silence', reason });
const item = (id: unknown, value: unknown) => ({ jsonrpc: '2.0', id, result: value });
const failed = (id: unknown, code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } });

/** Outcomes, in the order of the ids. */
const matched = (ids: readonly number[], body: unknown): (Outcome | undefined)[] => {
  const outcomes = match(ids, typeof body === 'string' ? body : JSON.stringify(body));
  assert.deepEqual([...outcomes.keys()], [...ids], 'one outcome for each id');
  return ids.map((id) => outcomes.get(id));
};

describe('encode', () => {
  const call = (id: number) => ({ id, method: 'eth_call', params: [{ to: '0x' }, 'latest'] });

  it('encodes one request as an object, for servers without batch support', () => {
    assert.deepEqual(JSON.parse(encode([call(7)])), { jsonrpc: '2.0', ...call(7) });
  });

  it('encodes several requests as a list, in order', () => {
    assert.deepEqual(JSON.parse(encode([call(2), call(1)])), [
      { jsonrpc: '2.0', ...call(2) },
      { jsonrpc: '2.0', ...call(1) },
    ]);
  });
});

describe('match', () => {
  it('matches each result by its id, in any order of items', () => {
    assert.deepEqual(matched([1, 2, 3], [item(3, 'c'), item(1, 'a'), item(2, 'b')]), ['a', 'b', 'c'].map(result));
  });

  it('returns silence for a missing item, never the item of another request', () => {
    assert.deepEqual(matched([1, 2], [item(2, 'latest')]), [silence('missing'), result('latest')]);
    assert.deepEqual(matched([1, 2], []), [silence('missing'), silence('missing')]);
  });

  it('returns silence for a request answered more than once, even by equal items', () => {
    assert.deepEqual(matched([1, 2], [item(1, 'a'), item(1, 'a'), item(2, 'b')]), [silence('repeated'), result('b')]);
    assert.deepEqual(matched([1], [item(1, 'a'), item(1, 'b'), item(1, 'a')]), [silence('repeated')]);
    assert.deepEqual(matched([1], [item(1, 'a'), failed(1, -32000, 'no')]), [silence('repeated')]);
  });

  it('ignores items with foreign, textual, fractional or missing ids, and non-object items', () => {
    for (const id of [9, '1', 1.5, -1, true, [1], { id: 1 }]) {
      assert.deepEqual(matched([1], [item(id, 'x')]), [silence('missing')], JSON.stringify(id));
      assert.deepEqual(matched([1], [item(id, 'x'), item(1, 'a')]), [result('a')]);
    }
    assert.deepEqual(matched([1], [null, 7, 'a', [item(1, 'x')], item(1, 'a')]), [result('a')]);
  });

  it('does not attribute an error without an id, but reports it with the silence', () => {
    const stray = failed(null, -32005, 'rate limit');
    const [first, second] = matched([1, 2], [stray, item(2, 'b')]);
    assert.deepEqual(first, { ...silence('missing'), unattributed: { code: -32005, message: 'rate limit' } });
    assert.deepEqual(second, result('b'));
    const { id: _, ...without } = stray;
    assert.deepEqual(matched([1], [without])[0], first);
  });

  it('keeps the code, message and data of an error', () => {
    const error = { code: 3, message: 'execution reverted', data: '0x08c379a0' };
    assert.deepEqual(matched([1, 2], [{ id: 1, error }, item(2, null)]), [
      { kind: 'error', error, scope: 'request' },
      result(null),
    ]);
    assert.deepEqual(matched([1], { id: 1, error }), [{ kind: 'error', error, scope: 'request' }]);
    assert.deepEqual(matched([1], { id: 1, result: null, error }), [{ kind: 'error', error, scope: 'request' }]);
  });

  it('accepts a result beside "error": null', () => {
    assert.deepEqual(matched([1], { id: 1, result: '0x1', error: null }), [result('0x1')]);
  });

  it('returns silence for an item with a result and an error, with neither, or with an error without words', () => {
    const error = { code: -32000, message: 'no' };
    for (const rest of [{ result: '0x1', error }, {}, { error: null }, { error: '' }, { error: {} }, { error: 7 }]) {
      assert.deepEqual(matched([1], [{ id: 1, ...rest }]), [silence('malformed')], JSON.stringify(rest));
    }
  });

  it('keeps the words of an error in another form than JSON-RPC’s', () => {
    for (const [error, code] of [
      ['no', 0],
      [{ message: 'no' }, 0],
      [{ code: null, message: 'no' }, 0],
      [{ code: '-32005', message: 'no' }, -32_005],
      [{ code: '0x1ad', message: 'no' }, 429],
    ] as const) {
      const outcome = { kind: 'error', error: { code, message: 'no' }, scope: 'request' };
      assert.deepEqual(matched([1], [{ id: 1, error }]), [outcome], JSON.stringify(error));
      assert.deepEqual(
        matched([1, 2], { error }),
        [1, 2].map(() => ({ ...outcome, scope: 'body' })),
      );
    }
    assert.deepEqual(matched([1], { id: 1, error: { code: 5 } }), [
      { kind: 'error', error: { code: 5, message: '' }, scope: 'request' },
    ]);
  });

  for (const { who, body } of fixture.answers) {
    it(`assigns the one error object to every request: ${who}`, () => {
      const { code, message } = body.error;
      const outcome = { kind: 'error', error: { code, message }, scope: 'body' };
      assert.deepEqual(matched([4, 5, 6], body), [outcome, outcome, outcome]);
    });
  }

  it('assigns a single result object only to the request with its id', () => {
    assert.deepEqual(matched([1], item(1, 'a')), [result('a')]);
    assert.deepEqual(matched([1, 2], item(2, 'b')), [silence('missing'), result('b')]);
    assert.deepEqual(matched([1], item(null, 'a')), [silence('missing')]);
    assert.deepEqual(matched([1], { result: 'a' }), [silence('missing')]);
  });

  it('returns silence for every request when the body is not JSON-RPC', () => {
    for (const [body, reason] of [
      ['<html>502</html>', 'html'],
      ['\uFEFF \n<!DOCTYPE html>', 'html'],
      ['', 'not-json'],
      ['{"jsonrpc":"2.0","id":1,"result":"0x', 'not-json'],
      ['Too Many Requests', 'not-json'],
      ['null', 'not-json-rpc'],
      ['"0x1"', 'not-json-rpc'],
      ['{"message":"no such project"}', 'not-json-rpc'],
    ] as const) {
      assert.deepEqual(matched([1, 2], body), [silence(reason), silence(reason)], body);
    }
  });

  it('returns exactly one outcome for each id, whatever the body', () => {
    const ids = fc.uniqueArray(fc.nat(20), { minLength: 1 });
    fc.assert(
      fc.property(
        ids,
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (wanted, body) => {
          assert.deepEqual([...match(wanted, body).keys()], wanted);
        },
      ),
    );
  });

  it('assigns a result only to the request with the item’s id, once', () => {
    const anyId = fc.oneof({ weight: 5, arbitrary: fc.nat(8) }, fc.constantFrom(null, '1', 1.5, -1, true));
    const anyItem = fc.oneof(
      { weight: 4, arbitrary: fc.record({ id: anyId, result: fc.nat() }) },
      fc.record({ id: anyId, error: fc.record({ code: fc.integer(), message: fc.string() }) }),
      fc.record({ id: anyId }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(8), { minLength: 1 }), fc.array(anyItem), (ids, sent) => {
        const body = JSON.stringify(sent);
        const items = JSON.parse(body) as unknown[];
        const named = (id: number) =>
          items.filter((one) => typeof one === 'object' && one !== null && 'id' in one && one.id === id);
        for (const [id, outcome] of match(ids, body)) {
          if (outcome.kind === 'silence') continue;
          const own = named(id);
          assert.equal(own.length, 1);
          const [only] = own as [{ readonly result?: unknown; readonly error?: unknown }];
          if (outcome.kind === 'result') assert.equal(outcome.result, only.result);
          else assert.deepEqual(outcome.error, only.error);
        }
      }),
    );
  });

  it('matches a complete answer alike in any order', () => {
    const answered = fc.uniqueArray(fc.record({ id: fc.nat(), result: fc.jsonValue() }), {
      minLength: 1,
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(
        answered.chain((items) =>
          fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })),
        ),
        ([items, shuffled]) => {
          const ids = items.map(({ id }) => id);
          assert.deepEqual(match(ids, JSON.stringify(shuffled)), match(ids, JSON.stringify(items)));
          assert.ok([...match(ids, JSON.stringify(items)).values()].every(({ kind }) => kind === 'result'));
        },
      ),
    );
  });
});
