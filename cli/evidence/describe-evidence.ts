import type { Equivocation, Evidence } from '../../protocol/equivocation.ts';
import { BASE_UNITS, type TokenName, exactAmountOf } from '../inspect/format.ts';

/**
 * What evidence proves, in lines for people.
 * @param token That the lane pays out, where a chain was read: evidence does not contain its decimals.
 */
export function describeEvidence(
  { direction, productToken, destination, statements }: Evidence,
  { signer, nonce, transfers }: Equivocation,
  name: string | undefined,
  token: Pick<TokenName, 'symbol' | 'decimals'> = BASE_UNITS,
): string {
  const lines = transfers.map(({ amount, recipient }, index) => {
    const { signerEpoch, sourceBlock } = statements[index] ?? statements[0];
    return `  ${index + 1}. ${exactAmountOf(amount, token)} for ${recipient} (epoch ${signerEpoch}, source block ${sourceBlock})`;
  });
  return [
    `${name === undefined ? '' : `${name} `}${signer} has signed two different transfers for nonce ${nonce}`,
    `  ${direction} of ${productToken} at ${destination.bridge} on chain ${destination.chainId}:`,
    ...lines,
  ].join('\n');
}
