import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PegwayError } from '../../protocol/errors.ts';
import { type Child, watchChild } from './child.ts';
import { freePort } from './free-ports.ts';
import type { Fleet } from './start-fleet.ts';

/** How often it looks, and what at. */
export interface PrometheusSettings {
  /** Folder of the rules. */
  readonly rules: string;
  readonly scrapeSeconds: number;
  readonly evaluationSeconds: number;
  /** Host and port of an Alertmanager that takes its alerts. */
  readonly alertmanager?: string;
}

/** As ops/prometheus/prometheus.yml. */
const usual = { scrapeSeconds: 10, evaluationSeconds: 5 };

/** The rules that an operator uses, next to the sources or in the package. */
function usualRules(): string {
  for (const up of ['../../ops', '../../../ops']) {
    const folder = fileURLToPath(new URL(`${up}/prometheus/rules`, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  throw new PegwayError('the folder ops/prometheus/rules is not there', { hint: 'install the package anew' });
}

/** @throws {PegwayError} before anything is started, where there is no Prometheus. */
export function requirePrometheus(): void {
  if (spawnSync('prometheus', ['--version']).status === 0) return;
  throw new PegwayError('there is no prometheus on the PATH', {
    exitCode: 2,
    hint: 'npm run setup, or: apt-get install prometheus',
  });
}

/**
 * Starts a Prometheus that scrapes all relayers of a devnet, with the intervals and rules of ops/prometheus where none are given.
 * @returns its address, when it is ready.
 */
export async function startPrometheus(
  directory: string,
  fleets: readonly Pick<Fleet, 'bridge' | 'members'>[],
  settings: Partial<PrometheusSettings>,
  /** Receives the process before it is ready, so that it can always be stopped. */
  onChild: (child: Child) => void,
): Promise<string> {
  const folder = join(directory, 'prometheus');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'prometheus.yml');
  const { scrapeSeconds, evaluationSeconds, alertmanager } = { ...usual, ...settings };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      global: {
        scrape_interval: `${scrapeSeconds}s`,
        scrape_timeout: `${Math.min(scrapeSeconds, 5)}s`,
        evaluation_interval: `${evaluationSeconds}s`,
        external_labels: { docs: 'https://pegway.example' },
      },
      rule_files: [join(settings.rules ?? usualRules(), '*.yml')],
      ...(alertmanager === undefined
        ? {}
        : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
      scrape_configs: [
        {
          job_name: 'pegway',
          static_configs: fleets.flatMap(({ bridge, members }) =>
            members.map(({ index, metricsUrl }) => ({
              targets: [new URL(metricsUrl).host],
              labels: { bridge: bridge.name, instance: `signer-${index}` },
            })),
          ),
        },
      ],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const flags = {
    'config.file': config,
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': address,
    'log.level': 'warn',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const server = spawn('prometheus', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const child = watchChild('prometheus', server, join(folder, 'prometheus.log'));
  onChild(child);
  const url = `http://${address}`;
  await child.until(async () => (await fetch(`${url}/-/ready`)).ok);
  return url;
}
