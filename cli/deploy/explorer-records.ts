import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type CreationRecord, type Journal, type PairRecord, satellitesOf, writeDurably } from './journal.ts';
import type { ChainSpec, Deployment } from './spec.ts';

/*
 * Public record of a deployment, one file per chain: each contract's address and creation, and the compiler input for
 * block explorers. Write-only: deployments resume from the journal.
 */

const FORMAT = 'pegway-deployment-record-1';

/** Writes the record of each chain; omits contracts that are not created yet. */
export async function writeRecords({ chains, bridges }: Deployment, journal: Journal): Promise<string[]> {
  const pairs = journal.pairs();
  const written: string[] = [];
  for (const chain of chains) {
    const contracts = bridges.flatMap(({ name, main, product }) => {
      const pair = pairs[name];
      if (pair === undefined) return [];
      return [
        ...(main === chain ? contractOf(name, 'main', pair) : []),
        ...(product === chain ? contractOf(name, 'product', pair) : []),
      ];
    });
    if (contracts.length === 0) continue;
    const file = join(journal.directory, `chain-${chain.chainId}.json`);
    writeDurably(file, `${JSON.stringify(recordOf(chain, contracts), undefined, 2)}\n`);
    written.push(file);
  }
  for (const build of new Set(Object.values(pairs).map((pair) => pair.build))) await writeCompilerInput(journal, build);
  return written;
}

const recordOf = ({ name, chainId }: ChainSpec, contracts: readonly object[]) => ({
  format: FORMAT,
  chain: name,
  chainId,
  contracts,
});

const compilerInputFile = (build: string): string => `compiler-input-${build}.json`;

function contractOf(bridge: string, side: 'main' | 'product', pair: PairRecord): object[] {
  const { created } = pair[side];
  if (created === undefined) return [];
  const described = ({ contract, address, from, nonce, links, ...record }: CreationRecord<string>) => ({
    ...{ bridge, side, contract, address, deployer: from, nonce },
    ...record.created,
    ...{ links },
    ...{ arguments: record.arguments, encodedArguments: record.encodedArguments, build: pair.build },
    compilerInput: compilerInputFile(pair.build),
  });
  const own = described(pair[side]);
  const libraries = (pair.libraries ?? [])
    .filter(({ chainId }) => chainId === pair[side].chainId)
    .map((library) => ({
      ...{ bridge, side, contract: library.contract, address: library.address, deployer: library.from },
      ...{ nonce: library.nonce, ...library.created, build: pair.build },
    }));
  const satellites = satellitesOf(pair, side).map(described);
  if (side === 'main') return [own, ...satellites, ...libraries];
  const tokens = pair.productTokens.map(({ symbol, address: token }) => ({
    ...{ bridge, side, contract: 'ProductToken', symbol, address: token, creator: pair[side].address },
    ...{ transactionHash: created.transactionHash, blockNumber: created.blockNumber },
  }));
  return [own, ...satellites, ...tokens, ...libraries];
}

/** The compiler's standard input, shared by all contracts of a build. Available for the local build only. */
async function writeCompilerInput({ directory }: Journal, build: string): Promise<void> {
  const { default: artifacts } = await import('../../protocol/artifacts.json', { with: { type: 'json' } });
  const path = join(directory, compilerInputFile(build));
  if (build !== artifacts.sources || existsSync(path)) return;
  const { default: compilerInput } = await import('../../protocol/compiler-input.json', { with: { type: 'json' } });
  writeDurably(path, `${JSON.stringify(compilerInput, undefined, 2)}\n`);
}
