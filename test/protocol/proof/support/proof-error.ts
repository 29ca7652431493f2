import assert from 'node:assert/strict';

import { ProofError } from '../../../../protocol/proof/error.ts';

/** Runs what must be refused, and gives the refusal for a look at more of it. */
export function refusal(field: string | RegExp, work: () => unknown): ProofError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ProofError, `expected a ProofError, got ${String(error)}`);
    assert.equal(error.code, 'proof-invalid');
    if (typeof field === 'string') assert.equal(error.field, field);
    else assert.match(error.field, field);
    assert.ok(error.message.includes(error.field), `the message does not name ${error.field}: ${error.message}`);
    return error;
  }
  return assert.fail(`expected a refusal of ${String(field)}, and nothing was refused`);
}
