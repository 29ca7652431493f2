import { type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Outcome } from '../../protocol/receipts/format.ts';
import type { Premise } from '../../protocol/receipts/verify-anchor.ts';
import type { ReceiptVerdict } from '../../protocol/receipts/verify-receipt.ts';
import { type TokenName, exactAmountOf, table } from '../inspect/format.ts';
import type { WitnessedAnchors } from './anchors-contract.ts';

/** A block of the receipt, and whether a node has it. */
export interface Witnessed extends Premise {
  readonly witness: WitnessedAnchors['witness'];
}

/** All that a receipt rests on, compared with nodes. */
export interface Compared {
  readonly restsOn: readonly Witnessed[];
  /** The contracts Anchors, from the inside out. */
  readonly contracts: readonly WitnessedAnchors[];
}

const witnesses: Readonly<Record<WitnessedAnchors['witness'], string>> = {
  'not-asked': 'not compared',
  confirmed: 'confirmed by the node',
  'no-node': 'no node of this chain given',
};

const ends: Readonly<Record<Outcome, string>> = {
  executed: 'executed it',
  released: 'parked it, and later released it',
  bounced: 'returned it to its sender',
};

const names: Readonly<Record<Premise['of'], string>> = {
  departure: 'departure',
  signerSet: 'list of signers',
  parking: 'parking',
  execution: 'execution',
  anchor: 'anchor',
  through: 'outermost anchor',
};

/** The tokens of a transfer, where nodes were asked: a receipt does not contain their decimals. */
export type ReceiptTokens = Readonly<Record<Side, Pick<TokenName, 'symbol' | 'decimals'>>>;

/** The verdict, for people. */
export function describeReceipt(
  verdict: ReceiptVerdict,
  { restsOn, contracts }: Compared,
  tokens: ReceiptTokens,
): string {
  const { transfer, attestation, departure, execution, outcome, returnNonce } = verdict;
  const { signedBy, signers, threshold, signerEpoch, batch, namesDeparture } = attestation;
  const [source, destination] =
    transfer.direction === 'mint' ? [verdict.main, verdict.product] : [verdict.product, verdict.main];
  const sent = exactAmountOf(BigInt(transfer.sourceAmount), tokens[sourceOf(transfer.direction)]);
  const arrived = exactAmountOf(BigInt(transfer.amount), tokens[destinationOf(transfer.direction)]);
  const position = (place: { readonly number: number; readonly transactionIndex: number }): string =>
    `block ${place.number}, transaction ${place.transactionIndex}`;
  const named = namesDeparture
    ? `in block ${departure.hash}`
    : batch === undefined
      ? 'and was refused'
      : `as one of a batch that ends in block ${batch.sourceBlock}`;
  return [
    `The receipt holds: ${transfer.direction} ${transfer.productToken} ${transfer.nonce}`,
    '',
    table([
      ['sender', transfer.sender],
      ['recipient', transfer.recipient],
      ['departed', `${sent} from ${source.bridge} on chain ${source.chainId}`],
      ['', position(departure)],
      ['arrives as', `${arrived} at ${destination.bridge} on chain ${destination.chainId}`],
      ['', position(execution)],
    ]),
    '',
    `${signedBy.length} of the ${signers.length} signers of epoch ${signerEpoch} (threshold ${threshold}) signed that it departed`,
    `${named}. The bridge on chain ${destination.chainId} counted them and ${ends[outcome]}.`,
    ...(returnNonce === undefined ? [] : [`It returns as the deposit with nonce ${returnNonce}.`]),
    ...signedBy.map(({ index, address }) => `  signer ${index}  ${address}`),
    '',
    ...describeAnchors(verdict),
    `This rests on the ${verdict.anchor === undefined ? 'two bridge' : 'contract'} addresses above, and on these blocks being of these chains:`,
    table(
      restsOn.map(({ of, chainId, number, hash, witness }) => [
        `  ${names[of]}`,
        nameOf(chainId),
        `block ${number}`,
        hash,
        witnesses[witness],
      ]),
    ),
    ...(contracts.length === 0
      ? []
      : [
          'and on these contracts being Anchors of these bridges:',
          table(
            contracts.map(({ contract, chainId, bridge, witness }) => [
              ...[`  ${contract}`, nameOf(chainId)],
              ...[bridge === undefined ? 'unknown bridge' : `bridge ${bridge}`, witnesses[witness]],
            ]),
          ),
        ]),
    ...(restsOn.some(({ witness }) => witness === 'not-asked')
      ? ['Compare them with a node that you trust: --rpc URL']
      : []),
  ].join('\n');
}

const nameOf = (chainId: number | undefined): string => (chainId === undefined ? 'outer chain' : `chain ${chainId}`);

/** Each anchor, from the product chain's outwards, with an empty line after it. */
function describeAnchors({ main, product, anchor, through = [] }: ReceiptVerdict): string[] {
  if (anchor === undefined) return [];
  const outer = through.map((link, index) => ({
    link,
    where: 'on the next outer chain',
    inner: index === 0 ? `chain ${main.chainId}` : 'the chain before',
  }));
  return [{ link: anchor, where: `on chain ${main.chainId}`, inner: `chain ${product.chainId}` }, ...outer].flatMap(
    ({ link, where, inner }) => [
      `The contract ${link.contract} ${where} anchored ${inner} up to block ${link.anchored.number}: its blocks of`,
      `${link.blocks.map((of) => names[of]).join(', ')} need no other witness.`,
      '',
    ],
  );
}
