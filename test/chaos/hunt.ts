import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Mutant } from './mutants.ts';

export interface Hunt {
  /** Violations that the checker found in the mutant; empty if it survived. */
  readonly wrong: readonly string[];
  readonly seconds: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Parts of the checkout that a run needs. */
const PARTS = ['protocol', 'relayer', 'sdk', 'cli', 'test', 'scripts/clients', 'scripts/packaging', 'package.json'];
/** Additional parts for compiling the contracts. */
const CONTRACTS = ['contracts', 'scripts', 'hardhat.config.ts'];
/** Duration of the faults, and the deadline for all transfers after the last one. */
const FAULTS = ['--seconds', '60', '--patience', '45'];
/** Timeout of a hunt that hangs: five times what one takes on a machine without other work. */
const LIMIT_SECONDS = 600;
/** A compiler that has stopped, not a busy machine: the contracts take some two minutes of processor time. */
const COMPILE_SECONDS = 3_600;

/** Runs the suite on a mutant until the checker finds a violation. */
export async function hunt(mutant: Mutant, seed: number): Promise<Hunt> {
  const tree = mkdtempSync(join(tmpdir(), 'pegway-mutant-'));
  try {
    const hasContracts = mutant.changes.some(({ file }) => file.endsWith('.sol'));
    for (const part of hasContracts ? [...PARTS, ...CONTRACTS] : PARTS) {
      cpSync(join(root, part), join(tree, part), { recursive: true });
    }
    // The Solidity tests would take most of the compiler's time.
    if (hasContracts) rmSync(join(tree, 'test/contracts/solidity'), { recursive: true });
    for (const shared of ['node_modules', '.tools']) symlinkSync(join(root, shared), join(tree, shared));
    for (const { file, find, put } of mutant.changes) {
      const source = readFileSync(join(tree, file), 'utf8');
      if (source.split(find).length !== 2) throw new Error(`${file} does not hold once: ${find}`);
      writeFileSync(
        join(tree, file),
        source.replace(find, () => put),
      );
    }
    if (hasContracts) {
      const compiled = await run(tree, ['scripts/generate-abi.ts'], COMPILE_SECONDS);
      if (compiled.status !== 0) throw new Error(`${mutant.name} does not compile:\n${compiled.said}`);
    }

    const options = ['--transfers', String(mutant.transfers), '--seed', String(seed), ...FAULTS, '--first'];
    const faults = ['--faults', mutant.faults.join(';'), '--chains', mutant.chains ?? 'anvil'];
    const { status, said, seconds } = await run(tree, ['test/chaos/main.ts', ...options, ...faults], LIMIT_SECONDS);
    const wrong = said.split('\n').filter((line) => line.startsWith('WRONG: '));
    // A mutant that fails to start proves nothing.
    if (status !== 0 && wrong.length === 0) throw new Error(`${mutant.name}: the run ended with ${status}:\n${said}`);
    return { wrong, seconds };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** Runs a process in its own group, so that its children end with it. */
async function run(cwd: string, args: readonly string[], limitSeconds: number) {
  const began = performance.now();
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The whole group has ended.
    }
  };
  const late = setTimeout(end, limitSeconds * 1_000);
  process.once('exit', end);
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, said, seconds: Math.round((performance.now() - began) / 1_000) };
  } finally {
    clearTimeout(late);
    process.off('exit', end);
    end();
  }
}
