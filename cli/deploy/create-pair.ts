import { type PublicClient, keccak256 } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { type Network, readerFor } from './chain-clients.ts';
import { createContract } from './create-contract.ts';
import { sides } from './discover.ts';
import { type CreationRecord, type Journal, recordsOf } from './journal.ts';
import type { Links } from './libraries.ts';
import { type Deployers, deployerOf } from './plan-creation.ts';
import type { BridgeSpec, ChainSpec } from './spec.ts';

/** Creates the libraries and bridges of a plan, and records each step. Skips contracts that already exist. */
export async function createPair(
  spec: BridgeSpec,
  journal: Journal,
  network: Network,
  deployers: Deployers,
  say: (step: string) => void,
): Promise<void> {
  const plan = journal.pairs()[spec.name];
  if (plan === undefined) throw new RangeError(`no plan of ${spec.name}`);
  for (const record of recordsOf(plan)) {
    const chain = sides.map((side) => spec[side]).find(({ chainId }) => chainId === record.chainId);
    if (chain === undefined) throw new RangeError(`no chain ${record.chainId} in ${spec.name}`);
    await createOne({ spec, chain, record, journal, reader: readerFor(network, chain), deployers, say });
  }
}

interface Step {
  readonly spec: BridgeSpec;
  readonly chain: ChainSpec;
  readonly record: CreationRecord<string>;
  readonly journal: Journal;
  readonly reader: PublicClient;
  readonly deployers: Deployers;
  readonly say: (step: string) => void;
}

async function createOne({ spec, chain, record, journal, reader, deployers, say }: Step): Promise<void> {
  const { address, contract, nonce, data } = record;
  await requireLibraries(spec, reader, record.links ?? {});
  let attempts = record.attempts;
  const { receipt } = await createContract(
    { address, nonce, data },
    {
      ...{ reader, chainId: chain.chainId, signer: deployerOf(deployers, chain), maxFeePerGas: chain.maxFeePerGas },
      known: attempts,
      onAttempt(hash) {
        attempts = [...attempts, hash];
        journal.update(spec.name, record, { attempts });
        say(`${spec.name}: ${contract} on ${chain.name}: sending ${hash}`);
      },
      say: (step) => say(`${spec.name}: ${contract} on ${chain.name}: ${step}`),
    },
  ).catch((error: unknown) => {
    throw error instanceof PegwayError && error.code === 'nonce-used' ? lostPlan(spec, error.message, error) : error;
  });
  const codeHash = keccak256((await reader.getCode({ address })) ?? '0x');
  const { transactionHash, blockNumber } = receipt ?? {};
  journal.update(spec.name, record, {
    created: { codeHash, transactionHash, blockNumber: blockNumber?.toString() },
  });
  say(`${spec.name}: ${contract} is ${address} on ${chain.name}`);
}

/** A bridge precedes its libraries only if the bridge that was to create them was abandoned. */
async function requireLibraries(spec: BridgeSpec, reader: PublicClient, links: Links): Promise<void> {
  for (const [name, address] of Object.entries(links)) {
    if ((await reader.getCode({ address })) === undefined) {
      throw lostPlan(spec, `the library ${name} that it links is not at ${address}`);
    }
  }
}

const lostPlan = ({ name }: BridgeSpec, message: string, cause?: PegwayError): PegwayError =>
  new PegwayError(`bridges.${name}: ${message}`, {
    cause,
    hint: `plan it again with --abandon ${name}: the contracts already created stay unused; do not use the deployer's key elsewhere meanwhile`,
  });
