// A receipt of an inner bridge, proven against the main chain of an outer one: with its contract Anchors and nodes. The blocks of
// the inner main chain are those of the receipts' world.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Address, type Hex, concatHex } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { runtimeCode } from '../../../cli/deploy/runtime-code.ts';
import { findOuter, requireAnchors } from '../../../cli/receipt/anchors-contract.ts';
import { outerTargets, proveThrough } from '../../../cli/receipt/through.ts';
import { anchorsAbi } from '../../../protocol/abi.ts';
import {
  anchorArguments,
  append,
  emptyHistory,
  historyRootOf,
  proveHeight,
  type HistoryNode,
} from '../../../protocol/anchors/history.ts';
import { anchorDigest } from '../../../protocol/anchors/statement.ts';
import { stringify } from '../../../protocol/json.ts';
import type { Receipt } from '../../../protocol/receipts/format.ts';
import { hashOf } from '../../protocol/proof/support/block.ts';
import { makeReceipt, pair } from '../../protocol/receipts/support/world.ts';
import { pegway, pegwayOffline } from '../../support/cli.ts';
import { type ExitNet, startExitNet } from '../../support/exit-net.ts';

const NUMBER = 1_000n;

describe('a receipt through an outer chain', () => {
  let net: ExitNet;
  let receipt: Receipt;
  let config: string;
  let server: Server;
  let isLying = false;
  const said: string[] = [];
  const output = { say: (line: string) => void said.push(line) };
  const outer = () => outerTargets([config], {}, { env: {} });

  /** Of the contract that anchors the inner product chain, at its address on the inner main chain. */
  const innerCode = (): Hex =>
    runtimeCode({
      ...{ contract: 'Anchors', chainId: receipt.main.chainId, address: receipt.anchor!.contract },
      ...{ bridge: receipt.main.bridge, sourceChainId: receipt.product.chainId },
      ...{ firstBlock: BigInt(receipt.anchor!.firstBlock), maximumBlocksPerSecond: 2 },
    });

  before(async () => {
    net = await startExitNet(1, { main: 41_337, product: pair.main.chainId });
    receipt = await makeReceipt({ direction: 'withdraw', anchored: 300 });
    const ours = [receipt.signerSet.event, receipt.execution, receipt.anchor!.event].map(({ block }) => block);
    const hashes = Array.from({ length: Number(NUMBER - net.firstBlock) + 1 }, (_, at): Hex => {
      const height = Number(net.firstBlock) + at;
      return ours.find(({ number }) => number === height)?.hash ?? hashOf(`main block ${height}`);
    });
    const nodes = new Map<string, Hex>();
    const keyOf = ({ level, index }: Pick<HistoryNode, 'level' | 'index'>) => `${level} ${index}`;
    const history = append(emptyHistory(net.firstBlock), hashes, (node) => nodes.set(keyOf(node), node.hash));

    await call(net.main.rpcUrl, 'evm_increaseTime', 10);
    await call(net.main.rpcUrl, 'evm_mine');
    const { timestamp: attestedAt } = await net.mainReader.getBlock();
    const anchor = { number: NUMBER, attestedAt, blockHash: hashes.at(-1)!, historyRoot: historyRootOf(history) };
    const domain = { chainId: net.main.chainId, anchors: net.anchors, sourceChainId: net.product.chainId };
    const { bag, peaks, tailRoot } = anchorArguments(history, 0n);
    const args = [anchor, bag, peaks, tailRoot, await net.signed(anchorDigest(domain, 1n, anchor))];
    const request = { address: net.anchors, abi: anchorsAbi, functionName: 'anchor', args };
    await net.write(net.holders[0]!.privateKey, net.main, request);
    await call(net.main.rpcUrl, 'anvil_mine', '0x4');

    server = createServer(({ url = '' }, response) => {
      const height = BigInt(url.split('/').at(-1) ?? 0);
      const start = Number(height - net.firstBlock) & ~0xff;
      const proof = proveHeight(history, height, hashes.slice(start, start + 256), (node) => nodes.get(keyOf(node))!);
      const siblings = isLying ? proof.siblings.toReversed() : proof.siblings;
      const blockHash = hashes[Number(height - net.firstBlock)];
      response.end(stringify({ anchor, height, blockHash, proof: { ...proof, siblings } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const plain = net.configFile({ main: net.main.rpcUrl, product: net.product.rpcUrl });
    config = join(net.directory, 'outer.json');
    const settings = {
      anchors: { contract: net.anchors },
      listen: { public: `127.0.0.1:${(server.address() as AddressInfo).port}` },
    };
    writeFileSync(config, JSON.stringify({ ...(JSON.parse(readFileSync(plain, 'utf8')) as object), ...settings }));
  });
  after(async () => {
    server.close();
    await net.stop();
  });

  it('verifies without network, and rests on one block of the outer chain, which its node confirms', async () => {
    const file = join(net.directory, 'receipt.json');
    writeFileSync(file, JSON.stringify(await proveThrough(receipt, outer(), output)));
    const offline = await pegwayOffline('verify', file, '--json');
    assert.equal(offline.status, 0, offline.stderr);
    const { restsOn } = JSON.parse(offline.stdout) as { restsOn: { of: string; number: number; hash: string }[] };
    assert.deepEqual(
      restsOn.map(({ of }) => of),
      ['through'],
    );
    const { hash } = await net.mainReader.getBlock({ blockNumber: BigInt(restsOn[0]!.number) });
    assert.equal(restsOn[0]!.hash, hash);

    // The contract that anchors the inner product chain is on the inner main chain, which the outer node does not have.
    const outermost = await pegway('verify', file, '--rpc', net.main.rpcUrl);
    assert.equal(outermost.status, 1);
    assert.match(outermost.stdout, /outermost anchor +outer chain .* confirmed by the node/);
    assert.match(outermost.stdout, /chain 1 +bridge 0x\w{40} +no node of this chain given/);
    const { contract } = receipt.anchor!;
    const inner = innerCode();
    await call(net.product.rpcUrl, 'anvil_setCode', contract, inner);
    const both = ['--rpc', net.main.rpcUrl, net.product.rpcUrl];
    const compared = await pegway('verify', file, ...both);
    assert.equal(compared.status, 0, compared.stderr);
    assert.match(compared.stdout, new RegExp(`chain 41337 +bridge ${net.bridge.mainBridge} +confirmed by the node`));

    // Any contract can name the bridge and emit an anchor that nobody signed: this one answers every call alike.
    await call(net.product.rpcUrl, 'anvil_setCode', contract, concatHex([inner, '0x00']));
    const hostile = await pegway('verify', file, ...both);
    assert.equal(hostile.status, 1);
    assert.match(hostile.stderr, /anchor.contract: the code of 0x\w{40} on chain 1 has the hash 0x.*, and no exits of/);
    // The network is refused indeed, and a node of another chain confirms nothing.
    assert.notEqual((await pegwayOffline('verify', file, '--rpc', net.main.rpcUrl)).status, 0);
  });

  it('rests on a contract with the code of Anchors, or that the exits of its bridge name', async () => {
    const node = { client: net.mainReader, chainId: net.main.chainId };
    const expected = { bridge: net.bridge.mainBridge, sourceChainId: net.product.chainId };
    await requireAnchors(node, net.anchors, expected, 'anchor.contract');
    const code = (await net.mainReader.getCode({ address: net.anchors })) ?? '0x';
    const setCode = (at: Address, to: Hex) => call(net.main.rpcUrl, 'anvil_setCode', at, to);

    // The same code elsewhere counts signatures for the first address alone, and names the same bridge.
    const copy: Address = `0x${'c0b1'.padStart(40, '0')}`;
    await setCode(copy, code);
    await assert.rejects(requireAnchors(node, copy, expected, 'anchor.contract'), /no exits of 0x\w{40} name it/);
    await assert.rejects(findOuter(copy, net.product.chainId, [node], 'through[0].contract'), /^\w+: through\[0\]/);
    // Of another release, so to speak: the exits of the bridge name it.
    await setCode(net.anchors, concatHex([code, '0x00']));
    await requireAnchors(node, net.anchors, expected, 'anchor.contract');
    await setCode(net.anchors, code);
    const other = { ...expected, bridge: copy };
    await assert.rejects(
      requireAnchors(node, net.anchors, other, 'anchor.contract'),
      /for the bridge .*, expected chain/,
    );
  });

  it('is not made from a relayer that lies, nor with a bridge of another chain', async () => {
    isLying = true;
    await assert.rejects(proveThrough(receipt, outer(), output), { code: 'not-final' });
    assert.match(said.join(), /does not contain block/);
    isLying = false;
    const other = { ...receipt, main: { ...receipt.main, chainId: 5 } };
    await assert.rejects(proveThrough(other, outer(), output), { exitCode: 2 });
  });
});
