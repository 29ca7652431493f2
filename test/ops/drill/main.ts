// `npm run drill`: walks the alerts' runbooks on a devnet with a real Prometheus and Alertmanager. Injects each fault, waits for the
// page, repairs it with the runbook's commands, waits for the alert's end, and prints the times as the tables of docs/operations.md.
// Exit status 1 if an alert did not come or did not end. Arguments name the alerts to walk; all without any. ALERTMANAGER names the program where it is not on the PATH.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { limit } from '../../../relayer/async/limit.ts';
import { allSigners } from '../../support/devnet.ts';
import { NodeError } from '../../support/rpc-proxy.ts';
import { type OpsNet, startOpsNet, ways } from '../support/net.ts';
import { startPager } from './alertmanager.ts';
import { type Steps, governedDrills } from './governed.ts';
import { lyingDrills } from './lies.ts';
import { nodeDrills } from './nodes.ts';
import { recordDrills } from './records.ts';
import { scaled } from './scaled.ts';
import { startShardNet } from './shards.ts';
import { outageDrills, signerDrills } from './signers.ts';
import { type Drill, type Walked, walkInTurn } from './walk.ts';

const program = [process.env['ALERTMANAGER'], 'alertmanager', 'prometheus-alertmanager'].find(
  (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
);
if (program === undefined) {
  console.error(
    'pegway: there is no alertmanager on the PATH: run npm run setup, or set ALERTMANAGER to the path of one',
  );
  process.exit(2);
}

const say = (line: string): void => console.error(`pegway: ${line}`);
const folder = mkdtempSync(join(tmpdir(), 'pegway-pager-'));
const pager = await startPager(program, folder);
const SPARE = allSigners.length;
const DAY = 86_400;
const steps: Steps = [];
const walked: Walked[] = [];
const wanted = process.argv.slice(2);
const isWanted = ({ alerts }: Pick<Drill, 'alerts'>): boolean =>
  wanted.length === 0 || alerts.some(({ name }) => wanted.includes(name));
const SHARDS: Pick<Drill, 'alerts'> = { alerts: [{ name: 'ShardUnheld' }] };

/** Of a signer with several processes, which needs a devnet of its own. @returns the number of alerts that were to be walked. */
async function walkShards(): Promise<number> {
  say('starting chains, six relayers of two bridges, Redis and Prometheus');
  const net = await startShardNet(pager.address);
  try {
    walked.push(...(await walkInTurn(net.drills, net, pager, say)));
  } finally {
    await net.stop();
  }
  return SHARDS.alerts.length;
}

/** All others. @returns the number of alerts that were to be walked. */
async function walkBridge(): Promise<number> {
  say('starting chains, seven relayers, Prometheus and Alertmanager');
  const exits = { exitDelay: 7 * DAY, noticePeriod: 3 * DAY, advanceWindow: 3 * DAY, claimWindow: 7 * DAY };
  const settings = { observers: 1, exits, pegs: { fees: true } };
  const started = await startOpsNet({ alertmanager: pager.address, scaled, ...settings });
  // Permits of one holder have one nonce: drills that run side by side depart one after another.
  const inTurn = limit(1);
  const net: typeof started = {
    ...started,
    deposit: (...args) => inTurn(() => started.deposit(...args)),
    redeem: (...args) => inTurn(() => started.redeem(...args)),
  };
  const turn = async (all: readonly Drill[]): Promise<void> => {
    walked.push(...(await walkInTurn(all.filter(isWanted), net, pager, say)));
  };
  try {
    const [nodes, signers] = [[...nodeDrills(net), ...lyingDrills(net)], signerDrills(net)];
    await net.arrives(await net.deposit());
    const governed = governedDrills(net, SPARE, steps, folder);
    const records = recordDrills(net);
    const outages = outageDrills(net, pager);
    const stale = staleAudit(net);
    await Promise.all([turn(nodes), turn(signers), turn(records)]);
    await turn(governed);
    await turn([stale]);
    await turn(outages);
    const all = [stale, ...nodes, ...signers, ...records, ...governed, ...outages];
    return all.filter(isWanted).flatMap(({ alerts }) => alerts).length;
  } finally {
    await net.stop();
  }
}

const staleAudit = (net: OpsNet): Drill => ({
  alerts: [{ name: 'AuditStale', labels: { instance: `signer-${net.frail}` } }],
  fault: 'nodes without the state of the final block',
  inject() {
    for (const name of ways)
      net.proxy.faults.set(name, {
        ask({ method }) {
          if (method === 'eth_call') return Promise.reject(new NodeError(-32_000, 'missing trie node'));
          return Promise.resolve(undefined);
        },
      });
    return Promise.resolve();
  },
  repair: 'nodes that keep the state',
  mend: () => Promise.resolve(net.proxy.faults.clear()),
});

const began = performance.now();
let expected = 0;
try {
  const isOnlyShards = wanted.length > 0 && wanted.every((name) => SHARDS.alerts.some((one) => one.name === name));
  if (!isOnlyShards) expected += await walkBridge();
  if (isWanted(SHARDS)) expected += await walkShards();
} finally {
  await pager.stop();
  rmSync(folder, { recursive: true, force: true });
}

const seconds = (value: number): string => `${value.toFixed(0)} s`;
console.log('| alert | fault | page | `for` | repair | end |\n|---|---|---|---|---|---|');
for (const { alert, fault, repair, toPage, holds, toEnd } of walked) {
  console.log(`| ${alert} | ${fault} | ${seconds(toPage)} | ${seconds(holds)} | ${repair} | ${seconds(toEnd)} |`);
}
if (steps.length > 0) {
  console.log('\n| step of rotating a lost key out | seconds |\n|---|---|');
  const total = steps.reduce((sum, [, time]) => sum + time, 0);
  for (const [step, time] of [...steps, ['all, without `governanceDelay`', total] as const])
    console.log(`| ${step} | ${time.toFixed(1)} |`);
}
say(`${walked.length} of ${expected} alerts walked in ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
process.exit(walked.length === expected ? 0 : 1);
