import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type FleetMember, startMember } from '../../../cli/devnet/devnet-fleet.ts';
import { pegway } from '../../support/cli.ts';
import { asInDevnet, startTestNet } from '../../support/devnet.ts';
import { type RedisServer, redisForTests } from '../../support/redis.ts';
import { type Process, startFurtherProcess, withShards } from '../../support/shards.ts';
import { eventually } from '../../support/wait.ts';
import { hastyRules } from '../support/hasty-rules.ts';
import { type Prometheus, prometheusAt } from '../support/prometheus.ts';
import type { Drill } from './walk.ts';

/** A devnet of its own: two bridges, and a signer with two shards and two processes. */
export interface ShardNet {
  readonly prometheus: Prometheus;
  readonly drills: readonly Drill[];
  stop(): Promise<void>;
}

/** @param alertmanager Host and port that Prometheus notifies. */
export async function startShardNet(alertmanager: string): Promise<ShardNet> {
  const rules = hastyRules();
  const redis: Pick<RedisServer, 'url' | 'stop'> = await redisForTests();
  const net = await startTestNet({
    ...{ ...asInDevnet, processes: [0], bridges: 2, redisUrl: redis.url, prepare: withShards(2) },
    prometheus: { rules, scrapeSeconds: 2, evaluationSeconds: 1, alertmanager },
  });
  const first: Process = { member: net.devnet.members[0]!, child: net.devnet.relayer(0) };
  const second = await startFurtherProcess(first.member, 'second');
  const processes = [first, second];

  const heldBy = async ({ metricsUrl }: FleetMember): Promise<number> => {
    const text = await (await fetch(metricsUrl)).text();
    return [...text.matchAll(/^pegway_shard_held\{[^}]*\} 1$/gm)].length;
  };
  /** Where the folders of paying accounts are. */
  const accounts = ({ member }: Process): string => join(member.dataDir, 'accounts');
  const finds = async (what: RegExp, ...args: readonly string[]): Promise<void> => {
    const { stdout } = await pegway(...args, '--config', first.member.configFile);
    if (!what.test(stdout)) throw new Error(`pegway ${args.join(' ')} has no ${what.source}:\n${stdout}`);
  };

  return {
    prometheus: prometheusAt(net.devnet.file.prometheusUrl ?? ''),
    drills: [
      {
        alerts: [{ name: 'ShardUnheld' }],
        fault: 'both processes of a signer restart with a data folder that they cannot use',
        prepare: () =>
          eventually(
            'a shard each',
            async () => (await Promise.all(processes.map((one) => heldBy(one.member)))).join() === '1,1',
          ),
        async inject() {
          await Promise.all(processes.map(({ child }) => child.stop()));
          for (const one of processes) {
            rmSync(accounts(one), { recursive: true });
            writeFileSync(accounts(one), '');
            one.child = startMember(one.member);
          }
        },
        repair: '`status`, `doctor`, the log; the folder is put back',
        async mend() {
          await finds(/by no process/, 'doctor', '--bridge', net.devnet.file.name);
          await finds(/not open at /, 'status');
          if (!first.child.log().includes('shard not opened')) throw new Error('the log has no reason');
          for (const one of processes) rmSync(accounts(one), { force: true });
        },
      },
    ],
    async stop() {
      for (const { child } of processes) child.kill('SIGKILL');
      await net.stop();
      await redis.stop();
      rmSync(rules, { recursive: true, force: true });
    },
  };
}
