import {
  type Address,
  type Hex,
  type PublicClient,
  type TypedDataDomain,
  domainSeparator,
  keccak256,
  parseAbi,
  parseSignature,
  size,
  stringToHex,
} from 'viem';

import { isContract } from './sender-account.ts';
import type { BridgeClient } from './bridge-client.ts';
import { isRefused, optional } from './refusal.ts';
import { readTokenText } from './token-info.ts';

const permitAbi = parseAbi([
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function nonces(address owner) view returns (uint256)',
  'function PERMIT_TYPEHASH() view returns (bytes32)',
  'function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
]);

const permitTypes = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;

/** As in ERC-2612; a token with another type hash (DAI's) takes other permits. */
const PERMIT_TYPEHASH = keccak256(
  stringToHex('Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)'),
);

/** Lifetime of a permit: a permit found later in a slow wallet must be useless. */
const PERMIT_SECONDS = 3_600n;

export interface Permit {
  readonly deadline: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/**
 * The domain that a token's ERC-2612 permits are signed in; undefined when it takes none. Checked against the token's own
 * DOMAIN_SEPARATOR, so that a holder never signs a worthless permit.
 */
export async function readPermitDomain(reader: PublicClient, token: Address): Promise<TypedDataDomain | undefined> {
  const contract = { address: token, abi: permitAbi } as const;
  const [separator, typehash, told, name, chainId] = await Promise.all([
    optional(reader.readContract({ ...contract, functionName: 'DOMAIN_SEPARATOR' })),
    optional(reader.readContract({ ...contract, functionName: 'PERMIT_TYPEHASH' })),
    optional(reader.readContract({ ...contract, functionName: 'eip712Domain' })),
    readTokenText(reader, token, 'name'),
    reader.getChainId(),
  ]);
  if (separator === undefined || (typehash !== undefined && typehash !== PERMIT_TYPEHASH)) return undefined;
  const common = { chainId, verifyingContract: token };
  const candidates: TypedDataDomain[] = [
    ...(told === undefined ? [] : [{ name: told[1], version: told[2], ...common }]),
    ...(name === undefined ? [] : ['1', '2'].map((version) => ({ name, version, ...common }))),
  ];
  return candidates.find((domain) => domainSeparator({ domain }) === separator);
}

/**
 * The domain of a permit that this holder can give; undefined, too, where its account is a contract, which has no key to sign
 * with: tokens recover a permit's signer, and most ask no contract.
 */
export async function permitDomainOf(
  reader: PublicClient,
  token: Address,
  holder: Address,
): Promise<TypedDataDomain | undefined> {
  return (await isContract(reader, holder)) ? undefined : readPermitDomain(reader, token);
}

/**
 * Asks the holder for a permit of exactly `amount` to the bridge.
 * @returns undefined when the account signs nothing that a token could check (a contract's account).
 * @throws what the account throws, such as a refusal.
 */
export async function signPermit(
  { bridge, reader, writer }: BridgeClient,
  token: Address,
  domain: TypedDataDomain,
  amount: bigint,
): Promise<Permit | undefined> {
  const owner = writer.account.address;
  const [nonce, { timestamp }] = await Promise.all([
    reader.readContract({ address: token, abi: permitAbi, functionName: 'nonces', args: [owner] }),
    reader.getBlock(),
  ]);
  // The chain's time, not this machine's: the token compares with the chain's.
  const deadline = timestamp + PERMIT_SECONDS;
  const signature = await writer.signTypedData({
    ...{ domain, types: permitTypes, primaryType: 'Permit' },
    message: { owner, spender: bridge, value: amount, nonce, deadline },
  });
  if (size(signature) !== 65) return undefined;
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, r, s, v: 27 + yParity };
}

/** Simulates the bridge's use of the permit at the token. @throws viem's errors when the node does not answer. */
export async function takesPermit(
  { bridge, reader, writer }: BridgeClient,
  token: Address,
  amount: bigint,
  { deadline, v, r, s }: Permit,
): Promise<boolean> {
  const args = [writer.account.address, bridge, amount, deadline, v, r, s] as const;
  const call = { address: token, abi: permitAbi, functionName: 'permit', args, account: bridge } as const;
  try {
    await reader.simulateContract(call);
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return false;
  }
}
