import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';

import type { StatusView } from '../../protocol/api-types.ts';
import { sides } from '../../protocol/lane.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { type TestNet, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

/** Accepts connections and never answers. */
const startHangingNode = async (): Promise<{ readonly server: Server; readonly url: string }> => {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

describe('six relayers, each with a quorum of 2 of 3 nodes: one hangs, one sends heads', () => {
  let net: TestNet;
  let hanging: Awaited<ReturnType<typeof startHangingNode>>;
  before(async () => {
    hanging = await startHangingNode();
    net = await startTestNet({
      prepare(bridge, members) {
        for (const { configFile } of members) {
          const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
          for (const side of sides) {
            const { rpcUrl } = bridge[side];
            config[side].rpcUrls = [hanging.url, { url: rpcUrl, ws: rpcUrl.replace('http', 'ws') }, rpcUrl];
            config[side].rpcQuorum = 2;
            // So long that nothing arrives where one read waits for it.
            config[side].requestTimeoutSeconds = 100;
          }
          writeFileSync(configFile, JSON.stringify(config));
        }
        return Promise.resolve();
      },
    });
  });
  after(async () => {
    await net.stop();
    hanging.server.close();
  });

  it('deliver a deposit and a redeem', async () => {
    const departure = await net.deposit();
    await net.arrives(departure);
    await net.arrives(await net.redeem(10n ** BigInt(net.devnet.file.pegs[0]?.productDecimals ?? 0)));
  });

  it('complete audits of a peg while its transfers arrive', async () => {
    const departed = Date.now() / 1_000;
    await net.arrives(await net.deposit());
    for (const { metricsUrl } of net.devnet.members) {
      await eventually(`an audit at ${metricsUrl}`, async () => {
        const metrics = await (await fetch(metricsUrl)).text();
        const line = `pegway_audit_last_completed_timestamp_seconds{peg="${net.tokens[0]}"} `;
        const completedAt = Number(metrics.split(line)[1]?.split('\n')[0]);
        return completedAt > departed && metrics.includes(`pegway_audit_ok{peg="${net.tokens[0]}"} 1`);
      });
    }
  });

  it('name the slow node in metrics and in their status', async () => {
    for (const { apiUrl, metricsUrl } of net.devnet.members) {
      await eventually('the status names it', async () => {
        const status = (await (await fetch(`${apiUrl}/v1/status`)).json()) as StatusView;
        return sides.every((side) => status.bridges[side].trust.slowNodes?.join().startsWith('0-127.0.0.1'));
      });
      await eventually('the metrics name it alone', async () => {
        const metrics = await (await fetch(metricsUrl)).text();
        const isSlow = (endpoint: number, value: number) =>
          new RegExp(`pegway_rpc_endpoint_slow\\{chain="main",endpoint="${endpoint}-127[^}]*\\} ${value}`).test(
            metrics,
          );
        return isSlow(0, 1) && isSlow(1, 0);
      });
    }
  });
});
