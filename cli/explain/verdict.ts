import { isParkedAs } from '../../relayer/chain/bridge-contract.ts';
import { type Status, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { type Reason, isReason, reasons } from '../../protocol/reasons.ts';
import { leaderOf } from '../../protocol/turns.ts';
import { moment, span } from '../inspect/format.ts';
import type { Facts, Witness } from './read-facts.ts';

/** Status of a transfer, one line per aspect. */
export interface Verdict {
  /** `unknown`: the source bridge has no such transfer. */
  readonly status: Status | 'unknown';
  /** The reason it waits; undefined when it has ended. */
  readonly reason: Reason | undefined;
  /** The reason as text, with details of this transfer. */
  readonly words: string;
  /** Seconds it has waited for that reason; undefined if unknown. */
  readonly sinceSeconds: number | undefined;
  /** The next step, and possible actions. */
  readonly next: string;
}

/** Furthest first: the most advanced relayer determines the progress. */
const progress = [
  'waiting-for-finality',
  'waiting-for-inclusion',
  'fee-cap',
  'low-funds',
  'gas-limit-too-high',
  'waiting-for-signatures',
  'waiting-for-turn',
] as const satisfies readonly Reason[];

/** The next step, by the reason it waits. */
const nextSteps: Partial<Record<Reason, string>> = {
  'waiting-for-finality': 'it is done as soon as that block is final',
  'waiting-for-inclusion': 'the transaction is replaced with a higher fee until it is in a block',
  'fee-cap': 'sending resumes by itself when fees fall; or the operator raises maxFeePerGas',
  'low-funds': 'sending resumes by itself when the account has coins; other signers step in meanwhile',
  'gas-limit-too-high': 'it is sent again in a smaller batch',
  'peg-mismatch': 'governance must make the peg equal on both bridges',
  'second-content': 'an operator must find out why, then: pegway journal accept',
  'audit-pending': 'it is signed as soon as an audit of its peg is complete; pegway status names what prevents it',
  'audit-broken': 'nothing of this peg is signed until the audit is right again; run: pegway audit',
  'finality-reversed': 'an operator must find the wrong node and restart the relayer',
  'rpc-disagreement': 'it goes on when enough of the operator’s nodes agree',
  'rpc-unreachable': 'it goes on when enough of the operator’s nodes answer',
  'withheld-log': 'an operator must replace the node that withholds the event',
  'proof-invalid': 'an operator must replace the node that returns what it cannot prove',
  'unknown-fork': 'operators must upgrade Pegway, or set proof witnesses for the chain until then',
  'not-a-signer': 'none of the relayers asked is a signer’s; name those of the signers',
};

/** A quorum has attested a transfer that does not exist, or the queried node lags. */
const NEVER_DEPARTED =
  'if other nodes agree, a quorum has attested a transfer that did not happen: pause the bridge, void parked transfers with a quorum ' +
  'on voidParked, run: pegway audit';

/** Pure: all queries were made before. `now` in seconds since the epoch. */
export function verdictOf(facts: Facts, now: number): Verdict {
  const { source, destination, departure, nonce, lane } = facts;
  const since = (at: bigint | undefined) => (at === undefined ? undefined : Math.max(0, now - Number(at)));
  const verdict = (
    status: Verdict['status'],
    reason: Reason | undefined,
    words: string,
    next: string,
    at?: number,
  ) => ({
    ...{ status, reason, words, sinceSeconds: at, next },
  });

  if (source.emitted <= nonce) {
    const emitted = source.emitted === 0n ? 'none yet' : `0 to ${source.emitted - 1n}`;
    const words = `the ${sourceOf(lane.direction)} bridge has emitted ${emitted} of this lane`;
    if (destination.status === 'open') {
      return verdict('unknown', 'unknown-nonce', words, 'check nonce, direction and peg; or name the transaction');
    }
    const forged = `${words}, and the ${destinationOf(lane.direction)} bridge has ${destination.status} this one`;
    return verdict(destination.status, 'unknown-nonce', forged, NEVER_DEPARTED);
  }

  switch (destination.status) {
    case 'executed':
    case 'bounced':
      if (destination.finalStatus === destination.status) {
        const what = destination.status === 'executed' ? 'it has arrived' : reasons.bounced;
        const next = destination.status === 'executed' ? 'nothing' : 'the deposit back is a transfer of its own';
        return verdict(destination.status, destination.status === 'bounced' ? 'bounced' : undefined, what, next);
      }
      return verdict(
        ...([destination.status, 'waiting-for-finality', reasons['waiting-for-finality']] as const),
        blocksLeft(facts.arrival?.block ?? destination.latest.number, destination.final.number),
        since(facts.arrival?.at),
      );
    case 'parked': {
      const { parked, latest } = destination;
      if (parked !== undefined && departure !== undefined && !isParkedAs(parked, departure)) {
        const forged = 'the parked transfer differs from its departure in recipient or amount';
        return verdict('parked', 'digest-mismatch', forged, NEVER_DEPARTED);
      }
      // Refused on release: it stays parked and due, and may bounce.
      if (destination.failedAt !== 0n) return verdict('parked', 'parked', reasons.parked, refusedNext(facts, now));
      const until = parked?.releasableAt ?? 0n;
      const due = until <= latest.timestamp;
      const next = due
        ? 'it is due: the signer in turn releases it, and any account may call release()'
        : `it can be released at ${moment(until, now)}; until then a quorum can take it back`;
      return verdict('parked', 'parked', reasons.parked, next, since(facts.arrival?.at));
    }
    case 'open':
      return judgeOpen(facts, now);
  }
}

function judgeOpen(facts: Facts, now: number): Verdict {
  const { source, destination, departure, lane } = facts;
  const { state, latest, failedAt } = destination;
  const open = (reason: Reason, next: string, sinceSeconds?: number, words: string = reasons[reason]): Verdict => ({
    ...{ status: 'open', reason, words, sinceSeconds, next },
  });
  const readySeconds = Math.max(-1, ...facts.witnesses.map(({ transfer }) => ready(transfer)));
  const ripe = readySeconds < 0 ? undefined : readySeconds;

  if (departure !== undefined && departure.blockNumber > source.final.number) {
    const left = blocksLeft(departure.blockNumber, source.final.number);
    return open('not-final', left, departure.at === undefined ? undefined : now - Number(departure.at));
  }
  if (state.pausedUntil > latest.timestamp) {
    const side = destinationOf(lane.direction);
    return open(
      'paused',
      `the ${side} bridge moves again at ${moment(state.pausedUntil, now)}, unless a quorum unpauses it`,
      ripe,
    );
  }
  if (failedAt !== 0n) {
    return open('payment-refused', refusedNext(facts, now), now - Number(failedAt));
  }

  const answers = facts.witnesses.flatMap(({ transfer }) => ('error' in transfer ? [] : [transfer]));
  if (answers.length === 0) {
    const next = 'none of the relayers answers; start them, or name reachable ones';
    return open('unreachable', next, undefined, `none of ${facts.witnesses.length} relayers answers`);
  }
  const told = answers.flatMap((answer) => {
    const reason = 'value' in answer ? answer.value.reason : answer.reason;
    return reason !== undefined && isReason(reason) ? [reason] : [];
  });
  const furthest = progress.find((reason) => told.includes(reason));
  const reason = furthest ?? mostCommon(told) ?? 'waiting-for-turn';
  return open(reason, next(reason, facts), ripe, words(reason, facts));
}

/** The next step of a withdrawal that its token refused. */
function refusedNext({ destination: { state, latest, failedAt } }: Facts, now: number): string {
  const back = failedAt + state.bounceDelay;
  const then = back <= latest.timestamp ? 'now' : `from ${moment(back, now)}`;
  return `paying is tried again; a quorum may send it back ${then}`;
}

const ready = (told: Witness['transfer']): number => ('value' in told ? (told.value.readySeconds ?? -1) : -1);

const blocksLeft = (block: bigint, final: bigint): string =>
  `${block - final > 1n ? `${block - final} more blocks` : 'one more block'} must become final (block ${block}, final is ${final})`;

const mostCommon = (told: readonly Reason[]): Reason | undefined =>
  [...Map.groupBy(told, (reason) => reason)].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];

