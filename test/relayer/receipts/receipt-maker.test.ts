import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';

import { type Address, type Hex, concatHex, encodeFunctionData, hexToBigInt, pad } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../../protocol/abi.ts';
import { encodeSignatures } from '../../../protocol/attestation.ts';
import { type Side, type Transfer, destinationOf, laneKey, sides, sourceOf } from '../../../protocol/lane.ts';
import type { RpcLog } from '../../../protocol/proof/rpc-log.ts';
import type { ReceiptBlock } from '../../../protocol/receipts/build-receipt.ts';
import type { AnchorProof } from '../../../protocol/receipts/format.ts';
import { verifyReceipt } from '../../../protocol/receipts/verify-receipt.ts';
import { encodeApproval } from '../../../relayer/chain/bridge-contract.ts';
import { createBlockProofs } from '../../../relayer/chain/logs.ts';
import { splitSignatures } from '../../../relayer/receipts/call-data.ts';
import { createReceiptMaker } from '../../../relayer/receipts/receipt-maker.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { openHistoryDatabase } from '../../../relayer/store/database.ts';
import { openHistory } from '../../../relayer/store/history.ts';
import {
  type Case,
  type Options,
  blockWith,
  kinds,
  logOf,
  makeCase,
  makeReceipt,
  pair,
  productToken,
} from '../../protocol/receipts/support/world.ts';
import { type Chain, type Says, startNodes } from '../chain/support/node.ts';

/** In the blocks of the world, ours is the transaction at this index. */
const transactionOf = ({ receipts }: ReceiptBlock, index = 7): Hex => receipts[index]!.transactionHash;

/** A call that executes the batch, or bounces the withdrawal, as relayers send it. */
function callOf({ parts: { statement, transfer } }: Case, signatures = statement.signatures): Hex {
  const { lane, nonce, sender, recipient, amount } = transfer;
  if (statement.kind === 'bounce') {
    const { deadline } = statement;
    const item = { productToken, nonce, redeemer: sender, recipient, mainAmount: amount, deadline };
    return encodeFunctionData({ abi: mainBridgeAbi, functionName: 'bounce', args: [item, signatures] });
  }
  const { firstNonce, transfers, sourceBlock } = statement;
  const args = [productToken, firstNonce, transfers, signatures, sourceBlock] as const;
  return lane.direction === 'mint'
    ? encodeFunctionData({ abi: productBridgeAbi, functionName: 'mint', args })
    : encodeFunctionData({ abi: mainBridgeAbi, functionName: 'withdraw', args });
}

/** The bridge's logs in a block. */
const logsIn = ({ receipts, header }: ReceiptBlock, bridge: Address): RpcLog[] =>
  receipts
    .flatMap(({ logs }) => logs)
    .filter(({ address }) => address === bridge)
    .map((log) => ({ ...log, blockTimestamp: header.timestamp }));

