import assert from 'node:assert/strict';

import { ProofError } from '../../../../protocol/proof/error.ts';

/** Runs work that must be rejected, and returns the error for further checks. */
export function refusal(field: string | RegExp, work: () => unknown, code = 'proof-invalid'): ProofError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ProofError, `expected a ProofError, got ${String(error)}`);
    assert.equal(error.code, code);
    if (typeof field === 'string') assert.equal(error.field, field);
    else assert.match(error.field, field);
    assert.ok(error.message.includes(error.field), `the message does not contain ${error.field}: ${error.message}`);
    return error;
  }
  return assert.fail(`expected a rejection of ${String(field)}, but none was thrown`);
}
