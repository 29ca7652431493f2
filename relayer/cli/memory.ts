import { setFlagsFromString } from 'node:v8';

/**
 * Has this process collect its garbage before its old generation is half as large again as what is in use; V8 otherwise lets
 * it grow to a multiple, by the memory of the machine. The young generation is left alone: held at its least it saves 130 MB
 * with 10,000 waiting, and costs a third of the throughput.
 */
export function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
