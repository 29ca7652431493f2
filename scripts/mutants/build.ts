// The code of a mutant: compiles only the contracts that contain the changed file. The optimizer is off but for stack
// allocation, without which the bridges do not compile: a third of the time of the product's own build.
import { type CompiledContract, type CompilerOutput, compile, compilerInput } from '../solidity/compile.ts';
import type { Mutant } from './mutations.ts';

/** The contracts that tests deploy from their artifacts, with the file of each. */
const deployables: Readonly<Record<string, string>> = {
  MainBridge: 'contracts/MainBridge.sol',
  ProductBridge: 'contracts/ProductBridge.sol',
  Rewards: 'contracts/rewards/Rewards.sol',
  Anchors: 'contracts/anchors/Anchors.sol',
  Exits: 'contracts/exits/Exits.sol',
  ExitAddress: 'contracts/exits/ExitAddress.sol',
  ProductState: 'contracts/exits/ProductState.sol',
  Signers: 'contracts/libraries/Signers.sol',
  Governance: 'contracts/libraries/Governance.sol',
  PegAdministration: 'contracts/libraries/PegAdministration.sol',
  MainPegs: 'contracts/libraries/MainPegs.sol',
  ProductPegs: 'contracts/libraries/ProductPegs.sol',
};

export interface Built {
  readonly file: string;
  readonly name: string;
  readonly contract: CompiledContract;
}

const selected = ['abi', 'evm.bytecode', 'evm.deployedBytecode'];
const stackOnly = { stackAllocation: true, optimizerSteps: ':' };
const viaIr = { viaIR: true, optimizer: { enabled: true, runs: 1, details: { yul: true, yulDetails: stackOnly } } };
const common = { evmVersion: 'cancun', metadata: { bytecodeHash: 'none', appendCBOR: false } };

/** A library with `public` functions is deployed on its own: no other contract contains their code. */
const isAlone = ({ file, visibility }: Mutant): boolean =>
  visibility === 'public' && file.startsWith('contracts/libraries/');

/** The contracts that tests deploy and that contain the mutant's code. */
export function buildDeployables(mutant: Mutant, text: string): Built[] {
  const wanted = Object.entries(deployables).filter(([, file]) =>
    isAlone(mutant) ? file === mutant.file : closureOf(file).has(mutant.file),
  );
  const selection = wanted.map(([name, file]) => [inHardhat(file), { [name]: selected }] as const);
  return build(
    wanted.map(([, file]) => file),
    mutant,
    text,
    { ...common, ...viaIr, outputSelection: Object.fromEntries(selection) },
  ).filter(({ name }) => Object.hasOwn(deployables, name));
}

/** The unit tests of libraries that contain the mutant's code. */
export function buildUnitTests(tests: readonly string[], mutant: Mutant, text: string): Built[] {
  const wanted = tests.filter((file) => closureOf(file).has(mutant.file));
  const selection = wanted.map((file) => [inHardhat(file), { '*': selected }] as const);
  return build(wanted, mutant, text, { ...common, outputSelection: Object.fromEntries(selection) });
}

function build(
  files: readonly string[],
  { file }: Mutant,
  text: string,
  settings: Readonly<Record<string, unknown>>,
): Built[] {
  if (files.length === 0) return [];
  const input = compilerInput({ files, replaced: new Map([[file, text]]), settings });
  // Placeholders of libraries are hashes of source names, so these must be Hardhat's.
  const named = Object.entries(input.sources).map(([path, source]) => [inHardhat(path), source] as const);
  const { contracts } = compile({ ...input, sources: Object.fromEntries(named) });
  return listOf(contracts).filter(({ contract }) => contract.evm.bytecode.object !== '');
}

const inHardhat = (path: string): string => (path.startsWith('@') ? path : `project/${path}`);

const listOf = (contracts: CompilerOutput['contracts']): Built[] =>
  Object.entries(contracts).flatMap(([file, byName]) =>
    Object.entries(byName).map(([name, contract]) => ({ file: file.replace('project/', ''), name, contract })),
  );

const closures = new Map<string, Set<string>>();

function closureOf(file: string): ReadonlySet<string> {
  let closure = closures.get(file);
  if (closure === undefined) {
    closure = new Set(Object.keys(compilerInput({ files: [file], settings: {} }).sources));
    closures.set(file, closure);
  }
  return closure;
}
