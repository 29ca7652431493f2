import { setFlagsFromString } from 'node:v8';

/**
 * Passed on Node's command line: V8 reads it before it creates the heap, and no later. By default, the young generation
 * exceeds 100 MB under a backlog, nearly all of it garbage; two semi-spaces of this size cost no throughput.
 */
export const YOUNG_GENERATION = '--max-semi-space-size=4';

/**
 * Makes this process collect garbage before its old generation exceeds the live heap by 50 %; by default V8 lets it
 * grow to a multiple, depending on the machine's memory.
 */
export function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
