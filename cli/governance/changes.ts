import { formatUnits } from 'viem';

import { BASE_UNITS } from '../inspect/format.ts';
import { limitWords } from '../inspect/peg-words.ts';
import type { Before, TokenWords } from './read-before.ts';
import type { ProposalCall } from './proposal.ts';
import type { GovernedState } from './governed-state.ts';
import { duration, moment } from './chain-time.ts';
import { openedPegChanges } from './opened-peg.ts';

/** One change of a call, as text. */
export interface Change {
  readonly what: string;
  /** Undefined when there was no value. */
  readonly from: string | undefined;
  /** Undefined when the call removes it. */
  readonly to: string | undefined;
}

const amount = (value: bigint, { symbol, decimals }: TokenWords): string =>
  `${formatUnits(value, decimals)} ${symbol} (${value} base units)`;

const text = (call: ProposalCall, name: string): string => String(call.args[name]);
const number = (call: ProposalCall, name: string): bigint => BigInt(text(call, name));

function signerChanges(call: ProposalCall, { signers, threshold }: GovernedState): Change[] {
  const next = call.args['newSigners'] as readonly string[];
  const places = Math.max(signers.length, next.length);
  const changes = Array.from({ length: places }, (_, index) => {
    return { what: `signer ${index}`, from: signers[index], to: next[index] };
  });
  return [
    ...changes.filter(({ from, to }) => from !== to),
    {
      what: 'threshold',
      from: `${threshold} of ${signers.length}`,
      to: `${text(call, 'newThreshold')} of ${next.length}`,
    },
  ];
}

const delayChanges = (call: ProposalCall, { delays }: GovernedState): Change[] =>
  Object.entries<number>(delays)
    .map(([name, before]) => ({
      what: name,
      from: duration(BigInt(before)),
      to: duration(number(call, name)),
    }))
    .filter(({ from, to }) => from !== to);

const pegOf = ({ peg }: Before, call: ProposalCall): string =>
  peg === undefined ? text(call, 'productToken') : `${peg.symbol} (${peg.productToken})`;

function limitChange(call: ProposalCall, before: Before): Change {
  const token = before.peg?.token ?? BASE_UNITS;
  const from =
    before.peg === undefined ? undefined : limitWords(before.peg.capacity, before.peg.refillPerSecond, token);
  const to = limitWords(number(call, 'capacity'), number(call, 'refillPerSecond'), token);
  return { what: `outflow limit of ${pegOf(before, call)}`, from, to };
}

function minimumChange(call: ProposalCall, before: Before): Change {
  const token = before.peg?.token ?? BASE_UNITS;
  const what = `minimum ${departureOf(before)} of ${pegOf(before, call)}`;
  const from = before.peg === undefined ? undefined : amount(before.peg.minimum, token);
  return { what, from, to: amount(number(call, 'minimum'), token) };
}

function feeChange(call: ProposalCall, before: Before): Change {
  const token = before.peg?.token ?? BASE_UNITS;
  const fee = (flat: bigint, basisPoints: bigint) => `${amount(flat, token)} and ${basisPoints} basis points`;
  const from = before.peg === undefined ? undefined : fee(before.peg.flat, BigInt(before.peg.basisPoints));
  const to = fee(number(call, 'flat'), number(call, 'basisPoints'));
  return { what: `fee of a ${departureOf(before)} of ${pegOf(before, call)}`, from, to };
}

function departMinimumChange(call: ProposalCall, before: Before): Change {
  const token = before.peg?.token ?? BASE_UNITS;
  const from = before.peg === undefined ? undefined : amount(before.peg.departMinimum, token);
  const what = `smallest fee pot of ${pegOf(before, call)} that leaves`;
  return { what, from, to: amount(number(call, 'departMinimum'), token) };
}

const departureOf = ({ state }: Before): string => (state.chain === 'main' ? 'deposit' : 'redeem');

const nextEpoch = ({ signerEpoch }: GovernedState): Change => ({
  what: 'signer epoch',
  from: signerEpoch.toString(),
  to: `${signerEpoch + 1n}: attestations, bounces and approvals signed so far are void; a pending proposal stays`,
});

const pauseEnd = ({ pausedUntil, timestamp }: GovernedState): string =>
  pausedUntil > timestamp ? `paused until ${moment(pausedUntil)}` : 'not paused';

/** The changes of a call, and its place beside the other bridge. */
export function changesOf(call: ProposalCall, before: Before): Change[] {
  const changes = ownChanges(call, before);
  return before.beside === undefined ? changes : [...changes, { what: 'note', from: undefined, to: before.beside }];
}

/** The changes of a call, with old and new values; unchanged fields are left out. */
function ownChanges(call: ProposalCall, before: Before): Change[] {
  const { state, peg, parked } = before;
  switch (call.function) {
    case 'setSigners':
      return signerChanges(call, state);
    case 'setDelays':
      return delayChanges(call, state);
    case 'setLimit':
    case 'lowerLimit':
      return [limitChange(call, before)];
    case 'setMinimum':
      return [minimumChange(call, before)];
    case 'setGasCap':
      return [{ what: `gas cap of ${pegOf(before, call)}`, from: peg?.gasCap.toString(), to: text(call, 'gasCap') }];
    case 'retirePeg': {
      const from = peg?.retired === true ? 'retired' : 'takes deposits';
      return [{ what: pegOf(before, call), from, to: 'retired: refuses further deposits permanently' }];
    }
    case 'openPeg':
      return before.opened === undefined ? [] : openedPegChanges(call, before.opened);
    case 'voidParked': {
      const transfers = parked.map((transfer): Change => {
        const what = `parked transfer ${transfer.nonce} of ${pegOf(before, call)}`;
        if (transfer.releasableAt === 0n) return { what, from: 'not parked', to: 'skipped' };
        const token = peg?.token ?? BASE_UNITS;
        const from = `${amount(transfer.amount, token)} for ${transfer.recipient}, releasable from ${moment(transfer.releasableAt)}`;
        return { what, from, to: 'open again, to be attested anew' };
      });
      return [...transfers, nextEpoch(state)];
    }
    case 'revokeSignatures':
      return [nextEpoch(state)];
    case 'renew':
      return [];
    case 'setFee':
      return [feeChange(call, before)];
    case 'setDepartMinimum':
      return [departMinimumChange(call, before)];
    case 'unpause':
      return [{ what: 'bridge', from: pauseEnd(state), to: 'not paused' }];
    case 'prolongPause':
      return [{ what: 'bridge', from: pauseEnd(state), to: `paused until ${moment(number(call, 'until'))}` }];
    default:
      return Object.entries(call.args).map(([what, to]) => ({ what, from: undefined, to: String(to) }));
  }
}

/** `  threshold: 4 of 6 → 5 of 6` */
export const describeChange = ({ what, from, to }: Change): string =>
  `${what}: ${from === undefined ? '' : `${from} → `}${to ?? 'removed'}`;
