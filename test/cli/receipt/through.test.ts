// A receipt of an inner bridge, proven against the main chain of an outer one: with its contract Anchors and nodes. The blocks of
// the inner main chain are those of the receipts' world.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Hex } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
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

    const compared = await pegway('verify', file, '--rpc', net.main.rpcUrl);
    assert.equal(compared.status, 0, compared.stderr);
    assert.match(compared.stdout, /outermost anchor +outer chain .* confirmed by the node/);
    // The network is refused indeed, and a node of another chain confirms nothing.
    assert.notEqual((await pegwayOffline('verify', file, '--rpc', net.main.rpcUrl)).status, 0);
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
