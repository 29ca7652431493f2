import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { type AskAllOptions, askAll, parseQuantity } from '../../../relayer/tx/ask-all.ts';
import type { NodeAnswer, TransactionChain } from '../../../relayer/tx/ports.ts';

const GRACE_MS = 500;

describe('a request to all nodes', () => {
  /** Delivers the answer of one node. */
  let deliver: (answer: NodeAnswer<string>) => void;
  let end: PromiseWithResolvers<readonly NodeAnswer<string>[]>;
  let chain: TransactionChain;
  beforeEach(() => {
    end = Promise.withResolvers();
    chain = {
      ...{ name: 'main', chainId: 1 },
      all<T>(_method: string, _params: readonly unknown[], onAnswer?: (answer: NodeAnswer<T>) => void) {
        deliver = (answer) => onAnswer?.(answer as NodeAnswer<T>);
        return end.promise as Promise<readonly NodeAnswer<T>[]>;
      },
    };
  });

  const ok = (endpoint: string, result = '0x1'): NodeAnswer<string> => ({ endpoint, result });
  const failed = (endpoint: string): NodeAnswer<string> => ({ endpoint, error: new Error('busy') });
  /** Names of the nodes in the outcome; undefined while the request is pending. */
  const ask = (options?: AskAllOptions<string>) => {
    let names: readonly string[] | undefined;
    const asked = askAll<string>(chain, 'method', [], options);
    asked.then(
      (answers) => (names = answers.map(({ endpoint }) => endpoint)),
      (error: unknown) => assert.fail(String(error)),
    );
    return async () => {
      await turn();
      return names;
    };
  };

  it('resolves at once after an answer that is enough', async () => {
    const outcome = ask({ enough: (answer) => 'result' in answer && answer.result === '0x2' });
    deliver(ok('one'));
    assert.equal(await outcome(), undefined);
    deliver(ok('two', '0x2'));
    assert.deepEqual(await outcome(), ['one', 'two']);
  });

  it('gives the others half a second after the first useful answer', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const outcome = ask();
      deliver(failed('one'));
      mock.timers.tick(10 * GRACE_MS);
      assert.equal(await outcome(), undefined);
      deliver(ok('two'));
      mock.timers.tick(GRACE_MS - 1);
      assert.equal(await outcome(), undefined);
      mock.timers.tick(1);
      assert.deepEqual(await outcome(), ['one', 'two']);
    } finally {
      mock.timers.reset();
    }
  });

  it('does not wait for a node known to hang, once all healthy ones have answered', async () => {
    chain = { ...chain, well: () => ['one', 'two'] };
    const outcome = ask();
    deliver(ok('one'));
    assert.equal(await outcome(), undefined);
    deliver(failed('two'));
    assert.deepEqual(await outcome(), ['one', 'two']);
  });

  it('waits for a slow node when no healthy one has a useful answer', async () => {
    chain = { ...chain, well: () => ['one'] };
    const outcome = ask();
    deliver(failed('one'));
    assert.equal(await outcome(), undefined);
    deliver(ok('slow'));
    assert.deepEqual(await outcome(), ['one', 'slow']);
  });

  it('resolves with every answer when all nodes have answered, useful or not', async () => {
    const outcome = ask();
    end.resolve([failed('one'), failed('two')]);
    assert.deepEqual(await outcome(), ['one', 'two']);
  });
});

describe('a JSON-RPC quantity', () => {
  it('is parsed from hex digits, and nothing else is', () => {
    assert.equal(parseQuantity('0x1F'), 31n);
    for (const bad of ['', '0x', '31', 31, null, undefined, '0xg', `0x${'1'.repeat(65)}`, { toString: () => '0x1' }])
      assert.equal(parseQuantity(bad), null);
  });
});
