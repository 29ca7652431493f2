import { globSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Hex, numberToHex, pad } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { devnetDelays } from '../../../cli/devnet/deploy-bridges.ts';
import { type SignedBatch, digestOf } from '../../../protocol/equivocation.ts';
import { encodeTransfers, mainBridgeAbi, productTokenAbi, redeem } from '../../../sdk/index.ts';
import { pegway } from '../../support/cli.ts';
import { ONE } from '../../support/devnet.ts';
import { refuseTransfers } from '../../support/refusing-token.ts';
import { signDigest } from '../../support/sign.ts';
import { eventually } from '../../support/wait.ts';
import { type OpsNet, QUIET_PEG } from '../support/net.ts';
import { succeed } from './signers.ts';
import type { Drill } from './walk.ts';

/** OpenZeppelin's ERC-20 stores the supply at slot 2. */
const SUPPLY_SLOT = pad(numberToHex(2), { size: 32 });

/** The steps of a rotation, each with its seconds. */
export type Steps = [step: string, seconds: number][];

/** Commands of the operators of a bridge. @param quorum Signers other than the first that sign. */
function operators(net: OpsNet, first: number, quorum: readonly number[]) {
  const { members, file } = net.devnet;
  const payer = ['--payer', `plain:${file.holders[1]!.privateKey}`];
  const as = (index: number, ...args: readonly string[]) =>
    succeed('governance', ...args, '--config', members[index]!.configFile, '--json');
  return {
    pause: (side: string) => as(first, 'pause', side, '--yes', ...payer),
    /** A proposal that this command signs, the others' signatures, and its submission. */
    async accepted(...args: readonly string[]): Promise<void> {
      await as(first, ...args, '--sign', '--yes');
      for (const index of quorum) await as(index, 'sign', '--yes');
      await as(first, 'submit', ...payer);
    },
    as,
    payer,
    execute: () => as(first, 'execute', ...payer),
    async passDelay(): Promise<void> {
      for (const { rpcUrl } of [file.main, file.product]) {
        await call(rpcUrl, 'evm_increaseTime', devnetDelays.governanceDelay + 1);
        await call(rpcUrl, 'evm_mine');
      }
    },
  };
}

/**
 * Faults that signers repair together, and the drill of a lost key.
 * @param spare The relayer of a key that is no signer yet.
 * @param steps Receives the times of the drill.
 * @param folder For proposals and evidence.
 */
