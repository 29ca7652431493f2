import { type Hex, parseEventLogs } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { type PendingStage, stageOf } from '../../protocol/governance.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { receiptOf } from '../../sdk/index.ts';
import { ask } from '../api/ask.ts';
import { type ProposalHint, parseProposals } from '../api/statistics.ts';
import type { Machine } from '../context.ts';
import type { Teller } from '../history/rows.ts';

/** A proposal that a bridge has accepted, read from the chain. */
export interface ProposalRow {
  readonly side: Side;
  readonly nonce: bigint;
  /** Undefined when no relayer named the transaction that accepted it. */
  readonly content: { readonly acceptedAt: bigint; readonly calls: readonly Hex[] } | undefined;
  readonly executableAt: bigint;
  readonly stage: PendingStage | 'executed' | 'superseded';
  /** Undefined unless executed. */
  readonly executedAt: bigint | undefined;
}

/** Of both bridges: the newest. */
const SHOWN = 10;
/** Two relayers, so that one cannot withhold a proposal unseen. */
const ASKED = 2;

/** What the chain has of a proposal; does not change. */
export type Known = Pick<ProposalRow, 'executableAt' | 'content'>;

/**
 * The pending proposals of both bridges, and accepted ones that relayers name, newest first. Relayers give transactions only; the
 * content is read from the chains.
 * @param known what was read before, by side and nonce; filled here.
 */
export async function readGovernance(
  machine: Machine,
  tellers: readonly Teller[],
  known: Map<string, Known>,
): Promise<readonly ProposalRow[]> {
  const answers = await Promise.all(
    tellers
      .slice(0, ASKED)
      .map(async ({ apiUrl }) => ask(apiUrl, '/v1/governance/history').then(parseProposals, () => [])),
  );
  const hints = new Map<string, ProposalHint>();
  for (const hint of answers.flat()) {
    const other = hints.get(keyOf(hint));
    // One relayer may not have read the execution yet.
    if (other?.executed === undefined) hints.set(keyOf(hint), hint);
  }
  const newest = [...hints.values()].toSorted((a, b) => Number(b.acceptedAt - a.acceptedAt)).slice(0, SHOWN);
  const rows = await Promise.all(sides.map((side) => readSide(machine, side, newest, known)));
  return rows
    .flat()
    .toSorted((a, b) => Number((b.content?.acceptedAt ?? b.executableAt) - (a.content?.acceptedAt ?? a.executableAt)));
}

const keyOf = ({ side, nonce }: Pick<ProposalRow, 'side' | 'nonce'>): string => `${side}-${nonce}`;

async function readSide(
  machine: Machine,
  side: Side,
  hints: readonly ProposalHint[],
  known: Map<string, Known>,
): Promise<ProposalRow[]> {
  const reader = machine.readers[side];
  const bridge = { address: machine.config.chains[side].bridge, abi: mainBridgeAbi } as const;
  const [proposal, listEpoch, { timestamp }] = await Promise.all([
    reader.readContract({ ...bridge, functionName: 'pendingProposal' }),
    reader.readContract({ ...bridge, functionName: 'listEpoch' }),
    reader.getBlock({ blockTag: 'latest' }),
  ]);
  const pending = proposal.executableAt === 0n ? undefined : proposal;
  const stage = stageOf({ pending, timestamp, listEpoch });
  const found = await Promise.all(
    hints
      .filter((hint) => hint.side === side)
      .map(async (hint): Promise<ProposalRow[]> => {
        const accepted = known.get(keyOf(hint)) ?? (await readAccepted(machine, hint));
        if (accepted?.content === undefined) return [];
        known.set(keyOf(hint), accepted);
        const isPending = pending?.nonce === hint.nonce && pending.executableAt === accepted.executableAt;
        const executedAt = isPending ? undefined : await readExecuted(machine, hint, accepted.content);
        const own = isPending ? stage : undefined;
        return [
          {
            side,
            nonce: hint.nonce,
            ...accepted,
            executedAt,
            stage: own ?? (executedAt === undefined ? 'superseded' : 'executed'),
          },
        ];
      }),
  );
  const rows = found.flat();
  if (pending === undefined || stage === undefined || rows.some(({ nonce }) => nonce === pending.nonce)) return rows;
  const { nonce, executableAt } = pending;
  return [...rows, { side, nonce, executableAt, content: undefined, stage, executedAt: undefined }];
}

/** Undefined when the chain does not confirm the relayer's report. */
async function readAccepted(
  { readers, config }: Machine,
  { side, nonce, accepted }: ProposalHint,
): Promise<Known | undefined> {
  const receipt = await receiptOf(readers[side], accepted);
  if (receipt === undefined) return undefined;
  const own = receipt.logs.filter(({ address }) => address.toLowerCase() === config.chains[side].bridge.toLowerCase());
  const event = parseEventLogs({ abi: mainBridgeAbi, eventName: 'ProposalAccepted', logs: own }).find(
    ({ args }) => args.nonce === nonce,
  );
  if (event === undefined) return undefined;
  const { timestamp } = await readers[side].getBlock({ blockNumber: receipt.blockNumber });
  const { executableAt, calls } = event.args;
  return { executableAt, content: { acceptedAt: timestamp, calls } };
}

/** Time of its execution; undefined unless the chain confirms it. */
async function readExecuted(
  { readers, config }: Machine,
  { side, nonce, executed }: ProposalHint,
  { acceptedAt, calls }: NonNullable<Known['content']>,
): Promise<bigint | undefined> {
  // One without calls has its effect as it is accepted.
  if (calls.length === 0) return acceptedAt;
  const receipt = executed === undefined ? undefined : await receiptOf(readers[side], executed);
  if (receipt === undefined) return undefined;
  const own = receipt.logs.filter(({ address }) => address.toLowerCase() === config.chains[side].bridge.toLowerCase());
  const events = parseEventLogs({ abi: mainBridgeAbi, eventName: 'ProposalExecuted', logs: own });
  if (!events.some(({ args }) => args.nonce === nonce)) return undefined;
  return (await readers[side].getBlock({ blockNumber: receipt.blockNumber })).timestamp;
}
