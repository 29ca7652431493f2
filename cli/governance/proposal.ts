import { type Address, type Hex, type TypedDataDefinition, encodeAbiParameters, keccak256 } from 'viem';
import { z } from 'zod';

import { type Domain, governancePreimage } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { addressSchema } from '../../relayer/schemas.ts';
import { fieldPath } from '../../relayer/field-problems.ts';
import { isImmediate } from '../../protocol/governance.ts';
import { type Arguments, decodeCall, encodeCall } from './call-codec.ts';

/*
 * A proposal as a file: the calls that a quorum of one bridge's signers signs, and the signatures so far. The file is
 * self-contained: a signer needs it, a key and a node of that chain, and need not trust its author.
 */

export const FORMAT = 'pegway-proposal-2';
/** The format of version 1 bridges, with statements that do not commit to a signer list. */
const OLD_FORMAT = 'pegway-proposal-1';

const decimal = z.string().regex(/^(0|[1-9]\d{0,77})$/, 'expected a whole number as a decimal string');

const hex = (bytes: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^0x([0-9a-fA-F]{2})${bytes}$`), what)
    .transform((text) => text.toLowerCase() as Hex);

const schema = z.strictObject({
  format: z.literal(FORMAT),
  chain: z.enum(['main', 'product']),
  /** Of the bridge's chain. */
  chainId: decimal,
  bridge: addressSchema,
  /** The epoch in which the signing list began; signatures are invalid under any other list. */
  listEpoch: decimal,
  /** The bridge's governance nonce that the proposal consumes. */
  nonce: decimal,
  /** Last second in which the bridge accepts it, since the epoch, by the chain's clock. */
  deadline: decimal,
  /** An empty list cancels the pending proposal. */
  calls: z
    .array(
      z.strictObject({
        function: z.string(),
        args: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
        data: hex('+', 'expected call data in hex'),
      }),
    )
    .max(64),
  signatures: z
    .array(
      z.strictObject({
        signer: addressSchema,
        signature: hex('{64}', 'expected 64 bytes in hex: r ‖ yParityAndS (EIP-2098)'),
      }),
    )
    .max(64),
});

export type Proposal = Readonly<z.output<typeof schema>>;
export type ProposalCall = Proposal['calls'][number];
export type ProposalSignature = Proposal['signatures'][number];

/** The contents of a proposal; `data` and `format` are derived. */
export interface ProposalRequest {
  readonly chain: Side;
  readonly chainId: number;
  readonly bridge: Address;
  readonly listEpoch: bigint;
  readonly nonce: bigint;
  /** In seconds since the epoch, by the chain's clock. */
  readonly deadline: bigint;
  /** Numbers as decimal strings, in base units or seconds. */
  readonly calls: readonly { readonly function: string; readonly args: Arguments }[];
}

/** Creates an unsigned proposal. @throws {PegwayError} exit code 2, naming the invalid field and its call. */
export const createProposal = ({
  chain,
  chainId,
  bridge,
  listEpoch,
  nonce,
  deadline,
  calls,
}: ProposalRequest): Proposal =>
  parseProposal({
    format: FORMAT,
    chain,
    chainId: chainId.toString(),
    bridge,
    listEpoch: listEpoch.toString(),
    nonce: nonce.toString(),
    deadline: deadline.toString(),
    calls: calls.map((call, index) => ({
      ...call,
      data: encodeCall(chain, call.function, call.args, `calls[${index}].`),
    })),
    signatures: [],
  });

/** Creates the same from call data alone, as stored by the chain and the relayers' API. */
export const proposalFromData = (request: Omit<ProposalRequest, 'calls'> & { readonly calls: readonly Hex[] }) =>
  createProposal({
    ...request,
    calls: request.calls.map((data, index) => decodeCall(request.chain, data, `calls[${index}].`)),
  });

/**
 * Checks the format of a file, and that each call's data encodes its function and arguments: the signed bytes must
 * match the displayed ones.
 * @throws {PegwayError} exit code 2, naming the field.
 */
export function parseProposal(value: unknown): Proposal {
  if ((value as { format?: unknown } | null | undefined)?.format === OLD_FORMAT) {
    throw new PegwayError(`format: expected ${FORMAT}; found ${OLD_FORMAT}, of a bridge of version 1`, {
      exitCode: 2,
      hint: 'make it anew with: pegway governance propose; signatures of the old file are worthless for this bridge',
    });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${fieldPath(issue.path) || 'the proposal'}: ${issue.message}`);
    throw new PegwayError(`this is no proposal:\n  ${problems.join('\n  ')}`, {
      exitCode: 2,
      hint: 'make one with: pegway governance propose',
    });
  }
  const proposal = result.data;
  proposal.calls.forEach((call, index) => {
    const path = `calls[${index}].`;
    if (encodeCall(proposal.chain, call.function, call.args, path) === call.data) return;
    throw new PegwayError(`${path}data: it is not the call that function and args describe`, {
      exitCode: 2,
      hint: 'the file was edited, possibly so that other bytes are signed than shown: create it again',
    });
  });
  return proposal;
}

