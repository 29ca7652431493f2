import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { parseSecret, readSecrets, signedHeaders } from '../../../relayer/webhooks/signature.ts';

// The vector that libraries of Standard Webhooks share.
// cspell:disable-next-line
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const [ID, TIMESTAMP, BODY] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'];
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

describe('the signature of a webhook', () => {
  it('equals the published vector', () => {
    assert.deepEqual(signedHeaders([parseSecret(SECRET, 'a')], ID, TIMESTAMP, BODY), {
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    });
  });

  it('is made with both secrets during a rotation', () => {
    const other = parseSecret(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, 'b');
    const signatures = signedHeaders([other, parseSecret(SECRET, 'a')], ID, TIMESTAMP, BODY)['webhook-signature'];
    assert.match(signatures, /^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    assert.equal(signatures.split(' ')[1], SIGNATURE);
  });
});

describe('the secret of a webhook', () => {
  it('is refused unless it is whsec_ and the base64 of 24 to 64 bytes, without showing it', () => {
    const encoded = (length: number) => Buffer.alloc(length, 0xab).toString('base64');
    for (const text of [
      encoded(32),
      `whsec_${encoded(23)}`,
      `whsec_${encoded(65)}`,
      'whsec_',
      `whsec_${encoded(32)}!`,
    ]) {
      assert.throws(
        () => parseSecret(text, 'hook.secret'),
        ({ message, exitCode }: Error & { exitCode: number }) => {
          assert.match(message, /hook\.secret .* 24 to 64 bytes/);
          assert.doesNotMatch(message, /q6ur/);
          return exitCode === 2;
        },
      );
    }
  });

  it('is read from a file that no other user may read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pegway-secret-'));
    try {
      writeFileSync(join(folder, 'hook'), `${SECRET}\n`, { mode: 0o600 });
      assert.equal(readSecrets(['hook'], folder)[0]?.toString('base64'), SECRET.slice(6));
      chmodSync(join(folder, 'hook'), 0o644);
      assert.throws(() => readSecrets(['hook'], folder), /others than its owner can use the webhook secret/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
