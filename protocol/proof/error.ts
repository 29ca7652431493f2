import { PegwayError } from '../errors.ts';

/** A node's response does not prove its claim. */
export class ProofError extends PegwayError {
  override readonly name = 'ProofError';
  /** Path of the field that differs: `header.receiptsRoot`, `receipts[3].logs[0].data`. */
  readonly field: string;

  constructor(field: string, message: string, options: { cause?: unknown; hint?: string; code?: 'unknown-fork' } = {}) {
    super(message, {
      code: 'proof-invalid',
      hint: 'the node returns wrong data; compare it with another one',
      ...options,
    });
    this.field = field;
  }
}
