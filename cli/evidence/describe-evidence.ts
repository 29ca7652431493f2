import type { Equivocation, Evidence } from '../../protocol/equivocation.ts';

/** What evidence proves, in lines for people. */
export function describeEvidence(
  { direction, productToken, destination, statements }: Evidence,
  { signer, nonce, transfers }: Equivocation,
  name: string | undefined,
): string {
  const lines = transfers.map(({ amount, recipient }, index) => {
    const { signerEpoch, sourceBlock } = statements[index] ?? statements[0];
    return `  ${index + 1}. ${amount} base units for ${recipient} (epoch ${signerEpoch}, source block ${sourceBlock})`;
  });
  return [
    `${name === undefined ? '' : `${name} `}${signer} has signed two different transfers for nonce ${nonce}`,
    `  ${direction} of ${productToken} at ${destination.bridge} on chain ${destination.chainId}:`,
    ...lines,
  ].join('\n');
}
