import { setFlagsFromString } from 'node:v8';

/**
 * For Node's own command line: V8 takes it before it has a heap, and no later. Left alone, the young generation grows to more
 * than 100 MB under a backlog, nearly all of it garbage; held at two of these it costs no throughput.
 */
export const YOUNG_GENERATION = '--max-semi-space-size=4';

/**
 * Has this process collect its garbage before its old generation is half as large again as what is in use; V8 otherwise lets
 * it grow to a multiple, by the memory of the machine.
 */
export function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
