import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

import { installPythonTools } from '../../scripts/clients/python.ts';

it('names what is missing on a machine without Python, and installs nothing', () => {
  const empty = mkdtempSync(join(tmpdir(), 'pegway-no-python-'));
  const { PATH } = process.env;
  process.env.PATH = empty;
  try {
    assert.equal(installPythonTools(join(empty, 'tools')), 'requires Python 3.11 or newer with venv');
    assert.equal(existsSync(join(empty, 'tools')), false);
  } finally {
    process.env.PATH = PATH;
    rmSync(empty, { recursive: true });
  }
});
