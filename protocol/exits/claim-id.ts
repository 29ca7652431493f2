import { type Address, type Hex, encodeAbiParameters, keccak256, parseAbiParameters } from 'viem';

const ofAccount = parseAbiParameters('string, address, address');
const ofNonce = parseAbiParameters('string, address, uint64');

/** The id under which `Exits` keeps the claim of a balance. */
export const balanceClaimId = (productToken: Address, account: Address): Hex =>
  keccak256(encodeAbiParameters(ofAccount, ['balance', productToken, account]));

/** The same of a deposit that was not minted, or of a redeem that was not paid. */
export const transferClaimId = (kind: 'deposit' | 'redeem', productToken: Address, nonce: bigint): Hex =>
  keccak256(encodeAbiParameters(ofNonce, [kind, productToken, nonce]));
