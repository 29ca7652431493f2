// Blocks of real nodes, with every type of transaction that they accept: the recomputed hashes must equal theirs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { network } from 'hardhat';
import {
  type Address,
  type Hex,
  type WalletClient,
  createWalletClient,
  custom,
  defineChain,
  getContractAddress,
  hexToNumber,
  numberToHex,
} from 'viem';
import { type HDAccount, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';

import type { RpcHeader } from '../../../protocol/proof/header.ts';
import { type ProofInput, mayContain, proveLogs } from '../../../protocol/proof/prove-block.ts';
import type { RpcReceipt } from '../../../protocol/proof/receipts.ts';
import { proveTransactions } from '../../../protocol/proof/transactions.ts';
import { startAnvil } from '../../relayer/tx/support/manual-chain.ts';
import { hashOf } from './support/block.ts';
import { refusal } from './support/proof-error.ts';

interface Node {
  rpc<T>(method: string, params?: readonly unknown[]): Promise<T>;
  stop(): Promise<void>;
}

const mnemonic = 'test test test test test test test test test test test junk';
const accounts = Array.from({ length: 8 }, (_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }));
const deployer = accounts[0]!;
const authority = privateKeyToAccount(hashOf('authority'));

/** Emits its calldata as topic and data. */
const logger = '600035602060' + '00a100';
/** Emits the same, then reverts. */
const reverter = '600035602060' + '00a160006000fd';
const creationOf = (code: string): Hex =>
  `0x${(0x5f + code.length / 2).toString(16)}${code}60005260${numberToHex(code.length / 2, { size: 1 }).slice(2)}60${numberToHex(32 - code.length / 2, { size: 1 }).slice(2)}f3`;

/** The blob of zeros: its commitment and its proofs are the point at infinity, so no trusted setup is needed. */
const infinity = new Uint8Array(48);
infinity[0] = 0xc0;
const kzg = {
  blobToKzgCommitment: () => infinity,
  computeBlobKzgProof: () => infinity,
  computeCellsAndKzgProofs: () => [[], Array.from({ length: 128 }, () => infinity)],
};

const nodes: Record<string, (fork: string) => Promise<Node>> = {
  anvil: (fork) => startAnvil('--hardfork', fork),

  async hardhat(fork) {
    const connection = await network.create({
      network: 'default',
      override: { hardfork: fork, mining: { auto: false } },
    });
    return {
      rpc: <T>(method: string, params: readonly unknown[] = []) =>
        connection.provider.request({ method, params: [...params] }) as Promise<T>,
      stop: () => connection.close(),
    };
  },
};

/** Forks with different headers and transactions, and the types that each accepts. */
const forks: Record<string, readonly Hex[]> = {
  london: ['0x0', '0x1', '0x2'],
  shanghai: ['0x0', '0x1', '0x2'],
  cancun: ['0x0', '0x1', '0x2', '0x3'],
  prague: ['0x0', '0x1', '0x2', '0x3', '0x4'],
  osaka: ['0x0', '0x1', '0x2', '0x4'],
};

for (const [name, start] of Object.entries(nodes)) {
  for (const [fork, types] of Object.entries(forks)) {
    // Hardhat mines a blob transaction alone or not at all.
    const alone: readonly Hex[] = name === 'hardhat' ? types.filter((type) => type === '0x3') : [];
    const together = types.filter((type) => !alone.includes(type));

    describe(`a block of ${name} at ${fork}`, () => {
      let node: Node;
      let input: ProofInput;
      let address: Address;
      let reverting: Address;

      before(async () => {
        node = await start(fork);
        address = await deploy(node, logger, 0);
        reverting = await deploy(node, reverter, 1);
        for (const type of alone) {
          await node.rpc('evm_setAutomine', [true]);
          await send(node, type, address, 5);
          await node.rpc('evm_setAutomine', [false]);
        }
        for (const [index, type] of together.entries()) await send(node, type, address, index);
        await sendFailing(node, reverting);
        await node.rpc('evm_mine');
        input = await inputOf(node, 'latest', address);
      });

      after(() => node.stop());

      it('is rejected when the data of a log differs', () => {
        const receipts = input.receipts.map((receipt) => ({
          ...receipt,
          logs: receipt.logs.map((log) => ({ ...log, data: hashOf('another') })),
        }));
        refusal('header.receiptsRoot', () => proveLogs({ ...input, receipts }));
      });

      it('is rejected when the header differs', () => {
        refusal('header', () => proveLogs({ ...input, header: { ...input.header, stateRoot: hashOf('another') } }));
      });

      it(`is proven with transactions of types ${together.join(', ')} and a failed one`, () => {
        const given = input.receipts.map((receipt) => receipt.type);
        assert.deepEqual([...new Set(given)].sort(), together);
        const failed = input.receipts.filter((receipt) => receipt.status === '0x0');
        assert.equal(failed.length, 1);

        const proven = proveLogs(input);
        assert.deepEqual(
          proven.map((log) => log.topics),
          together.map((type) => [hashOf(type)]),
        );
        assert.ok(mayContain(input.header.logsBloom, address));
      });

      it('proves hash and sender of each transaction', async () => {
        const last = BigInt(input.header.number);
        for (let number = last; number > last - 3n; number--) {
          const block = await node.rpc<
            Omit<RpcHeader, 'transactions'> & { transactions: { hash: Hex; from: Hex; type: Hex }[] }
          >(...(['eth_getBlockByNumber', [numberToHex(number), true]] as const));
          const { transactions, transactionsRoot } = block;
          // Anvil's root covers a blob transaction with its blobs, as no chain's does.
          const hasBlobs = transactions.some(({ type }) => type === '0x3');
          if (name === 'anvil' && hasBlobs) continue;
          const proven = proveTransactions(transactions, transactionsRoot, 'ethereum');
          const senders = await Promise.all(proven.map((one) => one.sender()));
          assert.deepEqual(
            proven.map(({ hash }, index) => [hash, senders[index]?.toLowerCase()]),
            transactions.map(({ hash, from }) => [hash, from]),
          );
          for (const change of [{ nonce: '0x77' }, { value: '0x1' }, { input: '0x' }, { r: '0x1' }]) {
            const [first, ...others] = transactions;
            if (first === undefined) continue;
            const forged = [{ ...first, ...change }, ...others];
            refusal('header.transactionsRoot', () => proveTransactions(forged, transactionsRoot, 'ethereum'));
          }
        }
      });

      it('is proven along with all blocks before it', async () => {
        const proven = [];
        // Anvil's first block has Cancun's fields at any fork, without Shanghai's: no chain has such a header.
        const first = name === 'anvil' && fork === 'london' ? 1 : 0;
        for (let number = first; number < hexToNumber(input.header.number); number++) {
          proven.push(...proveLogs(await inputOf(node, numberToHex(number), address)));
        }
        assert.deepEqual(
          proven.map((log) => log.topics),
          alone.map((type) => [hashOf(type)]),
        );
      });
    });
  }
}

