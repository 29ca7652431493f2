import { compactSignature } from '../../protocol/attestation.ts';
import { readLast } from '../../relayer/anchors/anchors-contract.ts';
import { headerAt } from '../../relayer/chain/finality.ts';
import { confirm } from '../confirm-action.ts';
import { duration, moment } from '../governance/chain-time.ts';
import { readGoverned } from '../governance/governed-state.ts';
import { type OperatorFlags, openKey } from '../governance/operator.ts';
import type { Io } from '../io.ts';
import { writeOutput } from '../output-file.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { type AnchorsPlace, openAnchors, readHistory } from './anchors-place.ts';
import {
  type Correction,
  correctionText,
  countSignatures,
  newCorrection,
  preimageOf,
  readCorrection,
  withSignature,
} from './correction.ts';

export interface CorrectFlags extends OperatorFlags {
  readonly key?: string;
  readonly yes: boolean;
}

/** The contract accepts an attestation of the last day. */
const MAXIMUM_AGE = 86_400n;

/** `pegway anchor correct`: writes a correction of the last anchor, and signs it. */
export async function writeCorrection(
  text: string | undefined,
  flags: CorrectFlags & { readonly out?: string },
  io: Io,
): Promise<void> {
  const output = openOutput(flags.json, io);
  await using place = await openAnchors(flags, io);
  const { main, product } = place.operator.sides;
  const { address } = place.terms;
  const last = await readLast(main.nodes, address, 'finalized');
  const number = text === undefined ? last.number : heightOf(text);
  const { own } = await readHistory(place, number);
  const [{ signerEpoch }, { timestamp }] = await Promise.all([readGoverned(main), main.finalHead()]);
  const correction = newCorrection({
    ...{ chainId: main.chainId, anchors: address, sourceChainId: product.chainId, signerEpoch },
    ...{ replacedHash: last.blockHash, number, attestedAt: timestamp },
    ...{ blockHash: own.blockHash, historyRoot: own.historyRoot, peaks: [...own.peaks], tailRoot: own.tailRoot },
  });
  await signOne(place, correction, flags.out ?? `correction-${number}.json`, flags, output, io);
}

/** `pegway anchor sign`: adds this signer’s signature to a correction. */
export async function signCorrection(file: string, flags: CorrectFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const correction = readCorrection(file);
  await using place = await openAnchors(flags, io);
  await signOne(place, correction, file, flags, output, io);
}

const heightOf = (text: string): bigint => {
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw wrong(`expected a block number, found ${text}`, 'for example: pegway anchor correct 1812');
};

async function signOne(
  place: AnchorsPlace,
  correction: Correction,
  file: string,
  flags: CorrectFlags,
  output: Output,
  io: Io,
): Promise<void> {
  output.say(await requireOwn(place, correction));
  const { operator } = place;
  const { signers, threshold } = await readGoverned(operator.sides.main);
  const signer = await openKey(operator, flags.key);
  try {
    if (!signers.includes(signer.address)) {
      throw wrong(`${signer.address} is not a signer (any more)`, 'name a signer’s key with --key URI', 'not-a-signer');
    }
    await confirm(`Sign it as ${signer.address}?`, flags.yes, io);
    const signature = compactSignature(await signer.sign(preimageOf(correction)));
    const signed = withSignature(correction, { signer: signer.address, signature });
    writeOutput(file, correctionText(signed));
    const counting = await countSignatures(signed, signers);
    output.result(
      `${file}: signed by ${signer.address}; ${counting.length} of the ${threshold} needed` +
        (counting.length >= threshold ? `\n  next: pegway anchor submit ${file} --payer URI` : ''),
      { file, signer: signer.address, signatures: counting.length, threshold },
    );
  } finally {
    await signer.close();
  }
}

/**
 * Compares a correction with the chains and with what this signer’s own relayer has read.
 * @returns A description, for the person who signs.
 * @throws {PegwayError} exit code 2 for one that the contract would refuse, or of other blocks.
 */
async function requireOwn(place: AnchorsPlace, correction: Correction): Promise<string> {
  const { operator, terms } = place;
  const { main, product } = operator.sides;
  const { number, attestedAt, blockHash, historyRoot } = correction;
  // SECURITY: a quorum of nodes can agree on a block that is reorged later; a correction of it would need another one.
  const final = await product.finalHead();
  if (number > final.number) {
    throw wrong(
      `the correction cannot be signed: block ${number} of the product chain is not final; the last final block is ${final.number}`,
      'nothing was signed; wait until it is final, or name an earlier block',
      'not-final',
    );
  }
  const [last, governed, head, block, { own, same, relayers }] = await Promise.all([
    readLast(main.nodes, terms.address, 'latest'),
    readGoverned(main),
    main.latestHead(),
    headerAt(product.nodes, number),
    readHistory(place, number),
  ]);
  const age = head.timestamp - attestedAt;
  const checks: readonly (readonly [boolean, string])[] = [
    [correction.chainId === main.chainId && correction.anchors === terms.address, 'it is of another Anchors contract'],
    [correction.sourceChainId === product.chainId, 'it is of another product chain'],
    [
      correction.signerEpoch === governed.signerEpoch,
      `it is of signer epoch ${correction.signerEpoch}, now ${governed.signerEpoch}`,
    ],
    [correction.replacedHash === last.blockHash, 'it replaces another anchor than the last one'],
    [attestedAt > last.attestedAt, 'an anchor was attested since: write it again'],
    [age >= 0n && age < MAXIMUM_AGE, 'it is older than a day: write it again'],
    [block.hash === blockHash, `block ${number} of the product chain is ${block.hash}, not ${blockHash}`],
    [
      JSON.stringify([own.blockHash, own.historyRoot, own.peaks, own.tailRoot]) ===
        JSON.stringify([blockHash, historyRoot, correction.peaks, correction.tailRoot]),
      'this signer’s relayer has read another history',
    ],
  ];
  const failed = checks.find(([holds]) => !holds);
  if (failed !== undefined) throw wrong(`the correction cannot be signed: ${failed[1]}`, 'nothing was signed');
  const isWithdrawal = blockHash === last.blockHash && historyRoot === last.historyRoot;
  const delay = duration(BigInt(governed.delays.governanceDelay));
  return [
    `Anchors ${terms.address} on chain ${main.chainId}, of chain ${product.chainId}`,
    `  anchored now: block ${last.number}, ${last.blockHash}`,
    `  correction:   block ${number}, ${blockHash}`,
    `  history ${historyRoot}, the same at ${same} of ${relayers} relayers`,
    `  attested ${moment(attestedAt)}: it can be sent until a day later`,
    isWithdrawal
      ? '  The last anchor is right: this withdraws a correction that waits.'
      : `  It takes effect ${delay} after it is accepted. Until then no exit opens, and no other height is anchored.`,
  ].join('\n');
}
