// Four stolen keys have anchored a false block: the signers correct it by the command line, each from what its relayer has read.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Hex } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { devnetDelays } from '../../../cli/devnet/deploy-bridges.ts';
import { anchorsAbi } from '../../../protocol/abi.ts';
import { anchorArguments, append, emptyHistory, historyRootOf, tailRootOf } from '../../../protocol/anchors/history.ts';
import { anchorDigest } from '../../../protocol/anchors/statement.ts';
import { pegway } from '../../support/cli.ts';
import { type ExitNet, startExitNet } from '../../support/exit-net.ts';

const FALSE_HASH: Hex = `0x${'66'.repeat(32)}`;

describe('a false anchor', () => {
  let net: ExitNet;
  let hashes: Hex[];
  const servers: Server[] = [];
  const file = (name: string) => join(net.directory, name);
  const historyWith = (all: readonly Hex[]) => append(emptyHistory(net.firstBlock), all);

  before(async () => {
    net = await startExitNet(1);
    hashes = [];
    const head = await net.productReader.getBlockNumber({ cacheTime: 0 });
    for (let height = net.firstBlock; height <= head; height++) {
      hashes.push((await net.productReader.getBlock({ blockNumber: height })).hash);
    }
  });
  after(async () => {
    for (const server of servers) server.close();
    await net.stop();
  });

  /** The configuration of a signer with a relayer that has read these blocks. */
  async function signerWith(index: number, all: readonly Hex[]): Promise<string[]> {
    const server = createServer((request, response) => {
      const number = BigInt(/anchors\/(\d+)\/history/.exec(request.url ?? '')?.[1] ?? 0);
      const history = historyWith(all.slice(0, Number(number - net.firstBlock) + 1));
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          ...{ number: String(number), blockHash: history.tail.at(-1), historyRoot: historyRootOf(history) },
          ...{ peaks: history.peaks, tailRoot: tailRootOf(history) },
        }),
      );
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const plain = net.configFile({ main: net.main.rpcUrl, product: net.product.rpcUrl });
    const config = {
      ...(JSON.parse(readFileSync(plain, 'utf8')) as object),
      key: `plain:${net.signers[index]!.privateKey}`,
      anchors: { contract: net.anchors },
      listen: { public: `127.0.0.1:${port}` },
    };
    writeFileSync(file(`signer-${index}-${port}.json`), JSON.stringify(config));
    return ['--config', file(`signer-${index}-${port}.json`)];
  }

  const latest = () => net.mainReader.readContract({ address: net.anchors, abi: anchorsAbi, functionName: 'latest' });
  const works = async (...args: string[]) => {
    const { status, stdout, stderr } = await pegway('anchor', ...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return `${stdout}${stderr}`;
  };

  it('is corrected by a quorum of signers, each with its own relayer’s history, after the delay', async () => {
    const key = net.holders[0]!.privateKey;
    const forged = historyWith([...hashes.slice(0, -1), FALSE_HASH]);
    const number = net.firstBlock + BigInt(hashes.length) - 1n;
    const { timestamp: attestedAt } = await net.mainReader.getBlock();
    const anchor = { number, attestedAt, blockHash: FALSE_HASH, historyRoot: historyRootOf(forged) };
    const domain = { chainId: net.main.chainId, anchors: net.anchors, sourceChainId: net.product.chainId };
    const { bag, peaks, tailRoot } = anchorArguments(forged, 0n);
    const args = [anchor, bag, peaks, tailRoot, await net.signed(anchorDigest(domain, 1n, anchor))];
    await net.write(key, net.main, { address: net.anchors, abi: anchorsAbi, functionName: 'anchor', args });
    assert.equal((await latest()).blockHash, FALSE_HASH);
    await call(net.main.rpcUrl, 'anvil_mine', '0x4', '0xc');

    const signers = await Promise.all([0, 1, 2, 3].map((index) => signerWith(index, hashes)));
    const [first = [], ...others] = signers;
    const correction = file('correction.json');
    // The block is the product chain's head: a reorg could replace it.
    const early = await pegway('anchor', 'correct', ...first, '--out', correction, '--yes');
    assert.equal(early.status, 2);
    assert.match(
      early.stderr,
      new RegExp(`block ${number} of the product chain is not final; the last final block is`),
    );
    assert.ok(!existsSync(correction));
    await call(net.product.rpcUrl, 'anvil_mine', '0x4');
    const shown = await works('correct', ...first, '--out', correction, '--yes');
    assert.match(shown, new RegExp(`correction: +block ${number}, ${hashes.at(-1)}`));
    assert.match(shown, /1 of the 4 needed/);

    // A relayer that has read another chain signs nothing, and neither does one without a person who confirms.
    const other = await signerWith(4, [...hashes.slice(0, -1), FALSE_HASH]);
    const refused = await pegway('anchor', 'sign', correction, ...other, '--yes');
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /this signer’s relayer has read another history/);
    assert.equal((await pegway('anchor', 'sign', correction, ...others[0]!)).status, 2);
    const payer = ['--payer', `plain:${key}`];
    assert.match((await pegway('anchor', 'submit', correction, ...first, ...payer)).stderr, /1 of 4 signatures/);

    for (const signer of others) await works('sign', correction, ...signer, '--yes');
    await works('submit', correction, ...first, ...payer);
    assert.equal((await latest()).blockHash, FALSE_HASH);
    assert.match((await pegway('anchor', 'execute', ...first, ...payer)).stderr, /can be executed at/);
    await call(net.main.rpcUrl, 'evm_increaseTime', devnetDelays.governanceDelay + 1);
    await call(net.main.rpcUrl, 'evm_mine');
    await works('execute', ...first, ...payer);
    const corrected = await latest();
    assert.deepEqual([corrected.number, corrected.blockHash], [number, hashes.at(-1)]);
    assert.match((await pegway('anchor', 'execute', ...first, ...payer)).stderr, /no correction waits/);
  });
});
