// Runs Slither over the product's contracts and returns its findings by a key that survives an edit elsewhere in the file.
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { compile, compilerInput } from '../solidity/compile.ts';
import { pythonProgram } from './python.ts';

export interface Finding {
  /** `detector Contract.function`, or `detector Contract.function.variable`. */
  readonly key: string;
  readonly impact: string;
  readonly description: string;
}

interface Element {
  readonly type: string;
  readonly name: string;
  readonly type_specific_fields?: { readonly parent?: Element };
}

interface Report {
  readonly success: boolean;
  readonly error: string | null;
  readonly results: {
    readonly detectors?: readonly {
      check: string;
      impact: string;
      description: string;
      elements: readonly Element[];
    }[];
  };
}

const folder = '.tools/slither';
const noCode = { object: '', sourceMap: '', linkReferences: {} };

/**
 * crytic-compile reads one build-info with input and output in one file, as Hardhat 2 wrote it; Hardhat 3 writes two. The
 * analysis needs the syntax trees only, so that nothing is compiled to code.
 */
function writeBuildInfo(): void {
  const outputSelection = { '*': { '*': ['abi', 'devdoc', 'userdoc', 'evm.methodIdentifiers'], '': ['ast'] } };
  const settings = { viaIR: true, evmVersion: 'cancun', outputSelection };
  const input = compilerInput({ files: globSync('contracts/**/*.sol').sort(), settings });
  const { sources, contracts } = compile(input);
  const withCode = Object.entries(contracts).map(([file, byName]) => {
    const entries = Object.entries(byName).map(([name, contract]) => {
      const evm = { ...contract.evm, bytecode: noCode, deployedBytecode: noCode };
      return [name, { ...contract, evm }] as const;
    });
    return [file, Object.fromEntries(entries)] as const;
  });

  const output = { sources, contracts: Object.fromEntries(withCode) as unknown };
  const info = { _format: 'hh-sol-build-info-1', id: 'contracts', solcVersion: '0.8.37', input, output };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/artifacts/build-info`, { recursive: true });
  writeFileSync(`${folder}/artifacts/build-info/contracts.json`, JSON.stringify(info));
}

/** @param excluded Detectors that do not run. */
export async function runSlither(excluded: readonly string[]): Promise<Finding[]> {
  writeBuildInfo();
  const report = `${folder}/report.json`;
  const options = ['--compile-force-framework', 'hardhat', '--hardhat-ignore-compile'];
  options.push('--hardhat-artifacts-directory', `${folder}/artifacts`, '--filter-paths', '@openzeppelin');
  options.push('--exclude', excluded.join(','), '--json', report);
  const printed = await new Promise<string>((resolve) => {
    // Its exit status is the number of findings.
    execFile(pythonProgram('slither'), ['.', ...options], (_error, _stdout, stderr) => resolve(stderr));
  });

  const { success, error, results } = readReport(report, printed);
  if (!success) throw new Error(`Slither did not finish: ${error}`);
  return (results.detectors ?? []).map(({ check, impact, description, elements }) => {
    const [element] = elements;
    if (element === undefined) throw new Error(`a finding of ${check} without a place: ${description}`);
    return { key: `${check} ${placeOf(element)}`, impact, description: description.trim() };
  });
}

function readReport(file: string, printed: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (cause) {
    throw new Error(`Slither wrote no report: ${printed.slice(-2_000)}`, { cause });
  }
}

function placeOf({ name, type_specific_fields: fields }: Element): string {
  const parent = fields?.parent;
  if (parent === undefined || !['contract', 'function'].includes(parent.type)) return name;
  return `${placeOf(parent)}.${name}`;
}
