import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { call } from '../../../cli/devnet/anvil.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { openDatabase } from '../../../relayer/store/database.ts';
import { openSigningHistory } from '../../../relayer/store/signing-history.ts';
import { allSigners, ONE } from '../../support/devnet.ts';
import { pegway } from '../../support/cli.ts';
import { type OpsNet, QUIET_PEG } from '../support/net.ts';
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
  const [doubtful, poor, edited, posting] = [1, 2, 3, 4].map((place) => (net.frail + place) % allSigners.length) as [
    number,
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
  let gone = true;
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(gone ? 410 : 200).end();
  });
  const posted = readFileSync(member(posting).configFile, 'utf8');

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
    {
      alerts: [{ name: 'WebhookDisabled', labels: instance(posting) }],
      fault: 'a receiver that answers 410',
      async inject() {
        await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
        const secret = join(member(posting).configFile, '..', 'webhook.secret');
        writeFileSync(secret, `whsec_${Buffer.alloc(32, 7).toString('base64')}`, { mode: 0o600 });
        const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
        const webhooks = [{ name: 'shop', url, secretFiles: [secret], allowPrivate: true }];
        writeFileSync(member(posting).configFile, JSON.stringify({ ...(JSON.parse(posted) as object), webhooks }));
        await net.kill(posting);
        await net.restart(posting);
        await net.arrives(await net.deposit());
      },
      repair: '`pegway webhooks enable`',
      async mend() {
        gone = false;
        await succeed('webhooks', 'enable', 'shop', '--config', member(posting).configFile);
        receiver.unref();
      },
    },
  ];
}

/** Dead relayers: one, three. They come last, since the others need a bridge that moves. */
export function outageDrills(net: OpsNet): Drill[] {
  const [dead = -1, second = -1, third = -1] = net.others;
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
      alerts: [{ name: 'TransfersWait', labels: mint }],
      fault: 'three relayers have ended, and a deposit waits',
      async inject() {
        await net.kill(dead, second, third);
        await net.deposit();
      },
      repair: 'start them again',
      mend: () => net.restart(dead, second, third),
    },
  ];
}
