import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Address, Hex } from 'viem';

import { type Chain, call, startChain } from '../../../cli/devnet/anvil.ts';
import type { Child } from '../../../cli/devnet/child.ts';
import { openEndpoint } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { createMergedCalls, viewIn } from '../../../relayer/chain/merged-calls.ts';
import { RpcError, UnreachableError } from '../../../relayer/chain/rpc-errors.ts';
import { asHex, createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { decodeViewCalls, encodeViewCalls } from '../../../relayer/chain/view-calls.ts';

/** A precompile that returns its input. */
const ECHO: Address = '0x0000000000000000000000000000000000000004';
/** A precompile that fails for an input that is no list of points. */
const PAIRING: Address = '0x0000000000000000000000000000000000000008';
const NO_CONTRACT: Address = '0x00000000000000000000000000000000000000ff';
const BLOCK: Hex = `0x${'11'.repeat(32)}`;

describe('calls of views in one call', () => {
  let chain: Chain & Child;
  const directory = mkdtempSync(join(tmpdir(), 'pegway-view-calls-'));
  before(async () => {
    chain = await startChain({ chainId: 31_337, free: false, logFile: join(directory, 'chain.log') });
  });
  after(async () => {
    await chain.stop();
    rmSync(directory, { recursive: true });
  });

  it('return what each returns alone, and nothing for one that fails or returns too much', async () => {
    const large: Hex = `0x${'ab'.repeat(24_000)}`;
    const calls = [
      { to: ECHO, data: '0x1234' as const },
      { to: NO_CONTRACT, data: '0xabcd' as const },
      { to: PAIRING, data: '0x01' as const },
      { to: ECHO, data: large },
      { to: ECHO, data: `0x${'22'.repeat(100)}` as const },
    ];
    const results = (await call(chain.rpcUrl, 'eth_call', { data: encodeViewCalls(calls) }, 'latest')) as Hex;
    const expected = ['0x1234', '0x', undefined, undefined, `0x${'22'.repeat(100)}`];
    assert.deepEqual(decodeViewCalls(results, calls.length), expected);
  });

  it('cannot change what later calls see', async () => {
    // SSTORE of 1 in slot 0 by a contract that is in a read-only frame fails: the account below is such a contract.
    const writer: Address = '0x00000000000000000000000000000000000000aa';
    await call(chain.rpcUrl, 'anvil_setCode', writer, '0x6001600055600160005260206000f3');
    const calls = [
      { to: writer, data: '0x' as const },
      { to: ECHO, data: '0x01' as const },
    ];
    const results = (await call(chain.rpcUrl, 'eth_call', { data: encodeViewCalls(calls) }, 'latest')) as Hex;
    assert.deepEqual(decodeViewCalls(results, 2), [undefined, '0x01']);
  });

  it('share one request of the quorum, except one that fails, which gets its own error', async () => {
    const methods: string[] = [];
    const observe = ({ method }: { readonly method: string }) => void methods.push(method);
    const endpoint = openEndpoint({ url: chain.rpcUrl, index: 0, timeoutSeconds: 5, observe });
    const nodes = createRpcQuorum({
      ...{ name: 'main', chainId: 31_337, quorum: 1, endpoints: [endpoint], onDisagreement: () => undefined },
    });
    const { hash } = (await call(chain.rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as { readonly hash: Hex };
    const view = (to: Address, data: Hex) =>
      nodes.agree<Hex>('eth_call', [{ to, data }, { blockHash: hash }], asHex).catch((error: unknown) => error);
    const results = await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => view(ECHO, `0x${(index + 16).toString(16)}`)),
      view(PAIRING, '0x01'),
    ]);
    assert.deepEqual(
      results.slice(0, 20),
      Array.from({ length: 20 }, (_, index) => `0x${(index + 16).toString(16)}`),
    );
    assert.ok(results[20] instanceof Error);
    assert.deepEqual(methods, ['eth_call', 'eth_call']);
    await endpoint[Symbol.asyncDispose]();
  });
});

describe('merged calls', () => {
  const views = (merged: ReturnType<typeof createMergedCalls>, count: number) =>
    Promise.all(Array.from({ length: count }, () => merged({ to: ECHO, data: '0x01' }, BLOCK)));

  it('are sent one by one for a while to nodes that refuse them together', async () => {
    let time = 0;
    const asked: string[] = [];
    const merged = createMergedCalls({
      now: () => time,
      agree([one]) {
        const { to } = one as { readonly to?: Address };
        asked.push(to === undefined ? 'together' : 'alone');
        return to === undefined
          ? Promise.reject(
              new RpcError('0', 'eth_call', { code: -32_000, message: 'contract creation is not allowed' }),
            )
          : Promise.resolve('0x01');
      },
    });
    assert.deepEqual(await views(merged, 4), ['0x01', '0x01', '0x01', '0x01']);
    await views(merged, 4);
    assert.deepEqual(asked, ['together', ...Array<string>(8).fill('alone')]);
    time += 600_000;
    await views(merged, 4);
    assert.equal(asked[9], 'together');
  });

  it('are merged again a minute after the nodes did not answer', async () => {
    let time = 0;
    const asked: string[] = [];
    const merged = createMergedCalls({
      now: () => time,
      agree([one]) {
        const isTogether = !('to' in (one as object));
        asked.push(isTogether ? 'together' : 'alone');
        return isTogether
          ? Promise.reject(new UnreachableError('0', 'eth_call', 'no response within 10 s'))
          : Promise.resolve('0x01');
      },
    });
    await views(merged, 4);
    time += 59_999;
    await views(merged, 4);
    assert.equal(asked.filter((one) => one === 'together').length, 1);
    time += 1;
    await views(merged, 4);
    assert.equal(asked.filter((one) => one === 'together').length, 2);
  });

  it('leave out a call whose data could exceed what creation code may have', () => {
    const at = { blockHash: BLOCK };
    assert.deepEqual(viewIn('eth_call', [{ to: ECHO, data: `0x${'00'.repeat(256)}` }, at])?.blockHash, BLOCK);
    assert.equal(viewIn('eth_call', [{ to: ECHO, data: `0x${'00'.repeat(257)}` }, at]), undefined);
  });

  it('do not accept an answer that is not the results of these calls', async () => {
    let discarded = 0;
    const merged = createMergedCalls({
      now: () => 0,
      async agree([one], keyOf) {
        if ('to' in (one as object)) return '0x01';
        // One result for four calls.
        const answer: Hex = '0x0000000201';
        assert.throws(() => keyOf?.(answer), RangeError);
        discarded++;
        await Promise.resolve();
        throw new Error('no answer left');
      },
    });
    assert.deepEqual(await views(merged, 4), ['0x01', '0x01', '0x01', '0x01']);
    assert.equal(discarded, 1);
  });

  it('are not worth it for a few', async () => {
    const asked: unknown[] = [];
    const merged = createMergedCalls({
      now: () => 0,
      agree([one]) {
        asked.push(one);
        return Promise.resolve('0x01');
      },
    });
    await views(merged, 3);
    assert.equal(asked.length, 3);
  });
});
