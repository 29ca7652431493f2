import { type Address, isAddressEqual } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type MainDeparture, departureHash, runningHashes } from '../../protocol/exits/departures.ts';
import { readEvents } from './logs.ts';
import type { ExitSources } from './sources.ts';

/** A peg's departures on the main chain, in order, with the running hash before each. */
export interface MainDepartures {
  readonly departures: readonly MainDeparture[];
  readonly items: readonly `0x${string}`[];
  readonly hashes: readonly `0x${string}`[];
}

/**
 * Reads them from the bridge's events.
 * @throws {PegwayError} when they do not lead to the bridge's running hash: the node left events out.
 */
export async function readMainDepartures(
  { main: { reader, bridge, logRange } }: Pick<ExitSources, 'main'>,
  productToken: Address,
): Promise<MainDepartures> {
  const at = { address: bridge, abi: mainBridgeAbi } as const;
  const [count, expected, firstBlock, latest] = await Promise.all([
    reader.readContract({ ...at, functionName: 'outboundNonce', args: [productToken] }),
    reader.readContract({ ...at, functionName: 'outboundHash', args: [productToken] }),
    reader.readContract({ ...at, functionName: 'outboundBlock', args: [productToken, 0n] }),
    reader.getBlockNumber({ cacheTime: 0 }),
  ]);
  if (count === 0n) return { departures: [], items: [], hashes: runningHashes([]) };

  const range = { reader, address: bridge, from: firstBlock, to: latest, logRange };
  const [deposits, bounces] = await Promise.all([
    readEvents(range, mainBridgeAbi, 'MainTokenDeposited'),
    readEvents(range, mainBridgeAbi, 'TransferBounced'),
  ]);
  const bouncedBy = new Map(
    bounces
      .filter(({ args }) => isAddressEqual(args.productToken, productToken))
      .map(({ args }) => [args.returnNonce, args.nonce]),
  );
  const departures = deposits
    .filter(({ args }) => isAddressEqual(args.productToken, productToken))
    .map(({ args: { nonce, depositor, recipient, mainAmount } }): MainDeparture => {
      const bounced = bouncedBy.get(nonce);
      // Of a bounce the redeemer claims: the bridge, which stands as the depositor, cannot.
      if (bounced !== undefined) return { nonce, returnTo: recipient, recipient, mainAmount, bounced: bounced + 1n };
      return { nonce, returnTo: depositor, recipient, mainAmount, bounced: 0n };
    });
  const hashes = runningHashes(departures);
  if (BigInt(departures.length) !== count || hashes.at(-1) !== expected) {
    throw new PegwayError(
      `main chain: the events of ${productToken} do not lead to its running hash: found ${departures.length} departures, expected ${count}`,
      { code: 'withheld-log', hint: 'the node left events out: ask one that keeps all logs' },
    );
  }
  return { departures, items: departures.map(departureHash), hashes };
}