/** Indices of the signers that have signed it, as reported by their relayers or the bridge. */
export function signedBy({ destination, witnesses }: Facts): number[] {
  const said = witnesses.flatMap(({ address, transfer }) =>
    address !== undefined && 'value' in transfer && transfer.value.signed
      ? [destination.state.signers.indexOf(address)]
      : [],
  );
  return [...new Set([...said, ...destination.approvals])].filter((index) => index >= 0).sort((a, b) => a - b);
}

function words(reason: Reason, facts: Facts): string {
  if (reason !== 'waiting-for-signatures') return reasons[reason];
  const { threshold } = facts.destination.state;
  return `${signedBy(facts).length} of ${threshold} signatures are known; the signer in turn asks the others`;
}

function next(reason: Reason, { lane, nonce, destination, witnesses }: Facts): string {
  const leader = leaderOf(lane, nonce, destination.state.signers.length);
  if (reason === 'waiting-for-turn') {
    return `signer ${leader} asks for signatures and submits; the next in order steps in when it does not`;
  }
  if (reason === 'waiting-for-signatures') {
    const silent = witnesses.filter(({ status }) => 'error' in status).length;
    const who = silent === 0 ? '' : ` (${silent} of ${witnesses.length} relayers do not answer)`;
    return `it moves with the next signature${who}; when the signers cannot reach one another, each approves on chain`;
  }
  return nextSteps[reason] ?? 'the relayers look again by themselves';
}

/** `45 s`, or empty if unknown. */
export const sinceWords = ({ sinceSeconds }: Verdict): string =>
  sinceSeconds === undefined ? '' : `, for ${span(sinceSeconds)}`;
