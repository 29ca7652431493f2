import { BaseError, ContractFunctionRevertedError, type Hex, formatEther } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import { reasons } from '../../protocol/reasons.ts';
import {
  type SendStep,
  type SentTransfer,
  UnsureError,
  departed,
  pegs,
  prepare,
  refusalOf,
  sendDeposit,
  sendRedeem,
} from '../../sdk/index.ts';
import { confirm } from '../confirm-action.ts';
import { type Io, untilInterrupted } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { checkDeparture } from './check-departure.ts';
import { follow } from './follow-arrival.ts';
import { type HolderFlags, type OpenHolder, openHolder } from './open-holder.ts';
import { type Plan, type PlanWords, amountOf, describePlan, planOf } from './plan.ts';

export interface TransferFlags extends HolderFlags {
  readonly recipient?: string;
  readonly timeout: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

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

/** The flags that name the same bridge in another command. */
const placeOf = ({ config, data }: HolderFlags): string =>
  config !== undefined ? `--config ${config}` : data !== undefined ? `--data ${data}` : '';

/** The error of a refused transfer, or of one that may have been sent. */
function refused(cause: unknown, flags: HolderFlags): PegwayError {
  if (cause instanceof UnsureError) {
    const place = placeOf(flags);
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

async function dryRun(plan: Plan, holder: OpenHolder, flags: HolderFlags, output: Output) {
  const { direction, peg, amount, recipient, arrives } = plan;
  const source = holder.sides[sourceOf(direction)];
  const request = { productToken: peg.productToken, amount, recipient };
  const needed = await prepare(source, direction, request, holder.address).catch((cause: unknown) => {
    throw refused(cause, flags);
  });
  const cost =
    needed.gas === undefined
      ? 'known after the allowance'
      : `${formatEther(needed.fee ?? 0n)} coins (${needed.gas} gas)`;
  output.result(
    [
      describePlan(plan, holder.address),
      `  requested: ${needed.steps.join(', then ')}; cost: ${cost}`,
      '  nothing was signed or sent',
    ].join('\n'),
    { dryRun: true, direction, productToken: peg.productToken, recipient, amount, arrives, ...needed },
  );
}

export async function transfer(words: Omit<PlanWords, 'recipient'>, flags: TransferFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const seconds = secondsOf(flags.timeout);
  const holder = await output.waiting('both nodes to answer', openHolder(flags, io));
  let sent: { readonly hash: Hex; readonly transfer: SentTransfer } | undefined;
  try {
    const reading = pegs(holder.sides).then(async (known) => {
      const plan = planOf(known, { ...words, recipient: flags.recipient }, holder.address);
      return { plan, notices: await checkDeparture(plan, holder) };
    });
    const { plan, notices } = await output.waiting('both bridges', reading);
    for (const notice of notices) output.say(output.yellow(`notice: ${notice}`));
    if (flags.dryRun) return await dryRun(plan, holder, flags, output);
    output.say(describePlan(plan, holder.address));
    if (io.stdin.isTTY === true) await confirm('Send it?', flags.yes, io);

    const { direction } = plan;
    const request = { productToken: plan.peg.productToken, amount: plan.amount, recipient: plan.recipient };
    const fromBlock = await holder.sides[destinationOf(direction)].reader.getBlockNumber();
    const source = holder.sides[sourceOf(direction)];
    const send = direction === 'mint' ? sendDeposit : sendRedeem;
    const work = send(source, request, {
      onStep: (step: SendStep) => output.say(steps[step]),
      // At once: whatever happens from here on, it can be looked up.
      onHash: (hash: Hex, transfer: SentTransfer) => {
        sent = { hash, transfer };
        output.say(`transaction ${hash}`);
      },
    })
      .then((hash) => departed(source, direction, hash, { timeoutSeconds: seconds, sent: sent?.transfer }))
      .catch((cause: unknown) => {
        throw refused(cause, flags);
      })
      .then((departure) =>
        follow(holder, departure, { fromBlock, seconds }, output).then((arrival) => ({ departure, arrival })),
      );
    const { departure, arrival } = await untilInterrupted(work, io, () =>
      sent === undefined
        ? 'nothing was sent; a permit that was signed expires by itself'
        : `it was sent and is not lost; look again with: pegway explain ${sent.hash} ${placeOf(flags)}`,
    );
    output.result(
      `${arrival.status} in block ${arrival.blockNumber}: ${amountOf(plan.arrives, plan.to)} for ${plan.recipient}`,
      { departure, arrival, arrives: plan.arrives },
    );
  } finally {
    await holder.close();
  }
}
