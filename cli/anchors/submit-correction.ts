import { encodeFunctionData } from 'viem';

import { anchorsAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { readLast } from '../../relayer/anchors/anchors-contract.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import { moment, relative } from '../governance/chain-time.ts';
import { readGoverned } from '../governance/governed-state.ts';
import { type OperatorFlags, openPayer } from '../governance/operator.ts';
import { sendAndWait } from '../governance/transactions.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { type AnchorsPlace, openAnchors } from './anchors-place.ts';
import { anchorOf, countSignatures, mergeCorrections, packSignatures, readCorrection } from './correction.ts';

export interface SendFlags extends OperatorFlags {
  readonly payer?: string;
}

/** `pegway anchor submit`: sends a correction that a quorum has signed. */
export async function submitCorrection(
  [first = '', ...more]: readonly string[],
  flags: SendFlags,
  io: Io,
): Promise<void> {
  const output = openOutput(flags.json, io);
  const correction = mergeCorrections([readCorrection(first), ...more.map(readCorrection)]);
  await using place = await openAnchors(flags, io);
  const { main } = place.operator.sides;
  const { signers, threshold } = await readGoverned(main);
  const counting = await countSignatures(correction, signers);
  if (counting.length < threshold) {
    throw wrong(
      `${counting.length} of ${threshold} signatures`,
      'the other signers run: pegway anchor sign FILE',
      'quorum',
    );
  }
  const { peaks, tailRoot } = correction;
  const args = [anchorOf(correction), peaks, tailRoot, packSignatures(counting, threshold)] as const;
  const data = encodeFunctionData({ abi: anchorsAbi, functionName: 'correct', args });
  await send(place, flags, io, 'submit the correction', data, async () => {
    const { attestedAt } = await readLast(main.nodes, place.terms.address, 'latest');
    return attestedAt >= correction.attestedAt;
  });
  const { executableAt } = await pendingAt(place);
  output.result(
    executableAt === 0n
      ? 'no correction waits any more'
      : `the correction is accepted; from ${moment(executableAt)} on: pegway anchor execute --payer URI`,
    { executableAt },
  );
}

/** `pegway anchor execute`: puts an accepted correction into effect, after its delay. Any account may. */
export async function executeCorrection(flags: SendFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  await using place = await openAnchors(flags, io);
  const { main } = place.operator.sides;
  const [pending, { timestamp }] = await Promise.all([pendingAt(place), main.latestHead()]);
  const { executableAt, number, blockHash } = pending;
  if (executableAt === 0n) throw new PegwayError('no correction waits', { hint: 'see: pegway anchor status' });
  if (executableAt > timestamp) {
    const when = `${moment(executableAt)}, ${relative(executableAt, timestamp)}`;
    throw new PegwayError(`the correction can be executed at ${when}`, { code: 'too-early' });
  }
  const data = encodeFunctionData({ abi: anchorsAbi, functionName: 'executeCorrection' });
  await send(
    place,
    flags,
    io,
    'execute the correction',
    data,
    async () => (await pendingAt(place)).executableAt === 0n,
  );
  output.result(`block ${number} is anchored as ${blockHash}`, { number, blockHash });
}

const pendingAt = ({ operator, terms }: AnchorsPlace) =>
  view(operator.sides.main.nodes, { address: terms.address, abi: anchorsAbi, functionName: 'pendingCorrection' });

async function send(
  { operator, terms }: AnchorsPlace,
  flags: SendFlags,
  io: Io,
  what: string,
  data: `0x${string}`,
  done: () => Promise<boolean>,
): Promise<void> {
  const payer = await openPayer(operator, flags.payer);
  try {
    const side = { ...operator.sides.main, address: terms.address };
    const { maxFeePerGas } = operator.config.main;
    await sendAndWait({ side, payer, data, what, maxFeePerGas, done }, openOutput(flags.json, io));
  } finally {
    await payer.close();
  }
}