const domainOf = ({ chainId, bridge }: Proposal): Domain => ({ chainId: Number(chainId), bridge });

export const dataOf = ({ calls }: Proposal): Hex[] => calls.map(({ data }) => data);

/** `keccak256(abi.encode(calls))`, as the bridge stores for the pending proposal. */
export const callsHash = (proposal: Proposal) =>
  keccak256(encodeAbiParameters([{ type: 'bytes[]' }], [dataOf(proposal)]));

/** The preimage of the digest that a signer signs. */
export function preimageOf(proposal: Proposal): Hex {
  const { listEpoch, nonce, deadline } = proposal;
  return governancePreimage(domainOf(proposal), BigInt(listEpoch), BigInt(nonce), BigInt(deadline), dataOf(proposal));
}

/** The counterpart of `governanceDigest`, under the proposal's own nonce. */
export const digestOf = (proposal: Proposal): Hex => keccak256(preimageOf(proposal));

/** The same as EIP-712 typed data, for wallets and to cross-check the digest. */
export const typedDataOf = (proposal: Proposal) =>
  ({
    domain: {
      name: 'Pegway',
      version: '2',
      chainId: Number(proposal.chainId),
      verifyingContract: proposal.bridge,
    },
    types: {
      Governance: [
        { name: 'listEpoch', type: 'uint64' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
        { name: 'calls', type: 'bytes[]' },
      ],
    },
    primaryType: 'Governance',
    message: {
      listEpoch: BigInt(proposal.listEpoch),
      nonce: BigInt(proposal.nonce),
      deadline: BigInt(proposal.deadline),
      calls: dataOf(proposal),
    },
  }) as const satisfies TypedDataDefinition;

/** True when it executes as soon as a quorum has signed it; otherwise it waits for `governanceDelay`. */
export const runsAtOnce = ({ calls }: Proposal): boolean =>
  calls.length > 0 && calls.every((call) => isImmediate(call.function));

const UNLIMITED = (2n ** 128n - 1n).toString();

const describeArgument = (name: string, value: string | readonly string[]): string => {
  if (typeof value !== 'string') return `${name} ${value.join(', ')}`;
  if (name === 'capacity' && value === UNLIMITED) return `${name} without limit`;
  if (name === 'until') return `${name} ${new Date(Number(value) * 1_000).toISOString()}`;
  return `${name} ${value}`;
};

/** One line that describes the values a call sets; the old values are on chain. */
export const describeCall = ({ function: name, args }: Pick<ProposalCall, 'function' | 'args'>): string =>
  [name, ...Object.entries(args).map(([key, value]) => describeArgument(key, value))].join(' · ');

/** Describes a proposal for display, without chain access. */
export function describeProposal(proposal: Proposal): string {
  const { chain, chainId, bridge, nonce, deadline, calls, signatures } = proposal;
  return [
    `Proposal ${nonce} for the ${chain} bridge ${bridge} on chain ${chainId}`,
    `  accepted until ${new Date(Number(deadline) * 1_000).toISOString()}`,
    ...(calls.length === 0 ? ['  cancels the pending proposal'] : calls.map((call) => `  ${describeCall(call)}`)),
    `  ${signatures.length} signatures${signatures.map(({ signer }) => `\n    ${signer}`).join('')}`,
  ].join('\n');
}
