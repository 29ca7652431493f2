// The gas bench derives Amsterdam's prices from a trace (scripts/gas/amsterdam.ts). Here geth executes the same calls
// under Osaka's rules and under Amsterdam's: the derived gas must be what the latter charges, to the unit.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import {
  type Address,
  type Hex,
  type PublicClient,
  concat,
  createPublicClient,
  getContractAddress,
  http,
  numberToHex,
  size,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { call as rpc } from '../../cli/devnet/anvil.ts';
import { type Step, amsterdamGas } from '../../scripts/gas/amsterdam.ts';
import { anvilKey } from '../support/bridge.ts';
import type { Fork } from '../support/geth/genesis.ts';
import { type GethChain, startGeth } from '../support/geth/geth.ts';

const CHAIN_ID = 31_700;
const account = privateKeyToAccount(anvilKey);
const fresh: Address = '0xf4e5f4e5f4e5f4e5f4e5f4e5f4e5f4e5f4e5f4e5';

const push = (value: bigint | Address): Hex =>
  typeof value === 'bigint' ? concat(['0x7f', numberToHex(value, { size: 32 })]) : concat(['0x73', value]);
const code = (...parts: readonly Hex[]): Hex => concat(parts);
const store = (slot: bigint, value: bigint): Hex => code(push(value), push(slot), '0x55');
const load = (slot: bigint): Hex => code(push(slot), '0x5450');
const revert: Hex = '0x60006000fd';
const ask = (op: 'balance' | 'codeSize' | 'codeHash', of: Address): Hex =>
  code(push(of), { balance: '0x31', codeSize: '0x3b', codeHash: '0x3f' }[op] as Hex, '0x50');
const call = (to: Address, value = 0n): Hex =>
  code(push(0n), push(0n), push(0n), push(0n), push(value), push(to), '0x5af150');
const delegate = (to: Address): Hex => code(push(0n), push(0n), push(0n), push(0n), push(to), '0x5af450');
const look = (to: Address): Hex => code(push(0n), push(0n), push(0n), push(0n), push(to), '0x5afa50');

/** Init code that deploys `runtime`. */
const deploying = (runtime: Hex): Hex =>
  concat(['0x61', numberToHex(size(runtime), { size: 2 }), '0x80600a3d393df3', runtime]);

/** Address of the nth contract that the account deploys. */
const at = (nonce: number): Address => getContractAddress({ from: account.address, nonce: BigInt(nonce) });

/** Each is deployed, in this order, and then called; a second time where the name says so. */
const contracts: readonly (readonly [name: string, runtime: Hex])[] = [
  ['sets a slot, then finds it as it was left', store(1n, 7n)],
  ['sets a slot, reverts', code(store(1n, 7n), revert)],
  ['sets a slot and clears it again', code(store(2n, 7n), store(2n, 0n))],
  ['reads a slot before it sets it', code(load(3n), store(3n, 1n))],
  ['sets a slot twice', code(store(4n, 1n), store(4n, 2n))],
  ['changes a slot, clears it, restores it', code(store(1n, 7n), store(1n, 9n), store(1n, 0n), store(1n, 7n))],
  ['counts down to zero in a slot', code(push(1n), push(5n), '0x54', '0x03', push(5n), '0x55')],
  ['asks for cold accounts', code(ask('balance', fresh), ask('codeSize', at(0)), ask('codeHash', at(1)))],
  ['asks for one account again', code(ask('codeSize', at(0)), ask('codeSize', at(0)), ask('balance', at(0)))],
  ['calls a contract that sets a slot', call(at(0))],
  ['calls one that sets a slot and reverts', code(call(at(1)), call(at(1)))],
  ['delegates to code that sets a slot', code(delegate(at(0)), delegate(at(1)), store(1n, 8n))],
  ['looks at code that stores nothing', code(look(at(7)), look(at(7)))],
  ['pays an account that exists', call(account.address, 1n)],
  ['pays an account that is new, twice', code(call(fresh, 1n), call(fresh, 1n))],
];

interface Executed {
  readonly name: string;
  readonly hash: Hex;
  readonly gasUsed: bigint;
}

describe("the gas bench's prices of Amsterdam", () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-gas-'));
  const chains: GethChain[] = [];
  after(async () => {
    await Promise.all(chains.map((chain) => chain.stop()));
    rmSync(directory, { recursive: true, force: true });
  });

  const urls = new Map<Fork, string>();
  const clients = new Map<Fork, PublicClient>();
  const executed = new Map<Fork, readonly Executed[]>();
  const executeAll = async (fork: Fork): Promise<void> => {
    const chain = await startGeth({
      ...{ chainId: CHAIN_ID, fork, rich: account.address },
      logFile: join(directory, fork, 'geth.log'),
    });
    chains.push(chain);
    const client = createPublicClient({ transport: http(chain.rpcUrl) });
    urls.set(fork, chain.rpcUrl);
    clients.set(fork, client);
    let nonce = 0;
    const send = async (transaction: { to?: Address; data?: Hex; value?: bigint }): Promise<Hex> => {
      const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n, gas: 3_000_000n };
      const raw = await account.signTransaction({ ...fees, ...transaction, nonce: nonce++, chainId: CHAIN_ID });
      await chain.driver.build([raw]);
      return client.sendRawTransaction({ serializedTransaction: raw }).catch(async () => {
        const { transactions } = await client.getBlock();
        assert.equal(transactions.length, 1, 'one transaction a block');
        return transactions[0]!;
      });
    };
    for (const [, runtime] of contracts) await send({ data: deploying(runtime) });
    const done: Executed[] = [];
    for (const round of ['first', 'second']) {
      for (const [index, [name]] of contracts.entries()) {
        const hash = await send({ to: at(index), value: 5n });
        const { gasUsed } = await client.getTransactionReceipt({ hash });
        done.push({ name: `${name}, ${round} call`, hash, gasUsed });
      }
    }
    executed.set(fork, done);
  };
  before(() => Promise.all([executeAll('osaka'), executeAll('amsterdam')]));

  it('are those of geth, to the unit of gas', async () => {
    const client = clients.get('osaka')!;
    const derived = await Promise.all(
      executed.get('osaka')!.map(async ({ name, hash }) => {
        const { from, to, value, input, blockNumber, gas: gasLimit } = await client.getTransaction({ hash });
        const { structLogs: steps } = (await rpc(urls.get('osaka')!, 'debug_traceTransaction', hash, {
          disableStorage: true,
        })) as { structLogs: Step[] };
        const parent = { blockNumber: blockNumber - 1n };
        const gas = await amsterdamGas(
          { from, to: to!, value, input, gasLimit, steps },
          {
            storage: async (address, slot) => BigInt((await client.getStorageAt({ address, slot, ...parent }))!),
            isEmpty: async (address) => (await client.getBalance({ address, ...parent })) === 0n,
          },
        );
        return { name, gas };
      }),
    );
    assert.deepEqual(
      derived,
      executed.get('amsterdam')!.map(({ name, gasUsed }) => ({ name, gas: Number(gasUsed) })),
    );
  });
});
