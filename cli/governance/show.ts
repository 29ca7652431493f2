import { EXECUTION_WINDOW, stageOf } from '../../protocol/governance.ts';
import { sides } from '../../protocol/lane.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput } from '../output.ts';
import { changeLines, describe, readChangesOf, toValue } from './describe-proposal.ts';
import { load, oneForEachBridge } from './proposal-files.ts';
import { type GovernedState, findPending, readGoverned, stageWords } from './governed-state.ts';
import type { Proposal } from './proposal.ts';
import { readShared } from './relayers.ts';
import { type Operator, type OperatorFlags, openOperator } from './operator.ts';
import { duration, moment, relative } from './chain-time.ts';

/** The pending proposal of one bridge, its signers and its execution window. */
async function describePending(operator: Operator, state: GovernedState) {
  const { pending, chain, timestamp, signers } = state;
  const stage = stageOf(state);
  if (pending === undefined || stage === undefined) return { text: ['  nothing is pending'], value: undefined };
  const accepted = await findPending(operator.sides[chain], state);
  const calls = accepted?.proposal.calls ?? [];
  const changes = accepted === undefined ? [] : await readChangesOf(operator, accepted.proposal, state);
  const expiresAt = pending.executableAt + EXECUTION_WINDOW;
  const signedBy = (accepted?.acceptedBy ?? []).map((index) => ({
    index,
    // In another epoch the indices may belong to other signers.
    address: stage === 'signers-replaced' ? undefined : signers[index],
  }));
  const text = [
    `  pending: proposal ${pending.nonce}, ${stageWords[stage]}`,
    ...changeLines(changes).map((line) => `    ${line}`),
    `    accepted in block ${accepted?.blockNumber ?? '?'}, signed by`,
    ...signedBy.map(({ index, address }) => `      signer ${index}  ${address ?? ''}`),
    `    executable from ${moment(pending.executableAt)} (${relative(pending.executableAt, timestamp)}) to ${moment(expiresAt)}`,
  ];
  const value = {
    nonce: pending.nonce,
    stage,
    calls,
    changes,
    signedBy,
    executableAt: pending.executableAt,
    expiresAt,
  };
  return { text, value };
}

async function showBridge(operator: Operator, state: GovernedState, shared: readonly Proposal[], output: Output) {
  const { chain, chainId, bridge, signers, threshold, signerEpoch, listEpoch, nonce, delays, pausedUntil, timestamp } =
    state;
  const pending = await describePending(operator, state);
  const open = shared.filter((one) => one.chain === chain && BigInt(one.nonce) === nonce);
  const collected = await Promise.all(open.map((one) => describe(operator, one, state)));
  const paused = pausedUntil > timestamp;
  const lines = [
    `${chain} bridge ${bridge} on chain ${chainId}`,
    `  ${threshold} of ${signers.length} signers must sign; signer epoch ${signerEpoch}, list of epoch ${listEpoch}; next proposal ${nonce}`,
    ...signers.map((signer, index) => `    signer ${index}  ${signer}`),
    `  delays: ${Object.entries(delays)
      .map(([name, seconds]) => `${name} ${duration(BigInt(seconds))}`)
      .join(', ')}`,
    paused ? `  paused until ${moment(pausedUntil)} (${relative(pausedUntil, timestamp)})` : '  not paused',
    ...pending.text,
    ...(collected.length === 0 ? [] : ['  being signed, at the relayers:']),
    ...collected.map(({ text }) => text.replaceAll(/^/gm, '    ')),
  ];
  output.result(lines.join('\n'), {
    ...{ chain, chainId, bridge, signers, threshold, signerEpoch, listEpoch, nextNonce: nonce, delays },
    pausedUntil: paused ? pausedUntil : null,
    pending: pending.value ?? null,
    beingSigned: collected.map((one) => toValue(one, state)),
  });
}

/** `pegway governance show` */
export async function showGovernance(names: string[], flags: OperatorFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  if (names.length > 0) {
    for (const proposal of oneForEachBridge(await load(operator, names))) {
      const state = await readGoverned(operator.sides[proposal.chain]);
      const described = await describe(operator, proposal, state);
      output.result(described.text, toValue(described, state));
    }
    return;
  }
  const shared = await readShared(operator.relayerUrls);
  for (const side of sides) await showBridge(operator, await readGoverned(operator.sides[side]), shared, output);
}
