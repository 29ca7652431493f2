// The known result of each mutant. An entry holds as long as the code of the contract file is that which was judged.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

import { equivalentReason } from './equivalent.ts';
import type { Verdict } from './judge.ts';
import type { Mutant } from './mutations.ts';

/** Share of the mutants run that tests must kill, or that are explained. */
const REQUIRED = 0.95;

interface Entry extends Verdict {
  readonly id: string;
  /** Checksum of the contract file without comments. */
  readonly of: string;
}

export interface Results {
  verdictOf: (mutant: Mutant) => Verdict | undefined;
  add: (mutant: Mutant, verdict: Verdict) => void;
}

const checksums = new Map<string, string>();

function checksumOf({ file }: Mutant): string {
  let sum = checksums.get(file);
  if (sum === undefined) {
    const code = readFileSync(file, 'utf8').replace(/\/\/.*/g, '');
    sum = createHash('sha256').update(code).digest('hex').slice(0, 12);
    checksums.set(file, sum);
  }
  return sum;
}

/**
 * @param path Undefined to keep nothing.
 * @param total The number of selected mutants.
 */
export function openResults(path: string | undefined, total: number): Results {
  const entries = new Map(path === undefined ? [] : read(path).map((entry) => [entry.id, entry]));
  const save = (): void => {
    if (path === undefined) return;
    const lines = [...entries.values()].map((entry) => `    ${JSON.stringify(entry)}`);
    writeFileSync(path, `{\n  "selected": ${total},\n  "judged": [\n${lines.join(',\n')}\n  ]\n}\n`);
  };
  return {
    verdictOf: (mutant) => {
      const entry = entries.get(mutant.id);
      return entry?.of === checksumOf(mutant) ? entry : undefined;
    },
    add: (mutant, verdict) => {
      entries.set(mutant.id, { id: mutant.id, of: checksumOf(mutant), ...verdict });
      save();
    },
  };
}

function read(path: string): Entry[] {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { judged: Entry[] }).judged;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Counts, and the survivors without an explanation. */
export function summaryOf(
  results: Results,
  wanted: readonly Mutant[],
): { text: string; isEnough: boolean; isComplete: boolean } {
  const counts = { killed: 0, survived: 0, equivalent: 0, invalid: 0, 'not run': 0 };
  const survivors: string[] = [];
  for (const mutant of wanted) {
    const verdict = results.verdictOf(mutant);
    if (verdict?.outcome === 'survived' && equivalentReason(mutant) !== undefined) {
      counts.equivalent++;
      continue;
    }
    counts[verdict?.outcome ?? 'not run']++;
    if (verdict?.outcome === 'survived') survivors.push(`  ${mutant.id}`);
  }
  const ran = counts.killed + counts.survived;
  const share = ran === 0 ? 0 : counts.killed / ran;
  const figures = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const lines = [`${figures.join(', ')} of ${wanted.length}; ${(share * 100).toFixed(1)} % of those run are killed`];
  if (survivors.length > 0) lines.push('survivors:', ...survivors);
  return { text: lines.join('\n'), isEnough: share >= REQUIRED, isComplete: counts['not run'] === 0 };
}
