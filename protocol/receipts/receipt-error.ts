import { PegwayError } from '../errors.ts';

/** A receipt does not prove its claim. */
export class ReceiptError extends PegwayError {
  override readonly name = 'ReceiptError';
  /** Path of the field that failed: `execution.proof[1]`. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`, {
      code: 'receipt-invalid',
      hint: 'do not rely on this receipt; ask for a new one, or look at the chains',
    });
    this.field = field;
  }
}

/** The errors of `decodeRlp` for a field. */
export const refusing =
  (field: string) =>
  (problem: string): ReceiptError =>
    new ReceiptError(field, problem);

/** @throws {ReceiptError} with what was found and expected, unless both are the same. */
export function requireSame(found: unknown, expected: unknown, field: string, of: string): void {
  if (found === expected) return;
  throw new ReceiptError(field, `expected ${String(expected)}, ${of}, found ${String(found)}`);
}
