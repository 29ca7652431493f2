import { PegwayError } from '../../protocol/errors.ts';
import type { TransferRequest } from '../../sdk/index.ts';
import type { Direction } from '../../protocol/lane.ts';
import { type Holder, holderOf } from '../devnet/devnet-holder.ts';
import type { Devnet } from '../devnet/start.ts';

/** One direction of a devnet's first peg, with a funded holder. */
export interface Stage {
  readonly devnet: Devnet;
  readonly direction: Direction;
  readonly source: Holder['main'];
  readonly destination: Holder['main'];
  /** So many transfers, of the smallest amount that the peg takes. */
  requests(count: number): TransferRequest[];
}

export function stageOf(devnet: Devnet, direction: Direction): Stage {
  const [peg] = devnet.file.pegs;
  const [key] = devnet.file.holders;
  if (peg === undefined || key === undefined) throw new PegwayError('the devnet has no peg or no holder');
  const { main, product, address: recipient } = holderOf(devnet.file, key.privateKey);
  // A devnet's minimum.
  const mainAmount = 10n ** BigInt(peg.mainDecimals) / 100n;
  const amount = direction === 'mint' ? mainAmount : (mainAmount * BigInt(peg.numerator)) / BigInt(peg.denominator);
  const [source, destination] = direction === 'mint' ? [main, product] : [product, main];
  const requests = (count: number) =>
    Array.from({ length: count }, () => ({ productToken: peg.productToken, amount, recipient }));
  return { devnet, direction, source, destination, requests };
}
