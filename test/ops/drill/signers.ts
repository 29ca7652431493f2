import { readFileSync, writeFileSync } from 'node:fs';

import { call } from '../../../cli/devnet/anvil.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { openDatabase } from '../../../relayer/store/database.ts';
import { openSigningHistory } from '../../../relayer/store/signing-history.ts';
import { allSigners, ONE } from '../../support/devnet.ts';
import { pegway } from '../../support/cli.ts';
import { type OpsNet, QUIET_PEG } from '../support/net.ts';
import type { Pager } from './alertmanager.ts';
import type { Drill } from './walk.ts';

/** Runs a command; @throws with its output when it fails. */
export async function succeed(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await pegway(...args);
  if (status !== 0) throw new Error(`pegway ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Faults of single signers, each at another one. */
export function signerDrills(net: OpsNet): Drill[] {
  const { devnet } = net;
  // In the order in which the frail signer, which leads, requests signatures; the first leads in its place.
  const [doubtful, poor, edited] = [1, 2, 3].map((place) => (net.frail + place) % allSigners.length) as [
    number,
    number,
    number,
  ];
  const member = (index: number) => devnet.members[index]!;
  const instance = (index: number) => ({ instance: `signer-${index}` });
  const fund = (amount: bigint) =>
    call(devnet.file.main.rpcUrl, 'anvil_setBalance', member(poor).address, `0x${amount.toString(16)}`);
  const original = readFileSync(member(edited).configFile, 'utf8');

  const lane = { direction: 'mint', productToken: net.tokens[QUIET_PEG] ?? '0x' } as const;
  const nonce = 0n;

  return [
    {
      alerts: [{ name: 'FundsLow', labels: instance(poor) }],
      fault: 'a paying account without coins',
      inject: () => fund(0n),
      repair: 'send coins to the account',
      mend: () => fund(1_000n * ONE),
    },
    {
      alerts: [{ name: 'ConfigRefused', labels: instance(edited) }],
      fault: 'a configuration with an unknown field',
      inject: () =>
        Promise.resolve(writeFileSync(member(edited).configFile, original.replace('{', '{ "turnSecond": 1,'))),
      repair: 'undo the edit',
      mend: () => Promise.resolve(writeFileSync(member(edited).configFile, original)),
    },
    {
      alerts: [{ name: 'SecondContent', labels: instance(doubtful) }],
      fault: 'another content in the signing history than the one that is proven',
      async inject() {
        const database = openDatabase(member(doubtful).dataDir);
        openSigningHistory(database).record(laneKey(lane), nonce, [`0x${'11'.repeat(36)}`]);
        database.close();
        await net.arrives(await net.deposit(ONE, QUIET_PEG));
        // The signer is asked, or leads, soon.
        for (let index = 0; index < 5; index++) await net.deposit(ONE, QUIET_PEG);
      },
      repair: '`pegway journal accept`',
      mend: () =>
        succeed('journal', 'accept', 'mint', lane.productToken, String(nonce), '--config', member(doubtful).configFile),
    },
  ];
}

/** Dead relayers: one, three, all; then what holds up all that remains. They come last, since the others need a bridge that moves. */
export function outageDrills(net: OpsNet, pager: Pager): Drill[] {
  const all = net.devnet.members.map(({ index }) => index);
  let busy: NodeJS.Timeout | undefined;
  // Signers throughout: the rotations before exchange the two between them.
  const [dead = -1, second = -1, , , third = -1] = net.others;
  const mint = { direction: 'mint' };
  return [
    {
      alerts: [
        { name: 'RelayerDown', labels: { instance: `signer-${dead}` } },
        { name: 'SignerSilent', labels: { signer: net.devnet.members[dead]?.address ?? '' } },
        { name: 'QuorumMarginLow', labels: mint },
      ],
      fault: 'one relayer has ended',
      inject: () => net.kill(dead),
      repair: 'start it again',
      mend: () => net.restart(dead),
    },
    {
      alerts: [{ name: 'QuorumMarginGone', labels: mint }],
      fault: 'three relayers have ended',
      inject: () => net.kill(dead, second, third),
      repair: 'start them again',
      mend: () => net.restart(dead, second, third),
    },
    {
      alerts: [{ name: 'TransfersWait', labels: mint }, { name: 'AnchorOld' }, { name: 'ExitNear' }],
      fault: 'three relayers have ended, and a deposit waits',
      async inject() {
        await net.kill(dead, second, third);
        await net.deposit();
      },
      repair: 'start them again',
      mend: () => net.restart(dead, second, third),
    },
    {
      alerts: [{ name: 'RelayersDown' }],
      fault: 'all relayers have ended, that of the spare key too',
      inject: () => net.kill(...all),
      repair: 'start them again',
      mend: () => net.restart(...all),
    },
    {
      alerts: [{ name: 'EventLoopLag', labels: { instance: `signer-${dead}` } }],
      fault: 'a function that holds the event loop 300 ms of each half second',
      inject() {
        busy = setInterval(() => {
          const until = performance.now() + 300;
          while (performance.now() < until);
        }, 500);
        return Promise.resolve();
      },
      repair: 'end what holds it',
      mend: () => Promise.resolve(clearInterval(busy)),
    },
    {
      alerts: [{ name: 'Watchdog' }],
      fault: 'Alertmanager hangs: the service outside has no message for 150 s',
      inject: () => Promise.resolve(pager.suspend(true)),
      repair: 'Alertmanager goes on',
      mend: () => Promise.resolve(pager.suspend(false)),
      absence: {
        isMissed: () => performance.now() - (pager.last('Watchdog') ?? 0) > 150_000,
        isBack: () => performance.now() - (pager.last('Watchdog') ?? 0) < 30_000,
      },
    },
  ];
}
