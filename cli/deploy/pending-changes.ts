import type { Address } from 'viem';

import { openEndpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { createRpcQuorum } from '../../relayer/chain/rpc-quorum.ts';
import { messageOf } from '../../protocol/errors.ts';
import { type PendingStage, EXECUTION_WINDOW, stageOf } from '../../protocol/governance.ts';
import type { Side } from '../../protocol/lane.ts';
import { type Accepted, findPending, stageWords } from '../governance/governed-state.ts';
import { moment, relative } from '../governance/chain-time.ts';
import { type Change, type Difference, describeDifference } from './differences.ts';
import { predictReading } from './predict.ts';
import type { ChainSpec } from './spec.ts';
import type { BridgeReading } from './read-bridge.ts';
import { differencesOfPair } from './deploy.ts';
import { type Readings, type Standing, type Tokens, sides } from './discover.ts';

/** A proposal that a bridge has accepted and not executed, and what it will do to the differences. */
export interface PendingChange {
  readonly bridge: string;
  readonly side: Side;
  readonly nonce: bigint;
  readonly stage: PendingStage;
  /** Places and addresses in the list of signers that accepted it; without addresses where the list is another by now. */
  readonly signedBy: readonly { readonly index: number; readonly address: Address | undefined }[];
  /** In seconds since the epoch, as the chain counts; likewise the next two. */
  readonly executableAt: bigint;
  readonly expiresAt: bigint;
  readonly now: bigint;
  /** Differences of now that will be none, and those that will be new. */
  readonly closes: readonly Difference[];
  readonly opens: readonly Difference[];
  /** Why its calls are not known. */
  readonly unread: string | undefined;
}

/** The pending proposals at both sides of a deployed bridge. */
export async function pendingChanges(one: Standing, tokens: Tokens): Promise<PendingChange[]> {
  const { spec, readings } = one;
  const found = await Promise.all(sides.map((side) => read(spec[side], readings[side])));
  const stands = found.filter((pending) => pending !== undefined);
  if (stands.length === 0) return [];
  const callsOf = (side: Side) => {
    const pending = stands.find((one) => one.side === side);
    return pending?.stage === 'waiting' || pending?.stage === 'executable'
      ? (pending.accepted?.proposal.calls ?? [])
      : [];
  };
  const { closes, opens } = effectOfCalls(one, callsOf, tokens);
  return stands.map(({ side, accepted, ...rest }) => {
    const own = (differences: readonly Difference[]) => differences.filter((each) => each.side === side);
    const signedBy = (accepted?.acceptedBy ?? []).map((index) => ({
      index,
      address: rest.stage === 'signers-replaced' ? undefined : readings[side].signers[index],
    }));
    return { bridge: spec.name, side, ...rest, signedBy, closes: own(closes), opens: own(opens) };
  });
}

/** Differences between the file and a bridge that some calls close, and those that they open. */
export function effectOfCalls(
  one: Standing,
  callsOf: (side: Side) => readonly Change[],
  tokens: Tokens,
): Pick<PendingChange, 'closes' | 'opens'> {
  const { readings } = one;
  // A peg is opened by one proposal at each side: both are applied together.
  const later: Readings = {
    main: predictReading(readings.main, callsOf('main')),
    product: predictReading(readings.product, callsOf('product')),
  };
  const compare = (read: Readings): readonly Difference[] => {
    try {
      return differencesOfPair({ ...one, readings: read }, tokens);
    } catch {
      // It locks the product token of a missing bridge: reported as a difference of its own.
      return [];
    }
  };
  const without = (differences: readonly Difference[], others: readonly Difference[]) => {
    const known = new Set(others.map(describeDifference));
    return differences.filter((each) => !known.has(describeDifference(each)));
  };
  const [before, after] = [compare(readings), compare(later)];
  return { closes: without(before, after), opens: without(after, before) };
}

/** By the file's own node, as everything that is compared with the file. */
async function read({ rpcUrl, chainId }: ChainSpec, reading: BridgeReading) {
  const { side, address, timestamp } = reading;
  const stage = stageOf(reading);
  const { pending } = reading;
  if (stage === undefined || pending === undefined) return undefined;
  await using endpoint = openEndpoint({ url: rpcUrl, index: 0, timeoutSeconds: REQUEST_SECONDS });
  const onDisagreement = () => undefined;
  const nodes = createRpcQuorum({ name: side, chainId, quorum: 1, endpoints: [endpoint], onDisagreement });
  let accepted: Accepted | undefined;
  let unread: string | undefined;
  try {
    accepted = await findPending({ nodes, address }, { ...reading, chain: side, bridge: address });
  } catch (error) {
    unread = messageOf(error);
  }
  const { nonce, executableAt } = pending;
  const times = { executableAt, expiresAt: executableAt + EXECUTION_WINDOW, now: timestamp };
  return { side, accepted, unread, nonce, stage, ...times };
}

const REQUEST_SECONDS = 10;

/** For people. */
export function describePending(pending: PendingChange): string {
  const { bridge, side, nonce, stage, signedBy, executableAt, expiresAt, now, closes, opens, unread } = pending;
  const effect = [
    ...closes.map((difference) => `  closes ${describeDifference(difference)}`),
    ...opens.map((difference) => `  opens  ${describeDifference(difference)}`),
  ];
  const dead = stage === 'expired' || stage === 'signers-replaced';
  return [
    `bridges.${bridge} (${side} bridge): proposal ${nonce} is pending: ${stageWords[stage]}`,
    `  executable from ${moment(executableAt)} (${relative(executableAt, now)}) to ${moment(expiresAt)}`,
    ...(unread === undefined
      ? [`  signed by ${signedBy.map(({ index, address }) => `signer ${index} ${address ?? ''}`.trim()).join(', ')}`]
      : [`  what it changes is not known: ${unread}`]),
    ...(effect.length > 0 || dead || unread !== undefined ? effect : ['  changes nothing that the file describes']),
  ].join('\n');
}
