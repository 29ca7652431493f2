import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';

describe('the URL of a node', () => {
  it('becomes an Authorization header where it has credentials, and loses them', () => {
    const { url, authorization } = parseEndpointUrl('https://user:p%40ss@node.example/v1');
    assert.equal(url.href, 'https://node.example/v1');
    assert.equal(authorization, `Basic ${btoa('user:p@ss')}`);
    assert.equal(parseEndpointUrl('https://node.example/').authorization, undefined);
  });

  it('encodes credentials as UTF-8 and accepts a bare percent sign', () => {
    const decoded = (url: string) => {
      const token = parseEndpointUrl(url).authorization?.replace('Basic ', '') ?? '';
      return Buffer.from(token, 'base64').toString('utf8');
    };
    assert.equal(decoded('https://us%C3%A9r:pw@node.example'), 'usér:pw');
    assert.equal(decoded('https://user:100%@node.example'), 'user:100%');
  });

  it('shows only its host and port', () => {
    assert.equal(
      parseEndpointUrl('https://user:secret@node.example:8545/v2/0123456789abcdef').host,
      'node.example:8545',
    );
  });

  for (const [name, url, text, clean] of [
    [
      'a key in the path',
      'https://node.example/v2/0123456789abcdef',
      'no route /v2/0123456789abcdef',
      'no route [redacted]',
    ],
    ['a key in the path alone', 'https://node.example/v2/0123456789abcdef', 'key 0123456789abcdef', 'key [redacted]'],
    ['a key in the query', 'https://node.example/?key=s3cr3t', 'bad key s3cr3t', 'bad key [redacted]'],
    [
      'a password, decoded or not',
      'https://me:p%40ssword@node.example',
      'p@ssword p%40ssword',
      '[redacted] [redacted]',
    ],
    [
      'the credentials as a header',
      'https://user:secret@node.example',
      `Basic ${btoa('user:secret')}`,
      'Basic [redacted]',
    ],
    ['the whole URL', 'https://user:secret@node.example/', 'GET https://user:secret@node.example/', 'GET [redacted]'],
  ] as const) {
    it(`is redacted in texts of the node: ${name}`, () => {
      assert.equal(parseEndpointUrl(url).redact(text), clean);
    });
  }

  it('leaves ordinary words of a path in texts alone', () => {
    const { redact } = parseEndpointUrl('https://node.example/mainnet/rpc');
    assert.equal(redact('mainnet is at block 7 of rpc'), 'mainnet is at block 7 of rpc');
  });

  it('is refused when it is none', () => {
    assert.throws(() => parseEndpointUrl('node.example'), TypeError);
  });
});
