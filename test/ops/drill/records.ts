import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { openHistoryDatabase, openWebhookDatabase } from '../../../relayer/store/database.ts';
import { allSigners } from '../../support/devnet.ts';
import type { OpsNet } from '../support/net.ts';
import { succeed } from './signers.ts';
import type { Drill } from './walk.ts';

/** Faults of one signer's webhooks, anchors and prices. A change of its records stands for hours that pass. */
export function recordDrills(net: OpsNet): Drill[] {
  const index = (net.frail + 4) % allSigners.length;
  const member = net.devnet.members[index]!;
  const instance = { instance: `signer-${index}` };
  const { configFile, dataDir } = member;
  const original = readFileSync(configFile, 'utf8');
  const configure = (more: object) =>
    writeFileSync(configFile, JSON.stringify({ ...(JSON.parse(readFileSync(configFile, 'utf8')) as object), ...more }));
  const change = (database: RecordDatabase, sql: string) => {
    database.exec(sql);
    database.close();
    return Promise.resolve();
  };
  const inWebhooks = (sql: string) => change(openWebhookDatabase(dataDir), sql);

  let status = 410;
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  const deliver = async () => {
    if (!receiver.listening) {
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      receiver.unref();
      const secret = join(configFile, '..', 'webhook.secret');
      writeFileSync(secret, `whsec_${Buffer.alloc(32, 7).toString('base64')}`, { mode: 0o600 });
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
      configure({ webhooks: [{ name: 'shop', url, secretFiles: [secret], allowPrivate: true }] });
      await net.kill(index);
      await net.restart(index);
    }
    await net.arrives(await net.deposit());
  };
  const answering = (code: number) => async () => {
    status = code;
    await deliver();
  };
  const fees = (price: number) => {
    configure({ fees: { prices: { [net.tokens[FEE_PEG] ?? '']: price } } });
    return Promise.resolve();
  };

  return [
    {
      alerts: [{ name: 'WebhookDisabled', labels: instance }],
      fault: 'a receiver that answers 410',
      inject: answering(410),
      repair: '`pegway webhooks enable`',
      async mend() {
        status = 200;
        await succeed('webhooks', 'enable', 'shop', '--config', configFile);
      },
    },
    {
      alerts: [{ name: 'WebhookFailing', labels: instance }],
      fault: 'a receiver that answers 500',
      inject: answering(500),
      repair: 'the receiver works again, and the next attempt is due',
      async mend() {
        status = 200;
        await inWebhooks('UPDATE webhook_undelivered SET next_at = 0');
      },
    },
    {
      alerts: [{ name: 'WebhookDeadLetters', labels: instance }],
      fault: 'a receiver that answers 500, before the last attempt',
      async inject() {
        await answering(500)();
        await inWebhooks('UPDATE webhook_undelivered SET attempts = 10, next_at = 0');
      },
      repair: '`pegway webhooks replay`',
      async mend() {
        status = 200;
        await inWebhooks('UPDATE webhook_undelivered SET next_at = 0 WHERE next_at IS NOT NULL');
        await succeed('webhooks', 'replay', 'shop', '--config', configFile);
      },
    },
    {
      alerts: [{ name: 'AnchorsStopped', labels: instance }],
      fault: 'another hash than the final one in the history of one relayer',
      async inject() {
        await net.kill(index);
        await change(openHistoryDatabase(dataDir), `UPDATE anchor_history SET newest = '0x${'5e'.repeat(32)}'`);
        await net.restart(index);
      },
      repair: 'stop it, delete `history.sqlite`, start it',
      async mend() {
        await net.kill(index);
        await change(openHistoryDatabase(dataDir), 'DELETE FROM anchor_nodes; DELETE FROM anchor_history;');
        await net.restart(index);
      },
    },
    {
      alerts: [{ name: 'CostsExceedFees' }],
      fault: 'a price of the fee a million times too low',
      async inject() {
        await fees(1e-6);
        await net.deposit(10n ** 9n, FEE_PEG);
        for (let count = 0; count < 3; count++) await net.arrives(await net.redeem(10n ** 18n, 0));
      },
      repair: 'correct `fees.prices`',
      mend: () => Promise.resolve(writeFileSync(configFile, original)),
    },
  ];
}

/** Takes a fee in a devnet with fees. */
const FEE_PEG = 2;
