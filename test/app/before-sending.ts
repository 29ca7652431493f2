import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { call } from '../../cli/devnet/anvil.ts';
import { refuseTransfers } from '../support/refusing-token.ts';
import { fillDeposit, says } from './support/steps.ts';
import type { PageNet } from './support/net.ts';
import { pause, unpause } from '../support/signer-decisions.ts';

/** Findings before a wallet opens, and inputs that must not be sent. */
export function beforeSending(net: () => PageNet): void {
  describe('before the wallet opens', () => {
    it('answers while typing what is wrong with an amount, and what would do', async () => {
      const { page, wallet } = await net().visit();
      const button = page.locator('.send > button');
      const cases = [
        ['abc', 'Only digits and one decimal point'],
        ['1e3', 'Only digits and one decimal point'],
        ['-1', 'Only digits and one decimal point'],
        ['0.0000000000000000001', 'This token has 18 decimal places at most.'],
        ['0.001', 'The minimum is 0.01 SMENT.'],
        ['1,5', 'A comma can mean 1.5 or 1,500.'],
        ['1000000000000', 'You have '],
        ['9'.repeat(60), 'The bridge takes 340,282,366,920,938,463,463.374607431768211455 SMENT at most.'],
      ] as const;
      for (const [typed, said] of cases) {
        await fillDeposit(page, 'BOAT', typed);
        await page.getByText(said).waitFor();
        assert.ok(await button.isDisabled(), `${typed} can be sent`);
      }
      await page.getByLabel('You give').fill('');
      assert.equal(await page.locator('.finding').count(), 0);
      assert.deepEqual(wallet.asked, []);
      await page.context().close();
    });

    it('explains the smallest step when an amount does not convert, and puts the nearest into the field', async () => {
      const { page } = await net().visit();
      await page.getByText('GRAM', { exact: true }).first().click();
      await page.getByRole('button', { name: 'Reverse the direction' }).click();
      await page.getByLabel('You give').fill('1.000012345');
      await page.getByText('Amounts go in steps of 0.00001 GRAM; the nearest below is 1.00001 GRAM.').waitFor();
      await net().picture(page, 'not-convertible');
      await page.getByRole('button', { name: 'Use 1.00001 GRAM' }).click();
      await page.getByRole('status', { name: 'You receive' }).getByText('0.100001').waitFor();
      await page.context().close();
    });

    it('takes no recipient that is mistyped or that the bridge refuses', async () => {
      const { page } = await net().visit();
      const { bridge } = net().devnet.file.main;
      await fillDeposit(page, 'BOAT', '1');
      await page.getByText('Another account').click();
      const field = page.getByLabel('Address of the recipient');
      const cases = [
        ['0x1234', 'An address is 0x and 40 hex digits.'],
        ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'.replace('aA', 'Aa'), 'The checksum of this address is wrong'],
        [bridge, 'The bridge never pays to itself'],
        ['0x0000000000000000000000000000000000000000', 'The bridge never pays to itself'],
      ] as const;
      for (const [typed, said] of cases) {
        await field.fill(typed);
        await page.getByText(said).waitFor();
        assert.ok(await page.getByRole('button', { name: 'Deposit', exact: true }).isDisabled());
      }
      await field.fill('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed');
      await page.getByText('Not your account').waitFor();
      assert.ok(await page.getByRole('button', { name: 'Deposit 1 SMENT' }).isEnabled());
      await page.context().close();
    });

    it('asks a contract’s account for a recipient where no contract stands at its address on the other chain', async (test) => {
      const { file } = net().devnet;
      const account = file.holders[1]?.address ?? '0x';
      const stands = async (code: string) => {
        await call(file.main.rpcUrl, 'anvil_setCode', account, code);
        await call(file.main.rpcUrl, 'evm_mine');
      };
      test.after(() => stands('0x'));
      await stands('0x00');
      const { page } = await net().visit({ holder: 1 });
      await fillDeposit(page, 'BOAT', '1');
      await page.getByText('Your account is a contract, and its address has no contract on Product chain: ').waitFor();
      await net().picture(page, 'absent');
      assert.ok(await page.getByRole('button', { name: 'Deposit', exact: true }).isDisabled());

      await page.getByText('Another account', { exact: true }).click();
      const field = page.getByLabel('Address of the recipient');
      const button = page.getByRole('button', { name: 'Deposit 1 SMENT' });
      await field.fill('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed');
      await page.getByText('Your wallet asks twice: to approve exactly this amount').waitFor();
      await button.waitFor();
      await field.fill(account);
      await page.getByText('Send only if you can deploy it there.').waitFor();
      await button.waitFor();
      await page.context().close();
    });

    it('says how long a bridge is paused, and sends nothing to it', async () => {
      const { file } = net().devnet;
      const { page, wallet } = await net().visit();
      await fillDeposit(page, 'BOAT', '1');
      await pause(file, 'main');
      await page.getByText('The bridge on Main chain is paused by its signers until').waitFor();
      assert.ok(await page.getByRole('button', { name: 'Deposit', exact: true }).isDisabled());
      await net().picture(page, 'paused');
      await unpause(file, 'main');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).waitFor();
      assert.deepEqual(wallet.asked, []);
      await page.context().close();
    });

    it('finds by simulation that the main token refuses to pay', async (test) => {
      const { file } = net().devnet;
      const gold = file.pegs.find(({ symbol }) => symbol === 'GRAM')?.mainToken ?? '0x';
      const { page, wallet } = await net().visit();
      await page.getByText('GRAM', { exact: true }).first().click();
      await fillDeposit(page, 'GRAM', '1');
      await page.getByRole('button', { name: 'Deposit 1 GOLD' }).click();
      await says(page, 'Arrived');

      await page.getByRole('link', { name: 'Bridge' }).click();
      await page.getByRole('button', { name: 'Reverse the direction' }).click();
      const allow = await refuseTransfers(file.main.rpcUrl, gold, wallet.holder.address);
      test.after(allow);
      await page.getByLabel('You give').fill('10');
      await page.getByText('The main token refuses to pay this address now.').waitFor();
      assert.ok(await page.getByRole('button', { name: 'Redeem', exact: true }).isDisabled());
      await page.context().close();
    });
  });
}
