import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { openLog } from '../../relayer/main.ts';
import type { TransactionRecord } from '../../relayer/tx/records.ts';
import { logFields } from '../../relayer/tx/sender.ts';

describe('the log of a relayer', () => {
  const lines: string[] = [];
  const log = openLog({ log: 'info' }, { write: (line) => void lines.push(line) });
  const written = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;

  it('has ISO times', () => {
    log.info('started');
    assert.match(String(written()['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('has no key, and shows which transfers a transaction is for', () => {
    const record = { chain: 'main', key: 'withdraw-0xB0 7 1', nonce: 3, note: {} } as unknown as TransactionRecord;
    log.info({ ...logFields(record), key: 'keystore:secret', config: { payingKey: 'secret' } }, 'submitted');
    assert.equal(written()['intent'], 'withdraw-0xB0 7 1');
    assert.doesNotMatch(lines.at(-1) ?? '', /secret/);
  });
});
