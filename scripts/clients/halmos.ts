// Runs Halmos over test/contracts/symbolic. It reads artifacts as forge writes them and starts `forge build` itself: the
// artifacts come from soljson here, and `forge` is a program that does nothing, so that forge need not be installed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, resolve } from 'node:path';

import { compile, compilerInput } from '../solidity/compile.ts';
import { pythonProgram } from './python.ts';

/** `refuted` has a counterexample; `open` was not decided in time. */
export type ProofOutcome = 'proven' | 'refuted' | 'open';

export interface Proof {
  /** `Contract.check_…`, without parameters. */
  readonly name: string;
  readonly outcome: ProofOutcome;
}

export interface HalmosRun {
  readonly proofs: readonly Proof[];
  readonly printed: string;
}

const folder = resolve('.tools/halmos');
const sources = 'test/contracts/symbolic/*.sol';

/** Seconds for one query of the solver; the proofs that pass need less than one on a machine without other work. */
const QUERY_SECONDS = 60;

/** Halmos may ignore SIGTERM while the solver runs, and then writes no report. */
const LIMIT_SECONDS = 480;

/**
 * Z3's Python binding is not safe when Python collects garbage on another thread, and crashes now and then. Without
 * collection (`--disable-gc`) it runs more than three times as long, and its memory grows.
 */
const CRASHES = 3;

/** The proofs of the sources: functions named `check_…`. Those named `open_…` were not decided in time and do not run. */
export const listedProofs = (): string[] =>
  globSync(sources)
    .sort()
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/function (check_\w+)/g)].map(
        ([, name]) => `${basename(file, '.sol')}.${name}`,
      ),
    );

/** `via_ir` is off: Halmos follows the plain code generator's output best. */
function writeArtifacts(): void {
  const files = globSync(sources).sort();
  const selected = [
    'abi',
    'metadata',
    'storageLayout',
    'evm.bytecode',
    'evm.deployedBytecode',
    'evm.methodIdentifiers',
  ];
  const outputSelection = { '*': { '*': selected, '': ['ast'] } };
  const settings = { optimizer: { enabled: true, runs: 200 }, evmVersion: 'cancun', outputSelection };
  const output = compile(compilerInput({ files, settings }));

  rmSync(folder, { recursive: true, force: true });
  for (const [file, contracts] of Object.entries(output.contracts)) {
    for (const [name, { abi, metadata, storageLayout, evm }] of Object.entries(contracts)) {
      const { ast, id } = output.sources[file] ?? {};
      const prefixed = (code: typeof evm.bytecode) => ({ ...code, object: `0x${code.object}` });
      const artifact = {
        ...{ abi, ast, id, storageLayout, metadata: JSON.parse(metadata) as unknown },
        bytecode: prefixed(evm.bytecode),
        deployedBytecode: prefixed(evm.deployedBytecode),
        methodIdentifiers: evm.methodIdentifiers,
      };
      const path = `${folder}/out/${basename(file)}/${name}.json`;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify(artifact));
    }
  }
  mkdirSync(`${folder}/bin`);
  writeFileSync(`${folder}/bin/forge`, '#!/bin/sh\n');
  chmodSync(`${folder}/bin/forge`, 0o755);
}

interface Report {
  readonly test_results: Readonly<Record<string, readonly { name: string; exitcode: number }[]>>;
}

/** @param contract A part of the contracts' names; all of them when omitted. */
export async function runHalmos(contract = 'Proofs'): Promise<HalmosRun> {
  writeArtifacts();
  const report = `${folder}/report.json`;
  const options = ['--root', folder, '--match-contract', contract, '--json-output', report, '--no-status'];
  options.push('--loop', '33', '--default-bytes-lengths', '0,4,68,132');
  options.push('--solver-timeout-assertion', String(QUERY_SECONDS * 1_000), '--solver-threads', '1');
  let run = await startHalmos(options);
  for (let crashes = 1; run.signal === 'SIGSEGV' && crashes < CRASHES; crashes++) run = await startHalmos(options);
  const { printed } = run;

  const { test_results } = readReport(report, printed);
  const proofs = Object.entries(test_results).flatMap(([file, results]) =>
    results.map(({ name, exitcode }): Proof => {
      const contractName = file.split(':').at(-1) ?? '';
      return { name: `${contractName}.${name.split('(')[0]}`, outcome: outcomeOf(exitcode) };
    }),
  );
  return { proofs, printed };
}

interface Ended {
  readonly printed: string;
  /** The signal that ended Halmos, if any. */
  readonly signal: NodeJS.Signals | null;
}

async function startHalmos(options: readonly string[]): Promise<Ended> {
  const env = { ...process.env, PATH: [`${folder}/bin`, process.env.PATH].join(delimiter), NO_COLOR: '1' };
  const child = spawn(pythonProgram('halmos'), options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_SECONDS * 1_000);
  await once(child, 'close');
  clearTimeout(limit);
  return { printed, signal: child.signalCode };
}

/** 0: proven; 1: counterexample; others: the solver or an exploration gave up, or every path reverts. */
const outcomeOf = (exitcode: number): ProofOutcome => {
  if (exitcode === 0) return 'proven';
  return exitcode === 1 ? 'refuted' : 'open';
};

function readReport(file: string, printed: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (cause) {
    throw new Error(`Halmos wrote no report:\n${printed.slice(-4_000)}`, { cause });
  }
}
