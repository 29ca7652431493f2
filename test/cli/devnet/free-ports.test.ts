import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';

import { freePort, freePorts, portNear } from '../../../cli/devnet/free-ports.ts';

/** The port that another process takes when it prefers this one. */
function elsewhere(preferred: number): number {
  const script = `import { portNear } from './cli/devnet/free-ports.ts'; console.log(await portNear(${preferred}));`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
}

describe('a free port', () => {
  it('is given to no other process while its own one lives, before and after something listens there', async () => {
    const port = await freePort();
    assert.notEqual(elsewhere(port), port);

    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    await new Promise((resolve) => server.close(resolve));
    assert.notEqual(elsewhere(port), port);
  });

  it('is given out once in its own process', async () => {
    const ports = await freePorts(100);
    assert.equal(new Set(ports).size, 100);
    assert.notEqual(await portNear(ports[0]!), ports[0]);
  });

  it('has no listener', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.notEqual(await portNear(port), port);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await portNear(port), port);
  });
});
