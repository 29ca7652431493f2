import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { type Told, ask, askAll } from '../../../cli/inspect/ask-relayers.ts';

describe('several relayers are asked at once', () => {
  const servers: Server[] = [];
  const answering: string[] = [];
  let hanging = '';
  const open = async (server: Server): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  before(async () => {
    for (let index = 0; index < 2; index++) {
      answering.push(await open(createServer((_, response) => void response.end(`{"index":${index}}`))));
    }
    hanging = await open(createServer(() => undefined));
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  const told = (urls: readonly string[]) =>
    askAll(
      urls,
      (url, signal) => ask<object>(url, '/v1/status', signal),
      (one: Told<object>) => !('error' in one),
    );
  const errorOf = (one: Told<object> | undefined) => (one !== undefined && 'error' in one ? one.error : undefined);

  test('one that hangs is left when most have answered, and named so', async () => {
    const [silent, first, second] = await told([hanging, ...answering]);
    assert.match(errorOf(silent) ?? '', /^no answer \d+\.\d s after most others$/);
    assert.deepEqual([errorOf(first), errorOf(second)], [undefined, undefined]);
  });

  test('while too few have answered the others have all their time', async () => {
    const [silent, first] = await told([hanging, answering[0] ?? '']);
    assert.match(errorOf(silent) ?? '', /timeout/);
    assert.equal(errorOf(first), undefined);
  });
});
