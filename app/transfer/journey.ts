import type { Status } from '../../protocol/lane.ts';
import { isReason, type Reason } from '../../protocol/reasons.ts';
import type { TransferReport } from '../api/answers.ts';
import type { SideView } from '../chain/overview.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import type { TransferFacts } from './facts.ts';

export const stepNames = ['departed', 'final', 'signed', 'submitted', 'done'] as const;
export type StepName = (typeof stepNames)[number];
export type StepState = 'done' | 'now' | 'next' | 'stopped';

/**
 * State of one signer. `signed` is on chain: stored or executed by the destination bridge. `says-signed` and `ready`
 * are reported only by its own relayer. `not-needed` did not count when the quorum was complete.
 */
export type Light = 'signed' | 'says-signed' | 'ready' | 'waiting' | 'silent' | 'not-needed' | 'unknown';

export interface Finality {
  /** Number of blocks needed for finality, by the chain's current distance. */
  readonly of: bigint;
  readonly reached: bigint;
  readonly isFinal: boolean;
}

/**
 * Progress of the source block towards finality.
 * @param seen The block up to which a quorum's relayers have processed final blocks; undefined without their answers.
 */
export function finalityOf(
  { head, final }: Pick<SideView, 'head' | 'final'>,
  block: bigint,
  seen: bigint | undefined,
): Finality {
  const missing = block > final.number && block > (seen ?? 0n) ? block - final.number : 0n;
  const lag = head.number - final.number;
  const of = missing > lag ? missing : lag;
  return { of, reached: of - missing, isFinal: missing === 0n };
}

/**
 * The block up to which `threshold` relayers have processed final blocks. SECURITY: fewer relayers cannot raise it,
 * and it decides only what this page calls final.
 */
export function seenFinal(scanned: readonly (bigint | undefined)[], threshold: number): bigint | undefined {
  const known = scanned.filter((block) => block !== undefined).toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  return known[threshold - 1];
}

export function lightOf(
  { index, state }: Pick<SignerNow, 'index' | 'state'>,
  { status, signerMask, arrival }: Pick<TransferFacts, 'status' | 'signerMask' | 'arrival'>,
  report: TransferReport | undefined,
  isSilent: boolean,
): Light {
  if (((signerMask >>> index) & 1) === 1) return 'signed';
  if (status !== 'open') return arrival?.signerMask === undefined ? 'unknown' : 'not-needed';
  if (isSilent || state === 'silent') return 'silent';
  if (report === undefined) return state === 'unknown' ? 'unknown' : 'waiting';
  if (report.signed === true) return 'says-signed';
  return report.reason === 'not-final' || report.reason === undefined ? 'waiting' : 'ready';
}

/**
 * @param isSigned True if a quorum has signed, on chain or by its relayers' reports; fewer reports do not advance a
 * step.
 */
export function stepsOf(
  { status, arrival }: Pick<TransferFacts, 'status' | 'arrival'>,
  isFinal: boolean,
  isSigned: boolean,
  isDestinationFinal: boolean,
): Readonly<Record<StepName, StepState>> {
  const isSettled = isFinal || isSigned;
  if (status === 'executed' || status === 'bounced') {
    const last = arrival === undefined || isDestinationFinal ? 'done' : 'now';
    return {
      departed: 'done',
      final: 'done',
      signed: 'done',
      submitted: 'done',
      done: status === 'bounced' ? 'stopped' : last,
    };
  }
  if (status === 'parked') {
    return { departed: 'done', final: 'done', signed: 'done', submitted: 'done', done: 'stopped' };
  }
  return {
    departed: 'done',
    // Signers sign final blocks only, and may see one as final before this page's node does.
    final: isSettled ? 'done' : 'now',
    signed: isSigned ? 'done' : isSettled ? 'now' : 'next',
    submitted: isSigned ? 'now' : 'next',
    done: 'next',
  };
}

/** The reason that a transfer is still open. */
export interface Obstacle {
  readonly reason: Reason;
  /** Indices of the signers with relayers that report it; empty if the chains show it. */
  readonly saidBy: readonly number[];
}

/** The reason that a transfer is still open: from the chains first, else the most frequent of the relayers' reports. */
export function obstacleOf(
  status: Status,
  isPaused: boolean,
  isRefused: boolean,
  alive: number,
  threshold: number,
  reports: readonly (TransferReport | undefined)[],
): Obstacle | undefined {
  if (status !== 'open') return undefined;
  if (isPaused) return { reason: 'paused', saidBy: [] };
  if (isRefused) return { reason: 'payment-refused', saidBy: [] };
  if (alive < threshold) return { reason: 'waiting-for-signatures', saidBy: [] };
  const said = new Map<Reason, number[]>();
  for (const [place, report] of reports.entries()) {
    const reason = report?.reason;
    if (reason !== undefined && isReason(reason)) said.set(reason, [...(said.get(reason) ?? []), place]);
  }
  const [most] = [...said].toSorted(([, a], [, b]) => b.length - a.length);
  return most === undefined ? undefined : { reason: most[0], saidBy: most[1] };
}
