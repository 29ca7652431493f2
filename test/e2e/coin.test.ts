import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type Address, type Hex, erc20Abi, formatEther } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { devnetDelays } from '../../cli/devnet/deploy-bridges.ts';
import { short } from '../../cli/inspect/format.ts';
import { COIN } from '../../protocol/peg.ts';
import { type Departure, mainBridgeAbi, redeem, status } from '../../sdk/index.ts';
import { pegway } from '../support/cli.ts';
import { ONE, type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

/** Reverts at every coin: `PUSH0 PUSH0 REVERT`. */
const REFUSES: Hex = '0x5f5ffd';
/** Accepts every coin: `STOP`. */
const ACCEPTS: Hex = '0x00';

// Ordered: each test starts from the state that the previous one left.
describe('a bridge of the coin', () => {
  let net: TestNet;
  let productToken: Address;
  before(async () => {
    net = await startTestNet({ pegs: { coin: true } });
    const peg = net.devnet.file.pegs.find(({ mainToken }) => mainToken === COIN);
    productToken = peg?.productToken ?? '0x';
  });
  after(() => net.stop());

  const main = () => net.devnet.file.main;
  const coinsOf = (address: Address) => net.holder.main.reader.getBalance({ address });
  const productOf = (account: Address) =>
    net.holder.product.reader.readContract({
      ...{ address: productToken, abi: erc20Abi, functionName: 'balanceOf', args: [account] },
    });
  const locked = () =>
    net.holder.main.reader.readContract({
      ...{ address: main().bridge, abi: mainBridgeAbi, functionName: 'locked', args: [productToken] },
    });
  const command = async (...args: readonly string[]) => {
    const ended = await pegway(...args, '--data', net.directory);
    assert.equal(ended.status, 0, ended.stderr + ended.stdout);
    return ended;
  };
  const setCode = async (address: Address, code: Hex) => {
    await call(main().rpcUrl, 'anvil_setCode', address, code);
  };
  const reasonAt = async (index: number, { nonce }: Departure): Promise<string | undefined> => {
    const url = `${net.devnet.members[index]?.apiUrl}/v1/transfers/withdraw/${productToken}/${nonce}`;
    return ((await (await fetch(url)).json()) as { reason?: string }).reason;
  };
  const toContract = async (recipient: Address): Promise<Departure> => {
    await setCode(recipient, REFUSES);
    const refused = await redeem(net.holder.product, { productToken, amount: ONE, recipient });
    await eventually('all signers report the refusal', async () => {
      const found = await Promise.all(allSigners.map((index) => reasonAt(index, refused)));
      return found.every((reason) => reason === 'payment-refused');
    });
    return refused;
  };

  it('takes coins from the command line without an approval, and mints for them', async () => {
    const dry = await command('deposit', 'TIDE', '10', '--dry-run');
    assert.match(dry.stdout, /10 COIN become 10 TIDE for 0x\w+ \(this account\)\n +requested: send;/);
    const before = await coinsOf(net.holder.address);
    const { stdout } = await command('deposit', 'TIDE', '10');
    assert.match(stdout, /executed in block \d+: 10 TIDE/);
    assert.equal(await productOf(net.holder.address), 10n * ONE);
    assert.equal(await coinsOf(main().bridge), 10n * ONE);
    const paid = before - (await coinsOf(net.holder.address));
    assert.ok(paid > 10n * ONE && paid < 10n * ONE + ONE / 10n, `${paid}`);
  });

  it('refuses a recipient that the bridge would refuse, before anything is signed', async () => {
    const recipient = main().bridge;
    const { status: ended, stderr } = await pegway(
      ...['redeem', 'TIDE', '1', '--recipient', recipient, '--dry-run', '--data', net.directory],
    );
    assert.equal(ended, 1, stderr);
    assert.ok(
      stderr.includes(`the recipient is the zero address, a token of the peg or a bridge: ${recipient}`),
      stderr,
    );
    assert.match(stderr, /nothing was signed or sent/);
  });

  it('pays coins for a redeem from the command line, to an account that never had any', async () => {
    const recipient: Address = '0x00000000000000000000000000000000000c0137';
    await command('redeem', 'TIDE', '2.5', '--recipient', recipient);
    assert.equal(await coinsOf(recipient), (5n * ONE) / 2n);
    assert.equal(await locked(), (15n * ONE) / 2n);
  });

  it('keeps a redeem open that its recipient refuses, stops no other, and pays it when the recipient accepts', async () => {
    const recipient: Address = '0x00000000000000000000000000000000000c0138';
    const refused = await toContract(recipient);
    const other: Address = '0x00000000000000000000000000000000000c0139';
    await net.arrives(await redeem(net.holder.product, { productToken, amount: ONE, recipient: other }));
    assert.equal(await coinsOf(other), ONE);
    assert.equal(await status(net.holder.main, refused), 'open');
    assert.equal(await coinsOf(recipient), 0n);

    await setCode(recipient, ACCEPTS);
    await net.arrives(refused);
    assert.equal(await status(net.holder.main, refused), 'executed');
    assert.equal(await coinsOf(recipient), ONE);
  });

  it('returns a redeem that its recipient keeps refusing to the redeemer', async () => {
    const recipient: Address = '0x00000000000000000000000000000000000c0140';
    const [had, held] = [await productOf(net.holder.address), await locked()];
    const refused = await toContract(recipient);
    assert.equal(await productOf(net.holder.address), had - ONE);
    await call(main().rpcUrl, 'evm_increaseTime', devnetDelays.bounceDelay + 1);
    await net.arrives(refused, 120);
    assert.equal(await status(net.holder.main, refused), 'bounced');
    await eventually('the tokens are back', async () => (await productOf(net.holder.address)) === had);
    assert.equal(await locked(), held);
    assert.equal(await coinsOf(recipient), 0n);
  });

  it('is audited, examined and shown with its coin', async () => {
    // Surplus: coins that arrive without a deposit belong to no peg.
    const balance = await coinsOf(main().bridge);
    await call(main().rpcUrl, 'anvil_setBalance', main().bridge, `0x${(balance + 1n).toString(16)}`);
    await eventually('the audit is clean', async () => {
      const { status: ended } = await pegway('audit', '--data', net.directory);
      return ended === 0;
    });
    assert.match((await command('status')).stdout, /\d COIN\b/);
    const config = net.devnet.members[0]?.configFile ?? '';
    const { stdout } = await pegway('doctor', '--config', config, '--json');
    const findings = JSON.parse(stdout) as Record<'subject' | 'check' | 'outcome' | 'found', string>[];
    const ofPeg = findings.filter(
      ({ subject }) => subject.endsWith(` ${short(productToken)}`) || subject === `main token ${COIN}`,
    );
    assert.deepEqual(
      ofPeg.filter(({ outcome }) => outcome === 'bad'),
      [],
    );
    const collateral = findings.find(({ subject }) => subject === `main token ${COIN}`);
    assert.equal(collateral?.found.startsWith(`${formatEther(await locked())} COIN locked`), true, collateral?.found);
    assert.deepEqual(
      ofPeg.filter(({ check }) => check === 'gas cap').map(({ outcome }) => outcome),
      ['ok'],
    );
  });
});
