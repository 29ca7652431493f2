import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';

import { promptLine } from '../../cli/prompt-line.ts';

const terminal = () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined, columns: 80 });
  return stream as unknown as NodeJS.ReadStream & NodeJS.WriteStream & PassThrough;
};

describe('a question at the terminal', () => {
  it('is answered by a line', async () => {
    const [stdin, stderr] = [terminal(), terminal()];
    const answer = promptLine('Send it? ', { stdin, stderr });
    stdin.write(' yes \r');
    assert.equal(await answer, 'yes');
  });

  it('ends with exit status 130 at Ctrl-C, which sends no signal there', async () => {
    const [stdin, stderr] = [terminal(), terminal()];
    const answer = promptLine('Send it? ', { stdin, stderr });
    stdin.write('\u0003');
    await assert.rejects(answer, {
      message: 'interrupted',
      exitCode: 130,
      hint: 'nothing was signed, sent or written',
    });
  });
});
