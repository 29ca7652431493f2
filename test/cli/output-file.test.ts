import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { writeNewProposal } from '../../cli/governance/proposal-files.ts';
import type { Proposal } from '../../cli/governance/proposal.ts';
import { writeNew } from '../../cli/init/ask.ts';
import { makeFolder, writeOutput } from '../../cli/output-file.ts';
import { PegwayError } from '../../protocol/errors.ts';

describe('An output file', () => {
  let folder: string;
  const path = (...names: string[]) => join(folder, ...names);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pegway-output-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('gets its folder, whichever command writes it', () => {
    writeOutput(path('a', 'b', 'output'), 'text');
    assert.equal(readFileSync(path('a', 'b', 'output'), 'utf8'), 'text');
    writeNew(path('c', 'd', 'deployment.json'), '{}', 0o600);
    assert.equal(statSync(path('c', 'd', 'deployment.json')).mode & 0o777, 0o600);
    writeNewProposal(path('e', 'f', 'proposal.json'), { signatures: [] } as unknown as Proposal);
    assert.deepEqual(JSON.parse(readFileSync(path('e', 'f', 'proposal.json'), 'utf8')), { signatures: [] });
  });

  it('is refused with its name where it cannot be', () => {
    writeFileSync(path('file'), 'kept');
    const refused = (says: RegExp) => (error: unknown) =>
      error instanceof PegwayError && error.exitCode === 2 && error.hint !== undefined && says.test(error.message);
    assert.throws(() => makeFolder(path('file')), refused(/^cannot create the folder .*\/file: EEXIST/));
    assert.throws(
      () => writeOutput(path('file', 'x', 'y'), ''),
      refused(/^cannot create the folder .*\/file\/x: ENOTDIR/),
    );
    assert.throws(() => writeOutput(folder, ''), refused(/^cannot write .*: EISDIR/));
    assert.throws(() => writeNew(path('file'), ''), refused(/is there already/));
    assert.equal(readFileSync(path('file'), 'utf8'), 'kept');
  });
});
