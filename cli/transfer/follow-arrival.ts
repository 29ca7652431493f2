import { setTimeout as sleep } from 'node:timers/promises';

import { PegwayError } from '../../protocol/errors.ts';
import { type Arrival, type Departure, status, wait } from '../../sdk/index.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import { reasons } from '../../protocol/reasons.ts';
import type { Output } from '../output.ts';
import type { OpenHolder } from './open-holder.ts';

const LOOK_MILLISECONDS = 500;

async function finalHeight({ reader }: OpenHolder['sides']['main'], finality: OpenHolder['finality']['main']) {
  if (finality === 'finalized') return (await reader.getBlock({ blockTag: 'finalized' })).number;
  return (await reader.getBlockNumber()) - BigInt(finality.depth);
}

/**
 * Follows a transfer until it has arrived, printing each step.
 * @param fromBlock The destination's height before it departed.
 * @throws {PegwayError} when it has not arrived after so many seconds; `parked` when it waits for its limit.
 */
export async function follow(
  holder: OpenHolder,
  departure: Departure,
  options: { readonly fromBlock: bigint; readonly seconds: number },
  output: Output,
): Promise<Arrival> {
  const { direction, productToken, nonce, blockNumber, transactionHash } = departure;
  const name = `${direction} ${productToken} ${nonce}`;
  const source = holder.sides[sourceOf(direction)];
  const destination = holder.sides[destinationOf(direction)];
  output.say(`departed in block ${blockNumber} as ${name}  ${transactionHash}`);
  const signal = AbortSignal.timeout(options.seconds * 1_000);
  const late = (cause: unknown) =>
    new PegwayError(`not there after ${options.seconds} s: ${name}`, {
      cause,
      hint: `it is not lost; look again with: pegway explain ${name}`,
    });

  const arriving = wait(destination, departure, { signal, fromBlock: options.fromBlock });
  // Awaited below; until then, a chain that ends must not end this process.
  arriving.catch(() => undefined);
  try {
    const untilFinal = async () => {
      while ((await finalHeight(source, holder.finality[sourceOf(direction)])) < blockNumber) {
        signal.throwIfAborted();
        await sleep(LOOK_MILLISECONDS);
      }
    };
    await output.waiting(`block ${blockNumber} to be final`, untilFinal());
    output.say(`final: block ${blockNumber} is; the signers attest it`);
    const arrival = await output.waiting('a quorum to sign and one signer to send it', arriving);
    if (arrival.status !== 'parked') {
      if (arrival.signerMask !== undefined) output.say(`signed by signers ${indicesOf(arrival.signerMask).join(', ')}`);
      return arrival;
    }
    output.say(`parked: ${reasons.parked}`);
    while ((await status(destination, departure)) === 'parked') {
      if (signal.aborted) throw new PegwayError(`${name}: ${reasons.parked}`, { code: 'parked' });
      await sleep(LOOK_MILLISECONDS);
    }
    return await wait(destination, departure, { signal, fromBlock: options.fromBlock });
  } catch (error) {
    throw signal.aborted && !(error instanceof PegwayError) ? late(error) : error;
  }
}
