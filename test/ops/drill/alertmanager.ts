import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { type Child, watchChild } from '../../../cli/devnet/child.ts';
import { freePort } from '../../../cli/devnet/free-ports.ts';

export type Labels = Readonly<Record<string, string>>;

/** An Alertmanager with the example configuration, and what reaches its receivers. */
export interface Pager {
  /** Host and port for Prometheus. */
  readonly address: string;
  /** When the first message with this alert and these labels arrived after a moment, in `performance.now()`. */
  paged(alert: string, labels: Labels, after: number): number | undefined;
  /** When the last message with this alert arrived. */
  last(alert: string): number | undefined;
  /** Suspends Alertmanager, or lets it go on. */
  suspend(isSuspended: boolean): void;
  stop(): Promise<void>;
}

interface Message {
  readonly alerts: readonly { readonly status: string; readonly labels: Labels }[];
}

/** @param program Path of `alertmanager`. */
export async function startPager(program: string, folder: string): Promise<Pager> {
  const received: { readonly at: number; readonly labels: Labels }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const at = performance.now();
      const { alerts } = JSON.parse(body) as Message;
      for (const { status, labels } of alerts) if (status === 'firing') received.push({ at, labels });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'alertmanager.yml');
  const example = readFileSync('ops/alertmanager/alertmanager.yml', 'utf8');
  writeFileSync(config, example.replaceAll(/https:\/\/[a-z-]+\.example/g, receiver));
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [
    ...[`--config.file=${config}`, `--storage.path=${join(folder, 'data')}`, `--web.listen-address=${address}`],
    ...['--cluster.listen-address=', '--log.level=warn'],
  ];
  const child: Child = watchChild(
    'alertmanager',
    spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'] }),
    join(folder, 'alertmanager.log'),
  );
  await child.until(async () => (await fetch(`http://${address}/-/ready`)).ok);

  return {
    address,
    paged: (alert, labels, after) =>
      received.find(
        (one) =>
          one.at > after &&
          one.labels['alertname'] === alert &&
          Object.entries(labels).every(([name, value]) => one.labels[name] === value),
      )?.at,
    last: (alert) => received.findLast(({ labels }) => labels['alertname'] === alert)?.at,
    suspend: (isSuspended) => child.kill(isSuspended ? 'SIGSTOP' : 'SIGCONT'),
    async stop() {
      child.kill('SIGCONT');
      await child.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}
