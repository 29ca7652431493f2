import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { type Finding, runSlither } from '../../scripts/clients/slither.ts';
import { accepted, excluded } from './slither-accepted.ts';

describe('Slither on the contracts', () => {
  let findings: readonly Finding[] = [];

  before(async () => {
    findings = await runSlither(Object.keys(excluded));
  });

  it('finds nothing but what is explained', () => {
    const fresh = findings.filter(({ key }) => !Object.hasOwn(accepted, key));
    const lines = fresh.map(({ key, impact, description }) => `${key} (${impact})\n${description}`);
    assert.equal(lines.length, 0, `mend these, or explain them in slither-accepted.ts:\n${lines.join('\n')}`);
  });

  it('still finds what is explained', () => {
    const stale = Object.keys(accepted).filter((key) => !findings.some((finding) => finding.key === key));
    assert.deepEqual(stale, [], 'remove the explanations of findings that no longer occur');
  });
});
