import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Page } from 'playwright-core';

import type { PageNet } from './support/net.ts';

const status = (page: Page, name: string) => page.getByRole('main').locator('.badge', { hasText: name }).waitFor();

/** Deposits and redeems, as a holder makes them. */
export function crossing(net: () => PageNet): void {
  describe('deposits and redeems', () => {
    it('deposits on two questions of the wallet, shows each step, and what the recipient had and has', async () => {
      const { page, wallet, complaints } = await net().visit();
      await net().picture(page, 'bridge');

      await page.getByText('SNSD').click();
      await page.getByLabel('You give').fill('2.5');
      await page.getByRole('status', { name: 'You receive' }).getByText('5').waitFor();
      await net().picture(page, 'bridge-filled');
      await page.getByRole('button', { name: 'Deposit 2.5 SMENT' }).click();

      await status(page, 'On its way');
      await net().picture(page, 'progress');
      await status(page, 'Arrived');
      await page.getByText('Balance of the recipient: 0 SNSD → 5 SNSD').waitFor();
      await page.getByText('Executed in a final block').waitFor();
      await net().picture(page, 'arrived');

      assert.deepEqual(wallet.asked, ['eth_signTypedData_v4', 'eth_sendTransaction']);
      assert.equal(await page.locator('.lights .signed').count(), 4);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('redeems on one question, from the other chain, to which the wallet is asked to switch', async () => {
      const { page, wallet, complaints } = await net().visit();
      await page.getByText('SNSD').click();
      await page.getByRole('button', { name: 'Turn the direction round' }).click();
      await page.getByText('Balance 5 SNSD').waitFor();
      await page.getByRole('button', { name: 'Max' }).click();
      await page.getByText('it will be asked to switch to Product chain').waitFor();
      await page.getByRole('button', { name: 'Redeem 5 SNSD' }).click();

      await status(page, 'Arrived');
      assert.deepEqual(wallet.asked, ['wallet_switchEthereumChain', 'eth_sendTransaction']);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  });
}
