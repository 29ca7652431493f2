import { PegwayError } from '../errors.ts';

/** What a node returned does not prove what it claims. */
export class ProofError extends PegwayError {
  override readonly name = 'ProofError';
  /** What differs: `header.receiptsRoot`, `receipts[3].logs[0].data`. */
  readonly field: string;

  constructor(field: string, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, { code: 'proof-invalid', hint: 'a node answers wrongly; compare it with another one', ...options });
    this.field = field;
  }
}