export function governedDrills(net: OpsNet, spare: number, steps: Steps, folder: string): Drill[] {
  const { members, file } = net.devnet;
  const [first = -1, second = -1, third = -1, lost = -1] = net.others;
  /** With the first they are a quorum. */
  const quorum = [second, third, net.frail];
  /** Whose key is no signer. A rotation exchanges it with one of the quorum, which the next drills must follow. */
  let outside = spare;
  const { accepted, pause, execute, passDelay, as, payer } = operators(net, first, quorum);
  const address = (index: number) => members[index]!.address;
  const token = net.tokens[0] ?? '0x';
  const limited = net.tokens[QUIET_PEG] ?? '0x';
  const blocked = `0x${'b1'.repeat(20)}` as const;
  let allow = (): Promise<void> => Promise.resolve();
  let supply = 0n;
  const setSupply = (to: bigint) =>
    call(file.product.rpcUrl, 'anvil_setStorageAt', token, SUPPLY_SLOT, pad(numberToHex(to), { size: 32 }));

  const timed = async (step: string, action: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await action();
    steps.push([step, (performance.now() - began) / 1_000]);
  };
  const margin = async (index: number): Promise<string> => {
    const response = await fetch(`${members[index]!.apiUrl}/v1/status`);
    return Object.values(((await response.json()) as { margin: Record<string, number> }).margin).join();
  };

  /** Two statements of the lost key over nonce 0, neither of which is true. */
  const equivocate = async (): Promise<void> => {
    const { chainId, bridge } = file.product;
    const lane = {
      ...({ direction: 'mint', productToken: token } as const),
      source: { chainId: file.main.chainId, bridge: file.main.bridge },
      destination: { chainId, bridge },
    };
    const { reader } = net.holder.product;
    const signerEpoch = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'signerEpoch' });
    for (const amount of [1n, 2n]) {
      const transfers = encodeTransfers([{ recipient: blocked, amount }]);
      const sourceBlock: Hex = `0x${'5e'.repeat(32)}`;
      const batch: SignedBatch = { signerEpoch, firstNonce: 0n, transfers, sourceBlock, signature: '0x' };
      const signature = await signDigest(members[lost]!.privateKey, digestOf(lane, batch));
      const response = await fetch(`${members[first]!.apiUrl}/v1/statements`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ direction: 'mint', productToken: token, chainId, bridge, transfers, sourceBlock, signature },
          ...{ signerEpoch: `${signerEpoch}`, firstNonce: '0' },
        }),
      });
      if (!response.ok) throw new Error(`POST /v1/statements: ${await response.text()}`);
    }
  };

  let dear: NodeJS.Timeout | undefined;

  return [
    {
      alerts: [{ name: 'UnexpectedOutflow', labels: { peg: token } }],
      fault: 'a redeem of half of the collateral',
      async prepare() {
        await net.arrives(await net.deposit(1_000n * ONE));
        // The rule compares with the value of a minute ago.
        await sleep(70_000);
      },
      async inject() {
        await redeem(net.holder.product, { productToken: token, amount: 700n * ONE, recipient: net.holder.address });
      },
      repair: 'none: the holder is known',
      mend: () => Promise.resolve(),
    },
    {
      alerts: [{ name: 'FeeCapReached', labels: { chain: 'main' } }],
      fault: 'a base fee above `maxFeePerGas`, and a redeem',
      async inject() {
        const set = () => call(file.main.rpcUrl, 'anvil_setNextBlockBaseFeePerGas', numberToHex(600n * 10n ** 9n));
        await set();
        dear = setInterval(() => void set().catch(() => undefined), 200);
        await redeem(net.holder.product, { productToken: token, amount: ONE, recipient: net.holder.address });
      },
      repair: 'none: the fee falls',
      mend: () => Promise.resolve(clearInterval(dear)),
    },
    {
      alerts: [{ name: 'TransferParked', labels: { direction: 'mint' } }],
      fault: 'a deposit over the limit',
      async prepare() {
        const lower = ['lowerLimit', `productToken=${limited}`, 'capacity=0', 'refillPerSecond=0'];
        await accepted('propose', 'product', ...lower, '--out', join(folder, 'limit.json'));
      },
      inject: () => net.deposit(ONE, QUIET_PEG),
      repair: '`explain`; released after `parkDelay`',
      async mend() {
        await call(file.product.rpcUrl, 'evm_increaseTime', devnetDelays.parkDelay + 1);
        await call(file.product.rpcUrl, 'evm_mine');
      },
    },
    {
      alerts: [{ name: 'SignerSetsDiffer' }],
      fault: 'a rotation that is executed on the main chain alone',
      async prepare() {
        const exchanged = `${address(third)}=${address(spare)}`;
        await as(first, 'rotate', '--replace', exchanged, '--out-dir', folder, '--sign', '--yes');
        for (const index of quorum) await as(index, 'sign', '--yes');
        await as(first, 'submit', ...payer);
        await passDelay();
      },
      inject: () => as(first, 'execute', ...globSync(join(folder, 'rotate-main-*.json')), ...payer),
      repair: '`governance execute` of the other proposal',
      async mend() {
        await execute();
        quorum[quorum.indexOf(third)] = spare;
        outside = third;
      },
    },
    {
      alerts: [{ name: 'BridgePaused', labels: { chain: 'main' } }],
      fault: '`pegway governance pause main`',
      inject: () => pause('main'),
      repair: '`governance unpause main --sign`, three `sign`, `submit`',
      mend: () => accepted('unpause', 'main', '--out', join(folder, 'unpause.json')),
    },
    {
      alerts: [{ name: 'PaymentRefused' }],
      fault: 'a main token that refuses the recipient',
      async inject() {
        allow = await refuseTransfers(file.main.rpcUrl, file.pegs[0]!.mainToken, blocked);
        await net.arrives(await net.deposit(4n * ONE));
        await redeem(net.holder.product, { productToken: token, amount: ONE, recipient: blocked });
      },
      repair: 'the token pays again (else relayers return it after `bounceDelay`)',
      mend: () => allow(),
    },
    {
      alerts: [{ name: 'AuditBroken', labels: { peg: token } }],
      fault: 'a product token that nothing backs',
      async inject() {
        supply = await net.holder.product.reader.readContract({
          ...{ address: token, abi: productTokenAbi, functionName: 'totalSupply' },
        });
        await setSupply(supply + 1n);
      },
      repair: '`pegway audit`; the token is removed',
      mend: () => setSupply(supply),
    },
    {
      alerts: [{ name: 'Equivocation', labels: { signer: address(lost) } }],
      fault: 'two statements of a lost key for one nonce',
      inject: equivocate,
      repair: '`evidence list`, then rotate the key out',
      async mend() {
        await timed('stop the relayer with the lost key', () => net.kill(lost));
        await timed('`evidence list --out`', async () => {
          const { status, stderr } = await pegway(
            ...['evidence', 'list', '--out', folder, '--config', members[first]!.configFile],
          );
          // 1: there is evidence.
          if (status !== 1) throw new Error(`evidence list: exit status ${status}: ${stderr}`);
        });
        await timed('1. `governance rotate --replace OLD=NEW --sign`', () =>
          as(
            first,
            'rotate',
            '--replace',
            `${address(lost)}=${address(outside)}`,
            '--out-dir',
            folder,
            '--sign',
            '--yes',
          ),
        );
        for (const index of quorum) await timed('each signer: `governance sign`', () => as(index, 'sign', '--yes'));
        await timed('2. `governance submit`', () => as(first, 'submit', ...payer));
        await passDelay();
        await timed('3. `governance execute`', () => execute());
        await timed('the margin is 2 again', () =>
          eventually('the margin', async () => (await margin(first)) === '2,2'),
        );
      },
    },
  ];
}
