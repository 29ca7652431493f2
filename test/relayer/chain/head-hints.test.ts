import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { Account } from '../../../relayer/account.ts';
import { startChainLoop } from '../../../relayer/chain-loop.ts';
import type { ChainReader } from '../../../relayer/chain/chain-reader.ts';
import { type HeadHints, followHeads } from '../../../relayer/chain/head-hints.ts';
import type { LoopContext } from '../../../relayer/monitoring/supervised-loop.ts';
import { head as someHead } from '../../../scripts/growth/simulated.ts';
import { eventually } from '../../support/wait.ts';
import { type HeadsServer, startHeadsServer } from './support/heads-server.ts';

describe('heads by WebSocket', () => {
  let server: HeadsServer;
  let hints: HeadHints;
  let now: number;
  const signal = new AbortController().signal;
  beforeEach(async () => {
    server = await startHeadsServer();
    now = 0;
    hints = followHeads({ urls: [server.url], now: () => now });
    await eventually('it subscribes', () => server.connections() === 1);
  });
  afterEach(async () => {
    hints[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });
  const headAt = async (seconds: number) => {
    now = seconds;
    server.head();
    assert.equal(await hints.wait(60, signal), 'hint');
  };

  it('end a wait, and are expected for three intervals', async () => {
    assert.equal(hints.expectedFor(), 0);
    await headAt(10);
    assert.equal(hints.expectedFor(), 0, 'one head shows no interval');
    await headAt(12);
    assert.equal(hints.expectedFor(), 6);
    now = 19;
    assert.equal(hints.expectedFor(), 0);
  });

  it('are nothing else that the server sends', async () => {
    for (const message of [{ id: 1, result: '0x1' }, null, [], 'eth_subscription']) server.send(message);
    assert.equal(await hints.wait(0.2, signal), 'timeout');
  });

  it('come again after the connection broke', async () => {
    server.cut();
    await eventually('it subscribes again', () => server.connections() === 2);
    await headAt(5);
  });

  /** Polls of a chain with a loop that follows the hints; the poller alone would poll within a second. */
  const startLoop = (onPoll: () => void) => {
    const stopping = new AbortController();
    const nothing = () => undefined;
    const chain = {
      name: 'main',
      finalHead: () => {
        onPoll();
        return Promise.resolve(someHead);
      },
    } as unknown as ChainReader;
    const account = {
      tip: someHead,
      transactions: { pending: () => [] },
      onTip: () => Promise.resolve(),
    } as unknown as Account;
    const tipped = Object.assign(chain, { latestHead: () => Promise.resolve(someHead) });
    const context = {
      ...{ watchdog: { expect: nothing, beat: nothing, forget: nothing }, problems: { set: nothing, clear: nothing } },
      ...{ metrics: { loopTimestamp: { set: nothing, remove: nothing } }, signal: stopping.signal },
    } as unknown as LoopContext;
    const running = startChainLoop(
      {
        ...{ chain: tipped, accounts: () => [account], hints, now: () => now, stallSeconds: 1_000 },
        onFinalHead: nothing,
      },
      context,
    );
    return async () => {
      stopping.abort();
      await running;
    };
  };

  it('trigger polls instead of the clock: one each, and one more where it shows nothing new', async () => {
    await headAt(0);
    await headAt(100);
    let polls = 0;
    const stop = startLoop(() => polls++);
    await eventually('the first poll', () => polls === 1);
    for (const expected of [3, 5, 7]) {
      now += 100;
      server.head();
      await eventually(`${expected} polls`, () => polls >= expected);
      assert.equal(polls, expected);
    }
    await stop();
  });

  it('leave the clock to poll when they end', async () => {
    await headAt(0);
    await headAt(0.2);
    let polls = 0;
    const stop = startLoop(() => polls++);
    await eventually('the first poll', () => polls === 1);
    now += 10;
    await eventually('polls by the clock', () => polls > 4);
    await stop();
  });
});
