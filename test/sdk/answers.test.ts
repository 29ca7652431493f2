import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import {
  type Hex,
  type PublicClient,
  RpcRequestError,
  createWalletClient,
  custom,
  encodeFunctionData,
  erc20Abi,
  numberToHex,
} from 'viem';
import { toAccount } from 'viem/accounts';

import { call } from '../../cli/devnet/anvil.ts';
import {
  type BridgeClient,
  CancelledError,
  type SentTransfer,
  type TransferRequest,
  UnsureError,
  consentsFor,
  departed,
  departuresOfTransaction,
  deposit,
  mainBridgeAbi,
  pegs,
  readPermitDomain,
  refusalOf,
  sendDeposit,
} from '../../sdk/index.ts';
import { paceOf } from '../../sdk/pace.ts';
import { remakeToken } from '../support/remake-token.ts';
import { type NodeRequest, type SdkNet, oneOf, readerVia, startSdkNet, unknownHash } from '../support/sdk-net.ts';

const failure = (code: number, message: string) =>
  new RpcRequestError({ body: {}, url: 'test', error: { code, message } });
const busy = () => failure(-32_005, 'too many requests');

describe('answers that are lost, late or none', () => {
  let net: SdkNet;
  let request: TransferRequest;
  before(async () => {
    net = await startSdkNet();
    const [peg] = net.pegs;
    assert.ok(peg !== undefined);
    request = { productToken: peg.productToken, amount: oneOf(peg), recipient: net.holder.address };
    const { reader, writer, bridge } = net.holder.main;
    const args = [bridge, 1_000n * oneOf(peg)] as const;
    const hash = await writer.writeContract({
      ...{ address: peg.mainToken, abi: erc20Abi, functionName: 'approve', args },
    });
    await reader.waitForTransactionReceipt({ hash });
  });
  after(() => net.stop());

  const nonceOf = () => net.holder.main.reader.getTransactionCount({ address: net.holder.address });
  const anvil = (method: string, ...params: unknown[]) => call(net.urls.main, method, ...params);

  /** A wallet outside of this process, over the holder's key. */
  const wallet = (send: (sign: () => Promise<Hex>) => Promise<Hex>): BridgeClient => {
    const { reader, writer, bridge } = net.holder.main;
    const answer = async ({ method, params }: NodeRequest): Promise<unknown> => {
      if (method !== 'eth_sendTransaction') return call(net.urls.main, method, ...(params ?? []));
      const { to, data } = params![0] as { to: Hex; data: Hex };
      return send(() => writer.sendTransaction({ to, data }));
    };
    const account = toAccount(net.holder.address);
    return {
      ...{ bridge, reader },
      writer: createWalletClient({ account, chain: writer.chain, transport: custom({ request: answer }) }),
    };
  };
  const lost = () => Object.assign(new Error('Internal JSON-RPC error.'), { code: -32_603 });

  it('of a wallet: the transaction is found by its sender, and departs once', async () => {
    const before = await nonceOf();
    const heard: SentTransfer[] = [];
    const losing = wallet(async (send) => {
      await send();
      throw lost();
    });
    const departure = await deposit(losing, request, { onHash: (_, sent) => heard.push(sent) });
    assert.equal(await nonceOf(), before + 1);
    assert.equal(heard[0]?.hash, departure.transactionHash);
    assert.deepEqual([heard[0].nonce, heard[0].sender], [before, net.holder.address]);
  });

  it('of a wallet of which nothing is seen: the outcome is unknown, with no hash', async () => {
    const broken = wallet(() => Promise.reject(lost()));
    await assert.rejects(deposit(broken, request), (error) => error instanceof UnsureError && error.hash === undefined);
  });

  it('of a wallet are sought by one request, whatever error it returns', async () => {
    let asked = 0;
    const odd = wallet(() => {
      asked++;
      return Promise.reject(Object.assign(new Error('already known'), { code: -32_000 }));
    });
    await assert.rejects(deposit(odd, request), UnsureError);
    assert.equal(asked, 1);
  });

  it('of a wallet that declined are no doubt', async () => {
    const declining = wallet(() =>
      Promise.reject(Object.assign(lost(), { data: { originalError: { code: 4001, message: 'no' } } })),
    );
    const error: unknown = await deposit(declining, request).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error && !(error instanceof UnsureError), String(error));
  });

  it('about gas hold for the newest block: a deposit that takes more in its own is executed', async () => {
    const { bridge, writer } = net.holder.main;
    const answer = async ({ method, params }: NodeRequest): Promise<unknown> => {
      if (method === 'eth_fillTransaction') throw failure(-32_601, 'method not found');
      const result = await call(net.urls.main, method, ...(params ?? []));
      // Slots that were written in the same second cost less.
      return method === 'eth_estimateGas' ? numberToHex((BigInt(result as Hex) * 9n) / 10n) : result;
    };
    const reader = readerVia(net.urls.main, answer);
    const own = createWalletClient({ ...writer, transport: custom({ request: answer }) });
    const { transactionHash } = await deposit({ bridge, reader, writer: own }, request);
    assert.equal((await reader.getTransactionReceipt({ hash: transactionHash })).status, 'success');
  });

  it('about a receipt, which lags behind its block: waits as long as configured', async () => {
    const hash = await sendDeposit(net.holder.main, request);
    let asked = 0;
    const reader = readerVia(net.urls.main, (one, node) =>
      one.method === 'eth_getTransactionReceipt' && ++asked <= 5 ? Promise.resolve(null) : node(one),
    );
    const lagging = { ...net.holder.main, reader };
    assert.equal((await departed(lagging, 'mint', hash, { timeoutSeconds: 60 })).transactionHash, hash);
    assert.equal(asked, 6);
  });

  it('about a receipt, from a node that fails meanwhile: waits on, and is unsure only at the timeout', async () => {
    const hash = await sendDeposit(net.holder.main, request);
    let failing = 3;
    const reader = readerVia(net.urls.main, (one, node) => (failing-- > 0 ? Promise.reject(busy()) : node(one)));
    assert.equal((await departed({ ...net.holder.main, reader }, 'mint', hash)).transactionHash, hash);
    const silent = readerVia(net.urls.main, () => Promise.reject(busy()));
    await assert.rejects(
      departed({ ...net.holder.main, reader: silent }, 'mint', hash, { timeoutSeconds: 1 }),
      (error) => error instanceof UnsureError && error.hash === hash,
    );
  });

  describe('of a transaction that its wallet replaces', () => {
    before(() => anvil('evm_setAutomine', false));
    after(() => anvil('evm_setAutomine', true));

    /** Sends a deposit that no block takes, and then another transaction with its nonce. */
    const replace = async (to: Hex, data: Hex): Promise<SentTransfer> => {
      let sent: SentTransfer | undefined;
      await sendDeposit(net.holder.main, request, { onHash: (_, transfer) => (sent = transfer) });
      assert.ok(sent?.nonce !== undefined);
      const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n, gas: 500_000n };
      await net.holder.main.writer.sendTransaction({ to, data, nonce: sent.nonce, ...fees });
      await anvil('evm_mine');
      return sent;
    };
    const depositData = () =>
      encodeFunctionData({
        ...{ abi: mainBridgeAbi, functionName: 'deposit' },
        args: [request.productToken, request.amount, request.recipient, 0n],
      });

    it('by the same one with a higher fee: follows it', async () => {
      const sent = await replace(net.holder.main.bridge, depositData());
      const departure = await departed(net.holder.main, 'mint', sent.hash, { sent });
      assert.notEqual(departure.transactionHash, sent.hash);
      const { nonce } = await net.holder.main.reader.getTransaction({ hash: departure.transactionHash });
      assert.equal(nonce, sent.nonce);
    });

    it('by one that moves nothing: says that it is cancelled', async () => {
      const sent = await replace(net.holder.address, '0x');
      await assert.rejects(
        departed(net.holder.main, 'mint', sent.hash, { sent }),
        (error) => error instanceof CancelledError && error.hash === sent.hash,
      );
    });
  });

  it('about the hash of a multi-signature wallet: finds what its account departs', async () => {
    const { main, address } = net.holder;
    const fromBlock = await main.reader.getBlockNumber({ cacheTime: 0 });
    const sent = {
      ...request,
      direction: 'mint',
      hash: unknownHash,
      sender: address,
      nonce: undefined,
      fromBlock,
    } as const;
    const found = departed(main, 'mint', unknownHash, { sent, timeoutSeconds: 60 });
    await deposit(main, { ...request, amount: 2n * request.amount });
    const executed = await deposit(main, request);
    assert.equal((await found).transactionHash, executed.transactionHash);
  });

  it('are polled for once a block, within bounds', async () => {
    const { reader } = net.holder.product;
    const mine = async (seconds: number) => {
      await call(net.urls.product, 'anvil_mine', numberToHex(20), numberToHex(seconds));
      return paceOf(reader);
    };
    assert.deepEqual([await mine(5), await mine(60)], [5, 12]);
    const still = readerVia(net.urls.product, async (one, node) => {
      const block = (await node(one)) as object;
      return one.method === 'eth_getBlockByNumber' ? { ...block, timestamp: '0x1' } : block;
    });
    assert.equal(await paceOf(still), 0.2);
  });

  it('of a node that fails are not taken for a “no”', async () => {
    const [peg] = net.pegs;
    const token = peg?.mainToken ?? '0x';
    const failing = (method: string): PublicClient =>
      readerVia(net.urls.main, (one, node) => (one.method === method ? Promise.reject(busy()) : node(one)));
    await assert.rejects(readPermitDomain(failing('eth_call'), token), /too many requests/);
    await assert.rejects(
      departuresOfTransaction({ ...net.holder.main, reader: failing('eth_getTransactionReceipt') }, unknownHash),
      /too many requests/,
    );
    assert.deepEqual(await departuresOfTransaction(net.holder.main, unknownHash), []);
    // Of approve alone: the allowance of 1,000 tokens is read, and a reset would be wrong.
    const approve = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [token, 1n] }).slice(0, 10);
    const reader = readerVia(net.urls.main, (one, node) =>
      JSON.stringify(one.params).includes(approve) ? Promise.reject(busy()) : node(one),
    );
    const consents = consentsFor({ ...net.holder.main, reader }, token, 10n ** 30n, net.holder.address, {
      permit: false,
    });
    await assert.rejects(consents, /too many requests/);
  });

  it('of a node with an internal error are no refusal by the contract', async () => {
    const broken = (error: Error) =>
      readerVia(net.urls.main, () => Promise.reject(error))
        .readContract({ address: net.holder.main.bridge, abi: mainBridgeAbi, functionName: 'threshold' })
        .catch(refusalOf);
    assert.equal(await broken(failure(-32_603, 'Internal error')), undefined);
    assert.deepEqual(await broken(failure(-32_603, 'execution reverted: nope')), {
      reason: undefined,
      error: 'execution reverted: nope',
    });
  });
});

