import { type Address, type Hex, concatHex, encodeAbiParameters, keccak256, parseAbiParameters, zeroHash } from 'viem';

/** A departure of the main side, as `MainBridge.outboundHash` binds it. */
export interface MainDeparture {
  readonly nonce: bigint;
  /** The account that may claim it; of a bounce, the redeemer. */
  readonly returnTo: Address;
  readonly recipient: Address;
  readonly mainAmount: bigint;
  /** The withdrawal that bounced, plus one; zero for a deposit. */
  readonly bounced: bigint;
}

const words = parseAbiParameters('uint256, address, address, uint256, uint256');

export const departureHash = ({ nonce, returnTo, recipient, mainAmount, bounced }: MainDeparture): Hex =>
  keccak256(encodeAbiParameters(words, [nonce, returnTo, recipient, mainAmount, bounced]));

/** The running hash before each departure, and after the last: one more than departures. Nonces 0, 1, 2 … */
export function runningHashes(departures: readonly MainDeparture[]): Hex[] {
  const hashes: Hex[] = [zeroHash];
  for (const departure of departures) {
    hashes.push(keccak256(concatHex([hashes.at(-1) ?? zeroHash, departureHash(departure)])));
  }
  return hashes;
}