async function inputOf(node: Node, height: string, address: Address): Promise<ProofInput> {
  const header = await node.rpc<RpcHeader>('eth_getBlockByNumber', [height, false]);
  const receipts = await receiptsOf(node, header);
  return { expectedHash: header.hash, number: BigInt(header.number), header, receipts, rule: 'ethereum', address };
}

/** Hardhat's node has no `eth_getBlockReceipts`. */
async function receiptsOf(node: Node, header: RpcHeader): Promise<RpcReceipt[]> {
  try {
    return await node.rpc<RpcReceipt[]>('eth_getBlockReceipts', [header.number]);
  } catch {
    const transactions = header.transactions as readonly Hex[];
    return Promise.all(transactions.map((hash) => node.rpc<RpcReceipt>('eth_getTransactionReceipt', [hash])));
  }
}

async function walletOf(node: Node, account: HDAccount): Promise<WalletClient> {
  const id = hexToNumber(await node.rpc<Hex>('eth_chainId'));
  const chain = defineChain({
    id,
    name: 'test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  const request = ({ method, params }: { method: string; params?: unknown }): Promise<unknown> =>
    node.rpc(method, params as readonly unknown[]);
  return createWalletClient({ account, chain, transport: custom({ request }, { retryCount: 0 }) });
}

const gasPrice = 20_000_000_000n;

async function deploy(node: Node, code: string, nonce: number): Promise<Address> {
  const wallet = await walletOf(node, deployer);
  const account = deployer;
  await wallet.sendTransaction({
    account,
    chain: wallet.chain,
    data: creationOf(code),
    nonce,
    gas: 200_000n,
    gasPrice,
  });
  await node.rpc('evm_mine');
  return getContractAddress({ from: account.address, nonce: BigInt(nonce) });
}

/**
 * Sends a transaction of this type. Each account sends one and pays less than the previous one: so they are mined in
 * order.
 */
async function send(node: Node, type: Hex, to: Address, index: number): Promise<void> {
  const account = accounts[index + 1]!;
  const wallet = await walletOf(node, account);
  const price = gasPrice - BigInt(index) * 1_000_000_000n;
  const common = { account, chain: wallet.chain, to, data: hashOf(type), nonce: 0, gas: 200_000n };
  const fees = { maxFeePerGas: price, maxPriorityFeePerGas: price };
  const accessList = [{ address: to, storageKeys: [hashOf('slot')] }];

  if (type === '0x0') await wallet.sendTransaction({ ...common, gasPrice: price, type: 'legacy' });
  if (type === '0x1') await wallet.sendTransaction({ ...common, gasPrice: price, accessList, type: 'eip2930' });
  if (type === '0x2') await wallet.sendTransaction({ ...common, ...fees, accessList, type: 'eip1559' });
  if (type === '0x3') {
    const blobs = [new Uint8Array(131_072)];
    await wallet.sendTransaction({ ...common, ...fees, blobs, kzg, maxFeePerBlobGas: gasPrice, type: 'eip4844' });
  }
  if (type === '0x4') {
    const authorization = await authority.signAuthorization({ address: to, chainId: wallet.chain!.id, nonce: 0 });
    await wallet.sendTransaction({ ...common, ...fees, authorizationList: [authorization], type: 'eip7702' });
  }
}

async function sendFailing(node: Node, to: Address): Promise<void> {
  const account = accounts[7]!;
  const wallet = await walletOf(node, account);
  const transaction = { account, chain: wallet.chain, to, data: hashOf('fails'), nonce: 0, gas: 200_000n };
  await wallet.sendTransaction({ ...transaction, gasPrice: 5_000_000_000n, type: 'legacy' });
}
