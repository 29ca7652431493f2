// Six relayers anchor the product chain into the main chain, whatever happens to some of them.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Address, encodeFunctionData } from 'viem';

import { carryOut } from '../../cli/devnet/deploy-bridges.ts';
import type { Proposal } from '../../cli/governance/proposal.ts';
import { anchorsAbi, mainBridgeAbi } from '../../protocol/abi.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import { verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { includesBlock } from '../../protocol/anchors/history.ts';
import { anchorProof, anchors as anchorsSchema } from '../support/api-schemas.ts';
import { pegway } from '../support/cli.ts';
import { ONE, type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

describe('six relayers with anchors', () => {
  let net: TestNet;
  let address: Address;
  before(async () => {
    net = await startTestNet({ anchorEverySeconds: 2 });
    address = net.devnet.file.anchors!;
  });
  after(() => net.stop());

  const read = { abi: anchorsAbi } as const;
  const latest = () => net.holder.main.reader.readContract({ ...read, address, functionName: 'latest' });
  const epochOf = () => net.holder.main.reader.readContract({ ...read, address, functionName: 'signerEpoch' });
  const get = async (index: number, path: string): Promise<unknown> => {
    const response = await fetch(`${net.devnet.members[index]!.apiUrl}${path}`);
    return response.ok ? response.json() : undefined;
  };
  const viewOf = async (index: number) => anchorsSchema.parse(await get(index, '/v1/anchors'));
  /** Waits for an anchor of a block after the present ones. */
  const anchorsMore = async (): Promise<void> => {
    const head = await net.holder.product.reader.getBlockNumber();
    await eventually(`an anchor of block ${head}`, async () => (await latest()).number >= head, 90);
  };

  it('anchors the final blocks of the product chain, with the hashes of that chain', async () => {
    await anchorsMore();
    const { number, blockHash } = await latest();
    const { hash } = await net.holder.product.reader.getBlock({ blockNumber: number });
    assert.equal(blockHash, hash);
    assert.equal(await epochOf(), 1n);
  });

  it('proves any anchored block, at every relayer', async () => {
    for (const index of allSigners) {
      await eventually(`relayer ${index} has read the anchor`, async () => {
        const { latest: last, readTo } = await viewOf(index);
        return last !== undefined && BigInt(readTo) >= BigInt(last.number);
      });
      const { firstBlock } = await viewOf(index);
      const height = BigInt(firstBlock) + 3n;
      const proven = anchorProof.parse(await get(index, `/v1/anchors/${height}`));
      const { hash } = await net.holder.product.reader.getBlock({ blockNumber: height });
      assert.equal(proven.blockHash, hash);
      const claim = {
        root: proven.anchor.historyRoot,
        number: BigInt(proven.anchor.number),
        proof: proven.proof as Parameters<typeof includesBlock>[0]['proof'],
        ...{ first: BigInt(firstBlock), height, blockHash: hash },
      };
      assert.ok(includesBlock(claim));
      assert.equal(includesBlock({ ...claim, height: height + 1n }), false);
    }
    assert.equal(await get(0, '/v1/anchors/0'), undefined);
  });

  it('proves the blocks of a deposit and a redeem by the anchor, on receipts that the CLI verifies', async () => {
    const config = net.devnet.members[0]!.configFile;
    const [token = ''] = net.tokens;
    const deposit = await net.deposit(2n * ONE);
    await net.arrives(deposit);
    await net.arrives(await net.redeem(ONE));
    for (const [direction, blocks, rest] of [
      ['deposit', ['signerSet', 'execution'], ['departure', 'anchor']],
      ['redeem', ['departure'], ['signerSet', 'execution', 'anchor']],
    ] as const) {
      const printed = await eventually(
        `a receipt of the ${direction} with an anchor`,
        async () => {
          const { status, stdout } = await pegway('receipt', direction, token, '0', '--config', config, '--anchored');
          return status === 0 ? stdout : undefined;
        },
        90,
      );
      const file = join(net.directory, 'receipt.json');
      writeFileSync(file, printed);
      const verdict = await verifyReceipt(parseReceiptText(printed));
      assert.deepEqual([verdict.anchor?.contract, verdict.anchor?.blocks], [address, blocks]);
      assert.deepEqual(
        verdict.restsOn.map(({ of }) => of),
        rest,
      );
      const verified = await pegway(
        'verify',
        file,
        '--rpc',
        net.devnet.file.main.rpcUrl,
        net.devnet.file.product.rpcUrl,
      );
      assert.equal(verified.status, 0, verified.stderr);
      assert.match(verified.stdout, /need no other witness/);
    }
  });

  it('goes on with four relayers, and the killed ones catch up from the chain alone', async () => {
    await net.kill(0, 1);
    net.wipe(0);
    await anchorsMore();
    await net.restart(0, 1);
    // Only the restarted ones and two others are left.
    await net.kill(4, 5);
    await anchorsMore();
    await net.restart(4, 5);
  });

  it('anchors at once in a new signer epoch, and with the next signers', async () => {
    const { main } = net.devnet.file;
    const data = encodeFunctionData({ abi: mainBridgeAbi, functionName: 'revokeSignatures' });
    await carryOut(net.devnet.chains[0]!, { bridge: main.bridge, calls: [{ data }] } as unknown as Proposal);
    await eventually('an anchor in epoch 2', async () => (await epochOf()) === 2n, 90);
    await anchorsMore();
  });

  it('is deployed as the file says, and shown by the CLI', async () => {
    const verified = await pegway('verify-deployment', net.devnet.file.deploymentFile);
    assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    const config = net.devnet.members[0]!.configFile;
    const { status, stdout, stderr } = await pegway('anchor', 'status', '--config', config, '--json');
    assert.equal(status, 0, stdout + stderr);
    const shown = JSON.parse(stdout) as { anchors: string; relayers: readonly { readTo: string }[] };
    assert.equal(shown.anchors, address);
    assert.equal(shown.relayers.length, allSigners.length);
  });
});