describe('tokens without what ERC-20 makes optional', () => {
  let net: SdkNet;
  before(async () => (net = await startSdkNet()));
  after(() => net.stop());

  it('degrade their own peg only: bytes32 is decoded, a missing symbol is the address, missing decimals are 0', async (test) => {
    const [first, second, third] = net.pegs;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    assert.notEqual(third.mainToken, first.mainToken);
    const renew = await remakeToken(net.urls.main, third.mainToken, 'BareToken');
    test.after(renew);
    const [, , bare] = await pegs(net.holder);
    const short = `${third.mainToken.slice(0, 6)}…${third.mainToken.slice(-4)}`;
    assert.deepEqual(bare?.main, {
      address: third.mainToken,
      symbol: short,
      decimals: 0,
      missing: ['symbol', 'decimals'],
    });

    await remakeToken(net.urls.main, third.mainToken, 'MakerToken');
    const [same, , maker] = await pegs(net.holder);
    assert.deepEqual(maker?.main, { address: third.mainToken, symbol: 'MKL', decimals: 6, missing: [] });
    assert.deepEqual(same?.main, first.main);
    for (const peg of [first, maker]) {
      const { productToken } = peg;
      await deposit(net.holder.main, { productToken, amount: oneOf(peg), recipient: net.holder.address });
    }
  });

  it('are not taken for such tokens when the node fails', async () => {
    const reader = readerVia(net.urls.main, (one, node) =>
      JSON.stringify(one.params).includes('0x95d89b41') ? Promise.reject(busy()) : node(one),
    );
    await assert.rejects(pegs({ ...net.holder, main: { ...net.holder.main, reader } }), /too many requests/);
  });
});
