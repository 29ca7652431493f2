import type { Address, PublicClient } from 'viem';

import { anchorViews, exitViews } from './exit-views.ts';

/** `silent`: nothing was announced, or life was seen since. */
export type ExitPhase = 'silent' | 'announced' | 'advancing' | 'registering' | 'paying';

/** The two contracts, and a node of the main chain. */
export interface ExitPlace {
  readonly main: PublicClient;
  readonly exits: Address;
  readonly anchors: Address;
}

/** Times in seconds since the epoch; delays in seconds. */
export type ExitStatus = Awaited<ReturnType<typeof readExits>>;

/** Everything that `Exits` shows, at the latest block, and where that leads. */
export async function readExits({ main, exits, anchors }: ExitPlace) {
  const { number: blockNumber, timestamp: now } = await main.getBlock();
  const at = { address: exits, abi: exitViews, blockNumber } as const;
  const [settlement, lastLifeAt, exitDelay, noticePeriod, claimsFrom, paymentsFrom, anchor] = await Promise.all([
    main.readContract({ ...at, functionName: 'settlement' }),
    main.readContract({ ...at, functionName: 'lastLifeAt' }),
    main.readContract({ ...at, functionName: 'exitDelay' }),
    main.readContract({ ...at, functionName: 'noticePeriod' }),
    main.readContract({ ...at, functionName: 'claimsFrom' }),
    main.readContract({ ...at, functionName: 'paymentsFrom' }),
    main.readContract({ address: anchors, abi: anchorViews, functionName: 'latest', blockNumber }),
  ]);
  const openableAt = lastLifeAt + exitDelay;
  // An announcement that life has cancelled leaves its time behind.
  const announced = settlement.openedAt !== 0n && settlement.openedAt >= openableAt;
  const closableAt = announced ? settlement.openedAt + noticePeriod : undefined;
  const phase = ((): ExitPhase => {
    if (settlement.closedAt === 0n) return announced ? 'announced' : 'silent';
    if (now < claimsFrom) return 'advancing';
    return now < paymentsFrom ? 'registering' : 'paying';
  })();
  return { phase, now, lastLifeAt, openableAt, closableAt, claimsFrom, paymentsFrom, anchor, settlement };
}
