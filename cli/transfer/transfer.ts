import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  type Hex,
  formatUnits,
  isAddress,
  parseUnits,
} from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { reasons } from '../../protocol/reasons.ts';
import {
  type PegInfo,
  type SendStep,
  type SentTransfer,
  UnsureError,
  departed,
  pegs,
  prepare,
  quoteOf,
  refusalOf,
  sendDeposit,
  sendRedeem,
} from '../../sdk/index.ts';
import type { Io } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';
import { follow } from './follow-arrival.ts';
import { type HolderFlags, type OpenHolder, openHolder } from './open-holder.ts';

export interface TransferFlags extends HolderFlags {
  readonly recipient?: string;
  readonly timeout: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

function pegOf(known: readonly PegInfo[], name: string): PegInfo {
  const address = isAddress(name, { strict: false }) ? addressAt('peg', name) : undefined;
  const named = known.filter(({ product, productToken }) => product.symbol === name || productToken === address);
  const [peg, another] = named;
  if (another !== undefined) {
    const addresses = named.map(({ productToken }) => productToken).join(', ');
    throw wrong(`several pegs are named ${name}`, `name it by its address: ${addresses}`);
  }
  if (peg !== undefined) return peg;
  throw wrong(`no peg is named ${name}`, `expected one of ${known.map(({ product }) => product.symbol).join(', ')}`);
}

function amountOf(text: string, decimals: number): bigint {
  if (!/^\d+(\.\d+)?$/.test(text)) throw wrong(`amount: expected a number, found ${text}`, 'for example 12.5');
  if ((text.split('.')[1] ?? '').length > decimals) {
    throw wrong(`amount: ${text} has more than the token's ${decimals} decimals`, 'nothing is rounded here');
  }
  return parseUnits(text, decimals);
}

const recipientOf = (text: string | undefined, self: Address): Address =>
  text === undefined ? self : addressAt('--recipient', text);

function secondsOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw wrong(`--timeout: expected a whole number of seconds, found ${text}`, 'for example --timeout 600');
}

/** The values of a contract's error, as `(21000, 0)`; empty when there are none. */
function valuesOf(cause: unknown): string {
  if (!(cause instanceof BaseError)) return '';
  const reverted = cause.walk((inner) => inner instanceof ContractFunctionRevertedError);
  const values = reverted instanceof ContractFunctionRevertedError ? (reverted.data?.args ?? []) : [];
  return values.length === 0 ? '' : `(${values.map(String).join(', ')})`;
}

/** The error of a refused transfer, or of one that may have been sent. */
function refused(cause: unknown, { config, data }: Pick<HolderFlags, 'config' | 'data'>): PegwayError {
  if (cause instanceof UnsureError) {
    const place = config === undefined ? `--data ${data}` : `--config ${config}`;
    const { hash } = cause;
    const hint = `it may still depart, so sending another may pay twice; follow it with: pegway explain ${hash ?? 'HASH'} ${place}`;
    const named = hash === undefined ? '' : ` (transaction ${hash})`;
    return new PegwayError(`${messageOf(cause)}${named}`, { cause, hint });
  }
  const refusal = refusalOf(cause);
  if (refusal === undefined)
    return new PegwayError(messageOf(cause), { cause, hint: 'nothing has departed; try again' });
  const { reason } = refusal;
  const error = `${refusal.error}${valuesOf(cause)}`;
  const message = reason === undefined ? `refused: ${error}` : `refused: ${reasons[reason]} (${error})`;
  return new PegwayError(message, {
    cause,
    ...(reason === undefined ? {} : { code: reason }),
    hint: 'correct it and try again; nothing has departed',
  });
}

const steps: Readonly<Record<SendStep, string>> = {
  permit: 'signing a permit for the bridge: no transaction of its own is needed',
  unpermitted: 'the token does not take this permit: an approval is needed, in a transaction of its own',
  reset: 'taking the old approval of the bridge back',
  approve: 'approving the bridge',
  approving: 'waiting until the approval is in a block',
  send: 'sending',
};

/** A transfer in words, checked against the peg. */
interface Plan {
  readonly direction: Direction;
  readonly peg: PegInfo;
  readonly amount: bigint;
  readonly recipient: Address;
  readonly arrives: bigint;
}

async function planOf(direction: Direction, name: string, text: string, holder: OpenHolder, recipient?: string) {
  const peg = pegOf(await pegs(holder.sides), name);
  const given = peg[sourceOf(direction)];
  const amount = amountOf(text, given.decimals);
  const quoted = quoteOf(peg, direction, amount);
  if (!quoted.ok) {
    const nearest = `the nearest that would do: ${formatUnits(quoted.suggestion, given.decimals)}`;
    throw wrong(`amount: ${reasons[quoted.reason]}`, nearest, quoted.reason);
  }
  return { direction, peg, amount, recipient: recipientOf(recipient, holder.address), arrives: quoted.amount };
}

async function dryRun(plan: Plan, holder: OpenHolder, flags: HolderFlags, output: Output) {
  const { direction, peg, amount, recipient, arrives } = plan;
  const source = holder.sides[sourceOf(direction)];
  const request = { productToken: peg.productToken, amount, recipient };
  const needed = await prepare(source, direction, request, holder.address).catch((cause: unknown) => {
    throw refused(cause, flags);
  });
  const [from, to] = [peg[sourceOf(direction)], peg[destinationOf(direction)]];
  const cost = needed.gas === undefined ? 'known after the allowance' : `${needed.gas} gas, ${needed.fee ?? 0n} wei`;
  output.result(
    [
      `${formatUnits(amount, from.decimals)} ${from.symbol} become ${formatUnits(arrives, to.decimals)} ${to.symbol} for ${recipient}`,
      `  requested: ${needed.steps.join(', then ')}; cost: ${cost}`,
      '  nothing was signed or sent',
    ].join('\n'),
    { dryRun: true, direction, productToken: peg.productToken, recipient, amount, arrives, ...needed },
  );
}

export async function transfer(
  direction: Direction,
  name: string,
  text: string,
  flags: TransferFlags,
  io: Io,
): Promise<void> {
  const output = openOutput(flags.json, io);
  const seconds = secondsOf(flags.timeout);
  const holder = await openHolder(flags, io);
  try {
    const plan = await planOf(direction, name, text, holder, flags.recipient);
    if (flags.dryRun) return await dryRun(plan, holder, flags, output);

    const request = { productToken: plan.peg.productToken, amount: plan.amount, recipient: plan.recipient };
    const fromBlock = await holder.sides[destinationOf(direction)].reader.getBlockNumber();
    const options = {
      onStep: (step: SendStep) => output.say(steps[step]),
      // At once: whatever happens from here on, it can be looked up.
      onHash: (hash: Hex, transfer: SentTransfer) => {
        sent = transfer;
        output.say(`transaction ${hash}`);
      },
    };
    let sent: SentTransfer | undefined;
    const source = holder.sides[sourceOf(direction)];
    const send = direction === 'mint' ? sendDeposit : sendRedeem;
    const departure = await send(source, request, options)
      .then((hash) => departed(source, direction, hash, { timeoutSeconds: seconds, sent }))
      .catch((cause: unknown) => {
        throw refused(cause, flags);
      });
    const arrival = await follow(holder, departure, { fromBlock, seconds }, output);
    const to = plan.peg[destinationOf(direction)];
    output.result(
      `${arrival.status} in block ${arrival.blockNumber}: ${formatUnits(plan.arrives, to.decimals)} ${to.symbol} for ${plan.recipient}`,
      { departure, arrival, arrives: plan.arrives },
    );
  } finally {
    await holder.close();
  }
}
