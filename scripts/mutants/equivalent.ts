// Mutants that no test can kill, because the contracts do the same for every input, each with the reason.
import type { Mutant } from './mutations.ts';

interface Explanation {
  /** A part of the mutant's id, without its line and column: those move with each edit. */
  readonly file: string;
  readonly scope: string;
  readonly change: string;
  readonly reason: string;
}

const explanations: readonly Explanation[] = [];

/** Why the mutant is equivalent; undefined when it is not known to be. */
export function equivalentReason({ id, file, scope }: Mutant): string | undefined {
  const change = id.slice(id.indexOf(' ') + 1);
  return explanations.find((one) => one.file === file && one.scope === scope && one.change === change)?.reason;
}
