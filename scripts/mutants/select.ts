// Selects the mutants that count: all of changed lines and of the libraries in which errors lose money, and a seeded
// sample of the rest.
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';

import { type Mutant, mutantsOf } from './mutations.ts';

const SAMPLES = 200;

const whole = ['libraries/RateLimit', 'libraries/Rate', 'libraries/Transfers', 'libraries/Parking', 'libraries/Bitmap']
  .concat('libraries/Signers', 'SignerSet')
  .map((name) => `contracts/${name}.sol`);

const withUnitTests = ['RateLimit', 'Rate', 'Transfers', 'Parking', 'Bitmap'].map(
  (name) => `contracts/libraries/${name}.sol`,
);

/** True if the unit tests of a library run on the mutant, without a bridge. The bridges use constants, too. */
export const hasUnitTests = ({ file, scope }: Mutant): boolean => withUnitTests.includes(file) && scope !== '';

/** Whole files first, cheapest first; then changed lines; then the sample. */
export function selectMutants(seed: number): Mutant[] {
  const first = whole.flatMap(mutantsOf);
  const others = globSync('contracts/**/*.sol')
    .sort()
    .filter((file) => !whole.includes(file))
    .flatMap(mutantsOf);
  const changed = changedLines();
  const isChanged = ({ file, line }: Mutant) => changed.has(`${file}:${line}`);
  const sample = shuffled(
    others.filter((mutant) => !isChanged(mutant)),
    seed,
  ).slice(0, SAMPLES);
  return [...first, ...others.filter(isChanged), ...sample];
}

/** Lines of contracts that differ from the branch `main`, as `file:line`; none where there is no such branch. */
function changedLines(): Set<string> {
  const lines = new Set<string>();
  let diff: string;
  try {
    const args = ['diff', '--unified=0', '--no-color', 'main', '--', 'contracts'];
    diff = execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return lines;
  }
  let file = '';
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ b/')) file = line.slice(6);
    const [, start, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    for (let i = 0; start !== undefined && i < Number(count); i++) lines.add(`${file}:${Number(start) + i}`);
  }
  return lines;
}

/** The same order for the same seed. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = (seed * 2_654_435_761) >>> 0;
  // mulberry32
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return list
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