describe('a relayer’s receipts', () => {
  const ending: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0)) await end();
  });

  /** A relayer that has read a case, over three nodes a chain of which two must agree. */
  async function relayerOf(
    made: Case,
    changes: {
      /** The input of the transaction that holds the signatures; as a relayer sends it, unless given. */
      readonly input?: Hex;
      readonly inputs?: ReadonlyMap<Hex, Hex>;
      /** More blocks of the destination, read by this relayer, too. */
      readonly more?: readonly ReceiptBlock[];
      readonly anchorOf?: () => Promise<AnchorProof | undefined>;
      readonly unread?: (log: RpcLog) => boolean;
      /** Nodes that answer otherwise, by their place. */
      readonly says?: (honest: Says, place: number) => Says;
    } = {},
  ) {
    const { parts, blocks } = made;
    const { lane, nonce } = parts.transfer;
    const [source, destination] = [sourceOf(lane.direction), destinationOf(lane.direction)];
    const { more = [], unread = () => false, says = (honest: Says) => honest } = changes;
    const ofDestination = [blocks.signerSet, blocks.parking, blocks.execution, ...more].filter(
      (one) => one !== undefined,
    );
    const chainOf: Record<Side, readonly ReceiptBlock[]> = { main: [], product: [] };
    chainOf[source] = [blocks.departure];
    chainOf[destination] = ofDestination;
    const attested = transactionOf(blocks.parking ?? blocks.execution, made.ours);
    const inputs = new Map([[attested, changes.input ?? callOf(made)], ...(changes.inputs ?? [])]);

    const honest =
      (side: Side): Says =>
      (method, [first]) => {
        const byNumber = chainOf[side].find(({ header }) => header.number === first);
        const byHash = chainOf[side].find(({ hash }) => hash === first);
        if (method === 'eth_getBlockByNumber') return byNumber?.header ?? null;
        if (method === 'eth_getBlockByHash') return byHash?.header ?? null;
        if (method === 'eth_getBlockReceipts') return byHash?.receipts ?? null;
        const input = inputs.get(first as Hex);
        return input === undefined ? null : { input };
      };
    const net = {} as Record<Side, Chain>;
    for (const side of sides) {
      net[side] = await startNodes(2, ...[0, 1, 2].map((place) => says(honest(side), place)));
      ending.push(() => net[side].close());
    }

    const directory = mkdtempSync(join(tmpdir(), 'pegway-receipts-'));
    const database = openHistoryDatabase(directory);
    ending.push(() => {
      database.close();
      rmSync(directory, { recursive: true });
    });
    const history = openHistory({ database, deployment: 'a-b', mainBridge: pair.main.bridge });
    for (const side of sides) {
      for (const log of chainOf[side].flatMap((block) => logsIn(block, pair[side].bridge))) {
        if (!unread(log)) history.events.add(side, { log, timestamp: 1n });
      }
    }
    const departed = { ...parts.transfer, blockNumber: 100n, previousBlock: 90n } as Transfer;
    history.addDeparture({ ...departed, transactionHash: transactionOf(blocks.departure, made.ours) }, 1n, 'open');
    const settle = (): void =>
      history.addSettlements(lane, [nonce], {
        ...{ status: parts.outcome === 'bounced' ? 'bounced' : 'executed', signerMask: 15, at: 2n },
        ...{ blockNumber: 300n, transactionHash: transactionOf(blocks.execution, made.ours) },
      });
    const ledger = createLedger(lane);
    ledger.reset(nonce + 1n, [], new Set(), 0);

    const chains = {
      main: {
        nodes: net.main.nodes,
        address: pair.main.bridge,
        source: { proofs: createBlockProofs(net.main.nodes, 'ethereum') },
      },
      product: {
        nodes: net.product.nodes,
        address: pair.product.bridge,
        source: { proofs: createBlockProofs(net.product.nodes, 'ethereum') },
      },
    };
    const warnings: object[] = [];
    const metrics = createMetrics();
    const counted = async (outcome: string): Promise<number> =>
      (await metrics.receipts.get()).values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
    const anchorOf = changes.anchorOf ?? (() => Promise.resolve(parts.anchor));
    const maker = createReceiptMaker({
      ...{ chains, pair, history, ledgers: new Map([[laneKey(lane), ledger]]), obstacle: () => undefined },
      anchorOf: parts.anchor === undefined && changes.anchorOf === undefined ? undefined : anchorOf,
      log: { warn: (fields) => void warnings.push(fields) },
      ...{ metrics, now: () => performance.now() / 1_000 },
    });
    const requests = (): number =>
      sides
        .flatMap((side) => net[side].fakes)
        .flatMap(({ asked }) => [...asked.values()])
        .reduce((sum, count) => sum + count, 0);
    settle();
    return {
      ...{ history, ledger, warnings, requests, counted, lane, nonce, departed, database },
      receipt: () => maker.receipt(lane, nonce),
      at: (other: bigint) => maker.receipt(lane, other),
    };
  }
  const caseOf = async (options: Options = {}) => makeCase(options);
  const fails = (reason: string) => ({ code: reason });

  // Relayers of the outer bridges prove the chains beyond the main chain.
  const own = Object.entries(kinds).filter(([, { through }]) => through === undefined);
  for (const [name, options] of own) {
    it(`prove ${name}`, async () => {
      const relayer = await relayerOf(await caseOf(options));
      assert.deepEqual(await relayer.receipt(), await makeReceipt(options));
    });
  }

  it('are made once, however many ask at the same time and later', async () => {
    const relayer = await relayerOf(await caseOf());
    const [first, second] = await Promise.all([relayer.receipt(), relayer.receipt()]);
    assert.equal(first, second);
    const before = relayer.requests();
    assert.equal(await relayer.receipt(), first);
    assert.equal(relayer.requests(), before);
    assert.deepEqual([await relayer.counted('served'), await relayer.counted('refused')], [3, 0]);
  });

  it('find the signatures in a call by another contract, behind calls that only look like it', async () => {
    const made = await caseOf();
    const call = callOf(made);
    const decoy = callOf(made, '0x0000000f');
    const input = concatHex(['0xac9650d8', pad('0x20', { size: 32 }), decoy, '0x00', call.slice(0, 138) as Hex, call]);
    assert.deepEqual(await (await relayerOf(made, { input })).receipt(), await makeReceipt());
  });

  it('add the signatures of earlier calls that approved the batch', async () => {
    const made = await caseOf();
    const { digest } = (await verifyReceipt(await makeReceipt())).attestation;
    const single = splitSignatures(made.parts.statement.signatures);
    const [one, two, ...rest] = single;
    const approved = (eventName: string, number: bigint) =>
      blockWith(number, [
        logOf(pair.product.bridge, eventName, {
          ...{ digest, signer: pair.main.bridge, productToken, signerEpoch: 3n, firstNonce: 40n, approvals: 1 },
        }),
      ]);
    const [byCall, byApproval] = [approved('TransfersApproved', 210n), approved('DigestApproved', 211n)];
    const relayer = await relayerOf(made, {
      input: callOf(made, encodeSignatures(rest)),
      more: [byCall, byApproval],
      inputs: new Map([
        [transactionOf(byCall), callOf(made, encodeSignatures([one!]))],
        [transactionOf(byApproval), encodeApproval(digest, encodeSignatures([two!]))],
      ]),
    });
    assert.deepEqual(await relayer.receipt(), await makeReceipt());
  });

  it('are refused as unprovable when the call data lacks the signatures, or has others', async () => {
    const made = await caseOf();
    for (const input of ['0x', callOf(made, '0x0000000f'), callOf(await caseOf({ signedBy: [0, 2] }))] as const) {
      await assert.rejects((await relayerOf(made, { input })).receipt(), fails('unprovable'));
    }
    const bounced = await caseOf(kinds['a bounced withdrawal']);
    await assert.rejects((await relayerOf(bounced, { input: '0x' })).receipt(), fails('unprovable'));
  });

  it('come from the next node when one forges receipts, and say so when all lack the block', async () => {
    const made = await caseOf();
    const forging = await relayerOf(made, {
      says: (honest, place) => (method, params) => {
        const answer = honest(method, params);
        if (place !== 0 || method !== 'eth_getBlockReceipts' || answer === null) return answer;
        return (answer as object[]).map((receipt) => ({ ...receipt, cumulativeGasUsed: '0x1' }));
      },
    });
    assert.deepEqual(await forging.receipt(), await makeReceipt());

    const pruned = await relayerOf(made, {
      says: (honest) => (method, params) => (method === 'eth_getBlockReceipts' ? null : honest(method, params)),
    });
    await assert.rejects(pruned.receipt(), fails('rpc-unreachable'));
    assert.equal(await pruned.counted('failed'), 1);
    assert.equal(pruned.warnings.length, 1);
    // Not remembered: the node may have the block the next time.
    const before = pruned.requests();
    await assert.rejects(pruned.receipt());
    assert.ok(pruned.requests() > before);
  });

  it('are refused with the reason while the transfer, its end or the list of signers is unknown', async () => {
    const made = await caseOf();
    const relayer = await relayerOf(made);
    await assert.rejects(relayer.at(relayer.nonce + 1n), fails('unknown-nonce'));
    await assert.rejects(relayer.at(relayer.nonce - 1n), fails('history-incomplete'));
    relayer.ledger.reset(relayer.nonce + 1n, [relayer.departed], new Set(), 0);
    await assert.rejects(relayer.receipt(), fails('waiting-for-turn'));
    relayer.ledger.park(relayer.nonce, true);
    await assert.rejects(relayer.receipt(), fails('parked'));
    assert.equal(await relayer.counted('refused'), 4);

    const isList = ({ blockNumber }: RpcLog) => hexToBigInt(blockNumber) === 200n;
    await assert.rejects((await relayerOf(made, { unread: isList })).receipt(), fails('history-incomplete'));
    const released = await caseOf(kinds['a released transfer']);
    const isParking = ({ blockNumber }: RpcLog) => hexToBigInt(blockNumber) === 290n;
    await assert.rejects((await relayerOf(released, { unread: isParking })).receipt(), fails('history-incomplete'));
  });

  it('are refused beyond the few that may wait at once', async () => {
    const relayer = await relayerOf(await caseOf());
    const asked = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => relayer.at(BigInt(index))));
    const reasons = asked.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'made'));
    assert.equal(reasons.filter((reason) => reason === 'too-many-requests').length, 2);
    assert.deepEqual(await relayer.receipt(), await makeReceipt());
  });

  it('get their anchor once there is one, and are made without it when it does not hold', async () => {
    const made = await caseOf(kinds['a deposit with an anchor']);
    const { anchor } = made.parts;
    let current: AnchorProof | undefined;
    const relayer = await relayerOf(made, { anchorOf: () => Promise.resolve(current) });
    assert.deepEqual(await relayer.receipt(), await makeReceipt());
    const before = relayer.requests();
    current = { ...anchor!, firstBlock: 61 };
    assert.deepEqual(await relayer.receipt(), await makeReceipt());
    assert.equal(relayer.warnings.length, 1);
    current = anchor;
    assert.deepEqual(await relayer.receipt(), await makeReceipt(kinds['a deposit with an anchor']));
    assert.equal(relayer.requests(), before, 'from the parts that were read before');
    current = undefined;
    assert.deepEqual(await relayer.receipt(), await makeReceipt(kinds['a deposit with an anchor']));
  });

  it('can be made after the events of that time were deleted', async () => {
    const relayer = await relayerOf(await caseOf(kinds['a released transfer']));
    for (const side of sides) relayer.history.events.prune(side, 10n);
    assert.deepEqual(await relayer.receipt(), await makeReceipt(kinds['a released transfer']));
    assert.equal(relayer.history.events.after('main', { block: 0n, log: 0, item: 0 }, 400n, 99).length, 2);
  });
});
