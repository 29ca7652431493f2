import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import solc from 'solc';
import type { Hex } from 'viem';

/** The untyped solc package. */
type Compile = (input: string, callbacks: { import: (path: string) => { contents: string } }) => string;

export interface Compiled {
  /** Creation code, without constructor arguments. */
  readonly bytecode: Hex;
  /** Runtime code. */
  readonly code: Hex;
}

/** Compiles a contract of test/contracts/mocks: contracts deployed by tests alone are in no committed artifact. */
export function compileMock(name: string): Compiled {
  const file = `test/contracts/mocks/${name}.sol`;
  const { resolve } = createRequire(import.meta.url);
  const outputs = ['evm.bytecode.object', 'evm.deployedBytecode.object'];
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(file, 'utf8') } },
    settings: { evmVersion: 'cancun', outputSelection: { '*': { [name]: outputs } } },
  };
  const find = (path: string) => ({ contents: readFileSync(path.startsWith('@') ? resolve(path) : path, 'utf8') });
  const output = JSON.parse((solc.compile as Compile)(JSON.stringify(input), { import: find })) as {
    contracts?: Record<string, Record<string, { evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>>;
    errors?: unknown;
  };
  const evm = output.contracts?.[file]?.[name]?.evm;
  if (evm === undefined) throw new Error(`${file} does not compile: ${JSON.stringify(output.errors)}`);
  return { bytecode: `0x${evm.bytecode.object}`, code: `0x${evm.deployedBytecode.object}` };
}
