import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeFunctionData } from 'viem';

import { en } from '../../app/i18n/en.ts';
import { devnetDelays } from '../../cli/devnet/deploy-bridges.ts';
import { deposit, mainBridgeAbi } from '../../sdk/index.ts';
import { refuseTransfers } from '../support/refusing-token.ts';
import { fillDeposit, says } from './support/steps.ts';
import { holdBlocks, passTime } from './support/blocks.ts';
import type { PageNet } from './support/net.ts';
import { decide } from '../support/signer-decisions.ts';

/** Transfers with an exceptional course. */
export function detours(net: () => PageNet): void {
  describe('on a detour', () => {
    it('shows a redeem that its main token refuses, until when it is tried, and that it came back as a deposit', async (test) => {
      const { file } = net().devnet;
      const sound = file.pegs.find(({ symbol }) => symbol === 'SNSD');
      const productToken = sound?.productToken ?? '0x';
      const { page, wallet, complaints } = await net().visit();
      const { holder } = wallet;
      await deposit(holder.main, { productToken, amount: 10n ** 18n / 2n, recipient: holder.address });
      await page.getByText('SNSD', { exact: true }).first().click();
      await page.getByRole('button', { name: 'Reverse the direction' }).click();
      await page.getByLabel('You give').fill('1');
      const redeem = page.getByRole('button', { name: 'Redeem 1 SNSD' });
      await redeem.waitFor();

      // Its token still pays during the check; it refuses before the redeem is finalized.
      const held = await holdBlocks(net(), 'product');
      test.after(held.goOn);
      await redeem.click();
      await page.waitForURL(/#\/sent\/withdraw\//);
      await held.mine();
      await page.waitForURL(/#\/transfer\/withdraw\//);
      const allow = await refuseTransfers(file.main.rpcUrl, sound?.mainToken ?? '0x', holder.address);
      test.after(allow);
      await held.goOn();
      await page.getByText('The main token refuses to pay the recipient. The payment is retried').waitFor();
      await page.getByText('the main token refuses to pay the recipient', { exact: true }).waitFor();
      await net().inspect(page, 'refused');

      await passTime(file, 'main', devnetDelays.bounceDelay + 1);
      await says(page, 'Sent back');
      await page.getByText('so the transfer returned to the redeemer as a deposit.').waitFor();
      await net().inspect(page, 'bounced');
      await page.getByRole('link', { name: 'See that deposit' }).click();
      await page.getByRole('heading', { name: 'Deposit no.' }).waitFor();
      await says(page, 'Arrived');
      await page.getByText(/Balance of the recipient: [\d.]+ SNSD → [\d.]+ SNSD/).waitFor();
      await net().picture(page, 'came-back');
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('tells what happens over the limit; then parks it, and releases it when its holder asks', async (test) => {
      const { file } = net().devnet;
      const [boat] = file.pegs;
      const limit = [boat?.productToken ?? '0x', 10n ** 18n, 0n] as const;
      await decide(file, 'product', [
        encodeFunctionData({ abi: mainBridgeAbi, functionName: 'lowerLimit', args: limit }),
      ]);
      const { page, wallet, complaints } = await net().visit();
      await fillDeposit(page, 'BOAT', '7');
      await page.getByText('Above the current limit (1 BOAT).').waitFor();
      await net().picture(page, 'over-the-limit');
      await page.getByRole('button', { name: 'Deposit 7 SMENT' }).click();

      await says(page, 'Waiting: over the limit');
      // The newest block allows the release. Relayers wait for the finalized one, held back here: the holder is first.
      const held = await holdBlocks(net(), 'product');
      test.after(held.goOn);
      // Relayers list final transfers only. Time stands still until the next block.
      for (let blocks = 0; blocks < 2; blocks++) await held.mine();
      await page.getByText('Can be released in').waitFor();
      await net().inspect(page, 'parked');
      const visitor = await net().visit({ connect: false, at: '#/signers' });
      await visitor.page.getByRole('heading', { name: en.signers.parked }).waitFor();
      await visitor.page.getByText('Can be released in').first().waitFor();
      await visitor.page.getByText('Lowers the limit of BOAT: 1 BOAT at once, refilled by 0 BOAT a day.').waitFor();
      await visitor.page.getByText('Executed on').first().waitFor();
      await net().inspect(visitor.page, 'signers-parked');
      await visitor.page.context().close();
      await passTime(file, 'product', devnetDelays.parkDelay + 1);
      await held.mine();
      const release = page.getByRole('button', { name: 'Release now' });
      await release.waitFor();
      await net().picture(page, 'releasable');
      await release.click();
      await page.getByText('Release sent, waiting for a block…').waitFor();
      await wallet.confirmed('eth_sendTransaction', 2);
      await held.mine();
      await says(page, 'Arrived');
      assert.deepEqual(wallet.asked.slice(2), ['wallet_switchEthereumChain', 'eth_sendTransaction']);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  });
}
