import { existsSync } from 'node:fs';

import type { AnchorProofView, Wire } from '../../protocol/api-types.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { wordsToBase64 } from '../../protocol/receipts/build-receipt.ts';
import type { Linkable, LogProof, Receipt, ThroughProof } from '../../protocol/receipts/format.ts';
import { verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { type AnchorsTerms, readTerms } from '../../relayer/anchors/anchors-contract.ts';
import { proveAnchored } from '../../relayer/receipts/anchor-proof.ts';
import { ask } from '../inspect/ask-relayers.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { type OpenChainClients, type Target, openAnsweringClients, targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { type Output, wrong } from '../output.ts';

/** A block of the receipt on the chain that the next bridge anchors. */
interface Wanted {
  readonly name: Linkable;
  readonly height: number;
}

/** The bridges of `--through`: each a configuration, else the name of another bridge of the same configuration or devnet. */
export const outerTargets = (bridges: readonly string[], { config, data }: PlaceFlags, io: Pick<Io, 'env'>): Target[] =>
  bridges.map((bridge) =>
    existsSync(bridge)
      ? targetOf({ config: bridge }, io)
      : targetOf({ ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }), bridge }, io),
  );

/**
 * Proves a receipt with an anchor from outer chains.
 * @param bridges From the inside out: each has the main chain of the one before as its product chain.
 * @throws {PegwayError} exit code 2 for a bridge of another chain or without anchors; `not-final` while no relayer proves the blocks.
 */
export async function proveThrough(
  receipt: Receipt,
  bridges: readonly Target[],
  output: Pick<Output, 'say'>,
): Promise<Receipt> {
  let proven = receipt;
  let inner = receipt.main.chainId;
  for (const bridge of bridges) {
    proven = await addLink(proven, bridge, inner, output);
    inner = bridge.config.main.chainId;
  }
  return proven;
}

/**
 * Proves a receipt's blocks of its outermost chain from the chain that the next bridge anchors it into.
 * @param outer The bridge whose product chain is the receipt's outermost chain so far.
 * @throws {PegwayError} exit code 2 for a bridge of another chain or without anchors; `not-final` while no relayer proves the blocks.
 */
async function addLink(receipt: Receipt, outer: Target, inner: number, output: Pick<Output, 'say'>): Promise<Receipt> {
  const { config, relayers } = outer;
  if (config.product.chainId !== inner) {
    throw wrong(
      `--through: the product chain of ${config.main.bridge} is chain ${config.product.chainId}, expected chain ${inner}`,
      'name the bridges from the inside out: each has the main chain of the one before as its product chain',
    );
  }
  if (config.anchors === undefined) {
    throw wrong(`--through: the bridge ${config.main.bridge} has no anchors`, 'set anchors.contract');
  }
  await using chains = await openAnsweringClients(config);
  const terms = await readTerms(chains.main, chains.product, config.anchors.contract);
  const { restsOn, through = [] } = await verifyReceipt(receipt);
  const isInner = through.length === 0 ? (side?: string) => side === 'main' : (side?: string) => side === undefined;
  const wanted = restsOn
    .filter(({ side, number }) => isInner(side) && number >= terms.firstBlock)
    .map(({ of, number }): Wanted => ({ name: of === 'through' ? 'anchor' : of, height: number }));

  for (const relayer of relayers) {
    try {
      const link = await linkFrom(relayer, terms, chains, wanted);
      const longer = { ...receipt, through: [...(receipt.through ?? []), link] };
      // SECURITY: whatever the relayer answered is proven here.
      await verifyReceipt(longer);
      return longer;
    } catch (error) {
      output.say(messageOf(error));
    }
  }
  throw new PegwayError(`no relayer of ${config.main.bridge} proves the blocks of chain ${inner} by an anchor`, {
    code: 'not-final',
    hint: 'ask again after the next anchor: `pegway anchor status` shows the last one',
  });
}

async function linkFrom(
  relayer: string,
  { address, firstBlock }: AnchorsTerms,
  { main }: OpenChainClients,
  wanted: readonly Wanted[],
): Promise<ThroughProof> {
  const proofs: Wire<AnchorProofView>[] = [];
  for (const { height } of wanted) {
    const told = await ask<AnchorProofView>(relayer, `/v1/anchors/${height}`);
    if (!('value' in told)) throw new PegwayError(`${told.url}: ${'error' in told ? told.error : told.message}`);
    proofs.push(told.value);
  }
  const [first] = proofs;
  if (first === undefined)
    throw new PegwayError(`the receipt has no block from ${firstBlock} on, where ${address} begins`);
  const { anchor, proof } = first;
  if (proofs.some((one) => one.anchor.number !== anchor.number)) {
    throw new PegwayError(`${relayer}: a new anchor arrived in between: ask again`);
  }
  const { number: until } = await main.finalHead();
  const event: LogProof | undefined = await proveAnchored(
    main,
    address,
    { number: BigInt(anchor.number), blockHash: anchor.blockHash },
    until,
  );
  if (event === undefined) throw new PegwayError(`${relayer}: found no event of its anchor of block ${anchor.number}`);
  const siblings = wanted.map(({ name }, at) => [name, wordsToBase64(proofs[at]?.proof.siblings ?? [])] as const);
  return {
    ...{ contract: address, firstBlock: Number(firstBlock), event },
    history: wordsToBase64([proof.tailRoot, ...proof.peaks]),
    blocks: Object.fromEntries(siblings),
  };
}
