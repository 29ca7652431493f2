import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { call } from '../../../cli/devnet/anvil.ts';
import { ONE } from '../../support/devnet.ts';
import { eventually } from '../../support/wait.ts';
import { type OpsNet, QUIET_PEG } from '../support/net.ts';

/** Concurrent faults at one signer each. No other signer may notice them, except for a dead one. */
export function faults(net: () => OpsNet): void {
  const other = (place: number) => net().others[place] ?? -1;

  describe('faults of single signers', { concurrency: true }, () => {
    it('makes a signer without funds not ready, and ready when it has some', async () => {
      const { prometheus, devnet } = net();
      const poor = other(0);
      const instance = `signer-${poor}`;
      const { rpcUrl } = devnet.file.main;
      const address = devnet.members[poor]?.address ?? '';
      const ready = async (value: number) =>
        (await prometheus.query(`pegway_ready{instance="${instance}"}`))[0]?.value === value;
      await call(rpcUrl, 'anvil_setBalance', address, '0x0');
      await eventually('not ready', () => ready(0), 120);
      const [problem] = await eventually('the reason', async () => {
        const found = await prometheus.query(`pegway_problems{instance="${instance}",code="low-funds"}`);
        return found.length > 0 && found;
      });
      assert.equal(problem?.metric['part'], 'main funds');
      await call(rpcUrl, 'anvil_setBalance', address, `0x${(1_000n * ONE).toString(16)}`);
      await eventually('ready', () => ready(1), 120);
    });

    it('makes a signer not ready whose key fails when it has to pay, and ready when it signs again', async () => {
      const { payer, health, becomesReady, frail, devnet } = net();
      // More than it can request meanwhile.
      for (let index = 0; index < 10_000; index++) payer.trouble.push((response) => response.writeHead(503).end());
      const departure = await net().deposit(ONE, QUIET_PEG);
      const { reasons } = await eventually('the key is missed', async () => {
        const told = await health();
        return told.status === 503 && told.reasons.some(({ part }) => part === 'pay key') && told;
      });
      assert.deepEqual([...new Set(reasons.map(({ part }) => part))], ['pay key']);
      assert.equal((await fetch(new URL('/health/live', devnet.members[frail]?.metricsUrl))).status, 200);
      // The next signer in order pays.
      await net().arrives(departure);
      payer.trouble.length = 0;
      await becomesReady();
    });

    it('alarms when a signer is killed and when the quorum is gone, and says so at those left, which stay ready', async () => {
      const { prometheus, kill, restart, health, devnet } = net();
      const [dead, second, third] = [other(1), other(2), other(3)];
      const silent = { signer: devnet.members[dead]?.address ?? '' };
      const down = { instance: `signer-${dead}` };
      const mint = { direction: 'mint' };
      await prometheus.isSilent('SignerSilent', silent, 60);
      await kill(dead);
      await prometheus.fires('RelayerDown', down, 60);
      await prometheus.fires('QuorumMarginLow', mint, 90);

      await kill(second, third);
      await prometheus.fires('QuorumMarginGone', mint, 90);
      await prometheus.fires('SignerSilent', silent, 120);
      const { bridge } = await eventually('the margin is gone', async () => {
        const told = await health();
        return told.bridge.length > 0 && told;
      });
      assert.deepEqual([...new Set(bridge.map(({ code }) => code))], ['waiting-for-signatures']);
      await net().becomesReady();
      assert.ok((await health()).bridge.length > 0);

      await restart(dead, second, third);
      await eventually('the margin is back', async () => (await health()).bridge.length === 0);
      for (const alert of ['SignerSilent', 'RelayerDown', 'QuorumMarginLow', 'QuorumMarginGone'])
        await prometheus.isSilent(alert, {}, 90);
    });
  });
}
