// Runs Solidity tests in this process, by the runner that Hardhat uses, over artifacts that need not be on the disk.
import {
  type Artifact,
  EdrContext,
  FsAccessPermission,
  L1Hardfork,
  L1_CHAIN_TYPE,
  type SolidityTestRunnerConfigArgs,
  type SuiteResult,
  l1HardforkToString,
  l1SolidityTestRunnerFactory,
} from '@nomicfoundation/edr';
import hre from 'hardhat';

import type { Built } from './build.ts';

const solcVersion = '0.8.37';
const context = new EdrContext();
await context.registerSolidityTestRunnerFactory(L1_CHAIN_TYPE, l1SolidityTestRunnerFactory());

/** Few runs: a mutant that needs many is found by the long profile. */
const config: SolidityTestRunnerConfigArgs = {
  projectRoot: process.cwd(),
  hardfork: l1HardforkToString(L1Hardfork.Cancun),
  // A mutant that never ends runs out of gas within seconds.
  gasLimit: 300_000_000n,
  disableBlockGasLimit: true,
  disableTransactionGasCap: true,
  fuzz: { runs: 64, seed: '0x5eed' },
  invariant: { runs: 6, depth: 128, failOnRevert: true },
  fsPermissions: [{ access: FsAccessPermission.ReadFile, path: 'docs/protocol-vectors.json' }],
};

/** The artifacts of the last build, by `file:name`. */
export async function loadArtifacts(): Promise<Map<string, Artifact>> {
  const names = await hre.artifacts.getAllFullyQualifiedNames();
  const artifacts = await Promise.all([...names].map((name) => hre.artifacts.readArtifact(name)));
  return new Map(
    artifacts.map(({ contractName: name, sourceName, inputSourceName, abi, ...code }) => {
      const { bytecode, deployedBytecode, linkReferences, deployedLinkReferences } = code;
      const contract = { abi: JSON.stringify(abi), bytecode, deployedBytecode, linkReferences, deployedLinkReferences };
      const source = inputSourceName ?? sourceName;
      return [`${sourceName}:${name}`, { id: { name, source, solcVersion }, contract }];
    }),
  );
}

/** The artifacts with the ones that were built. */
export function withBuilt(artifacts: ReadonlyMap<string, Artifact>, built: readonly Built[]): Map<string, Artifact> {
  const result = new Map(artifacts);
  for (const { file, name, contract } of built) {
    const key = `${file}:${name}`;
    const id = artifacts.get(key)?.id ?? { name, source: `project/${file}`, solcVersion };
    const { bytecode, deployedBytecode } = contract.evm;
    result.set(key, {
      id,
      contract: {
        abi: JSON.stringify(contract.abi),
        bytecode: `0x${bytecode.object}`,
        deployedBytecode: `0x${deployedBytecode.object}`,
        linkReferences: bytecode.linkReferences,
        deployedLinkReferences: deployedBytecode.linkReferences,
      },
    });
  }
  return result;
}

/** Runs the suites of the files, and returns the names of the tests that fail; the first suite that fails suffices. */
export async function failuresOf(
  artifacts: ReadonlyMap<string, Artifact>,
  files: readonly string[],
): Promise<string[]> {
  const suites = [...artifacts]
    .filter(([key, { contract }]) => files.includes(key.split(':')[0] ?? '') && isSuite(contract))
    .map(([, { id }]) => id);
  if (suites.length === 0) return [];

  const failed: string[] = [];
  const all = [...artifacts.values()];
  let left = suites.length;
  await new Promise<void>((resolve, reject) => {
    const onSuite = ({ id, testResults }: SuiteResult): void => {
      failed.push(
        ...testResults.filter(({ status }) => (status as string) === 'Failure').map(({ name }) => `${id.name}.${name}`),
      );
      if (--left === 0) resolve();
    };
    context
      .runSolidityTests(L1_CHAIN_TYPE, all, suites, config, { buildInfos: [], ignoreContracts: true }, onSuite)
      .catch(reject);
  });
  return failed;
}

function isSuite({ abi, bytecode }: Artifact['contract']): boolean {
  if ((bytecode ?? '0x') === '0x') return false;
  return (JSON.parse(abi) as { name?: string }[]).some(({ name }) => /^(test|invariant)/.test(name ?? ''));
}
