import type { Address, Hex } from 'viem';

import { type Period, periods } from '../../protocol/activity.ts';
import { type Direction, type Side, directions, sides } from '../../protocol/lane.ts';
import { addressOf, fieldsOf, hashOf, integerOf, listOf } from './answers.ts';

/** Transfers of one lane, added up by a relayer: see `FiguresView` of its API. */
export interface Figures {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly departed: bigint;
  readonly volume: bigint;
  readonly fees: bigint;
  readonly arrived: bigint;
  readonly p50: bigint | undefined;
  readonly p95: bigint | undefined;
  readonly gas: bigint;
  readonly priced: bigint;
}

export interface PeriodFigures extends Figures {
  /** First second of the period. */
  readonly at: number;
}

export interface Analytics {
  readonly period: Period;
  readonly from: number;
  readonly to: number;
  /** The relayer has read both chains up to this second. */
  readonly until: number;
  readonly complete: boolean;
  readonly totals: readonly Figures[];
  readonly periods: readonly PeriodFigures[];
}

/** Counted signatures of one signer. */
export interface SigningRecord {
  readonly address: Address;
  readonly batches: bigint;
  readonly lastSignatureAt: number | undefined;
  readonly latencySeconds: number | undefined;
}

export interface Signing {
  readonly since: number;
  readonly complete: boolean;
  readonly batches: bigint;
  readonly signers: readonly SigningRecord[];
}

/** Where a bridge accepted and executed a proposal: hints to transactions. */
export interface ProposalHint {
  readonly side: Side;
  readonly nonce: bigint;
  /** In seconds since the epoch, for the order alone. */
  readonly acceptedAt: bigint;
  readonly accepted: Hex;
  readonly executed: Hex | undefined;
}

/** Up to the year 2255: the range that a number and a date can represent. */
function secondsOf(value: unknown): number | undefined {
  const seconds = integerOf(value);
  return seconds === undefined || seconds > 9_000_000_000n ? undefined : Number(seconds);
}

function figuresOf(value: unknown): Figures[] {
  const fields = fieldsOf(value);
  const direction = directions.find((one) => one === fields['direction']);
  const productToken = addressOf(fields['productToken']);
  const [departed, volume, fees, arrived, gas, priced] = [
    ...['departed', 'volume', 'fees', 'arrived', 'gas', 'priced'],
  ].map((name) => integerOf(fields[name]));
  if (direction === undefined || productToken === undefined || departed === undefined || volume === undefined)
    return [];
  if (fees === undefined || arrived === undefined || gas === undefined || priced === undefined) return [];
  const [p50, p95] = [integerOf(fields['p50']), integerOf(fields['p95'])];
  return [{ direction, productToken, departed, volume, fees, arrived, p50, p95, gas, priced }];
}

/** More than a relayer answers. */
const MOST_FIGURES = 2_000;

/** Undefined for what is no answer. */
export function parseAnalytics(value: unknown): Analytics | undefined {
  const answer = fieldsOf(value);
  const period = periods.find((one) => one === answer['period']);
  const [from, to, until] = ['from', 'to', 'until'].map((name) => secondsOf(answer[name]));
  if (period === undefined || from === undefined || to === undefined || until === undefined) return undefined;
  return {
    ...{ period, from, to, until, complete: answer['complete'] === true },
    totals: listOf(answer['totals'], MOST_FIGURES).flatMap(figuresOf),
    periods: listOf(answer['periods'], MOST_FIGURES).flatMap((item) => {
      const at = secondsOf(fieldsOf(item)['at']);
      return at === undefined ? [] : figuresOf(item).map((figures) => ({ at, ...figures }));
    }),
  };
}

/** Undefined for what is no answer. */
export function parseSigning(value: unknown): Signing | undefined {
  const answer = fieldsOf(value);
  const [since, batches] = [secondsOf(answer['since']), integerOf(answer['batches'])];
  if (since === undefined || batches === undefined) return undefined;
  return {
    ...{ since, batches, complete: answer['complete'] === true },
    signers: listOf(answer['signers'], 64).flatMap((item): SigningRecord[] => {
      const fields = fieldsOf(item);
      const [address, counted] = [addressOf(fields['address']), integerOf(fields['batches'])];
      if (address === undefined || counted === undefined) return [];
      const latency = fields['latencySeconds'];
      return [
        {
          ...{ address, batches: counted, lastSignatureAt: secondsOf(fields['lastSignatureAt']) },
          latencySeconds: typeof latency === 'number' && latency >= 0 && latency < 60 ? latency : undefined,
        },
      ];
    }),
  };
}

export function parseProposals(value: unknown): readonly ProposalHint[] {
  return listOf(fieldsOf(value)['proposals'], 100).flatMap((item): ProposalHint[] => {
    const fields = fieldsOf(item);
    const [accepted, executed] = [fieldsOf(fields['accepted']), fieldsOf(fields['executed'])];
    const side = sides.find((one) => one === fields['chain']);
    const [nonce, acceptedAt] = [integerOf(fields['nonce']), integerOf(accepted['at'])];
    const hash = hashOf(accepted['transactionHash']);
    if (side === undefined || nonce === undefined || acceptedAt === undefined || hash === undefined) return [];
    return [{ side, nonce, acceptedAt, accepted: hash, executed: hashOf(executed['transactionHash']) }];
  });
}
