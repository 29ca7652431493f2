// Measures the acts of exits, with proofs of state and receipts as Hardhat's network returns them. One simulated chain is
// both chains: neither bridge reads what the other keeps.
import {
  type Address,
  type Hex,
  concatHex,
  encodeAbiParameters,
  keccak256,
  numberToHex,
  parseAbiParameters,
  zeroHash,
} from 'viem';

import { anchorArguments, append, emptyHistory, historyRootOf } from '../../protocol/anchors/history.ts';
import { encodeTransfers } from '../../protocol/attestation.ts';
import { balanceClaimId, transferClaimId } from '../../protocol/exits/claim-id.ts';
import { type MainDeparture, departureHash, runningHashes } from '../../protocol/exits/departures.ts';
import { exitTypedData } from '../../protocol/exits/exit-statement.ts';
import { balanceSlot, executedSlot, parkedSlot } from '../../protocol/exits/slots.ts';
import { type RpcHeader, encodeHeader } from '../../protocol/proof/header.ts';
import { toHex } from '../../protocol/proof/hex.ts';
import { type RpcReceipt, encodeReceipt } from '../../protocol/proof/receipts.ts';
import { orderedTrieProof } from '../../protocol/proof/trie.ts';
import {
  DAY,
  address,
  holder,
  mainSide,
  nextAddress,
  others,
  productSide,
} from '../../test/contracts/support/bridges.ts';
import { chainId, networkHelpers, provider, publicClient, time, viem } from '../../test/contracts/support/network.ts';
import { signAll } from '../../test/contracts/support/signers.ts';
import type { Pair } from './peers.ts';
import type { GasOf } from './used-gas.ts';

const AMOUNT = 10n ** 18n;

/** Accounts of the product chain, each a holder of the product token: what the depth of proofs depends on. */
export const populations = [1_000, 16_000] as const;
/** Transactions in the block of the redeems. */
const TRANSACTIONS = 100;
/** Headers from block B down to that of the redeems, both included. */
const HEADERS = 10;
/** Headers in one call of `link`. */
const LINKED = 20;

type Wallet = typeof holder;

function walletAt(wallets: readonly Wallet[], index: number): Wallet {
  const wallet = wallets[index];
  if (wallet === undefined) throw new RangeError(`no account ${index} of ${wallets.length}`);
  return wallet;
}

/** What proofs consist of: nodes of the account's and of the storage's path, and the bytes of both. */
export interface ProofShape {
  readonly accountNodes: number;
  readonly storageNodes: number;
  readonly bytes: number;
}

interface StateProof {
  readonly accountProof: readonly Hex[];
  readonly storageProof: readonly { readonly proof: readonly Hex[] }[];
}

const request = async <result>(method: string, ...params: readonly unknown[]): Promise<result> =>
  (await provider.request({ method, params })) as result;

/** One by one: `hardhat_mine` leaves blocks without parents. */
async function mineBlocks(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await request('evm_mine');
}

const spread = (name: string, index: number): Address =>
  `0x${keccak256(concatHex([toHex(Buffer.from(name)), numberToHex(index, { size: 4 })])).slice(-40)}`;

const encodeProof = (account: readonly Hex[], storage: readonly Hex[]): Hex =>
  encodeAbiParameters(parseAbiParameters('bytes[], bytes[]'), [account, storage]);

/** At the newest block. */
async function proofOf(account: Address, slot: Hex): Promise<{ readonly proof: Hex; readonly shape: ProofShape }> {
  const { accountProof, storageProof } = await request<StateProof>('eth_getProof', account, [slot], 'latest');
  const storage = storageProof[0]?.proof ?? [];
  const nodes = [...accountProof, ...storage];
  const bytes = nodes.reduce((sum, node) => sum + (node.length - 2) / 2, 0);
  const shape = { accountNodes: accountProof.length, storageNodes: storage.length, bytes };
  return { proof: encodeProof(accountProof, storage), shape };
}

async function headerAt(number: bigint): Promise<Hex> {
  const block = await request<RpcHeader>('eth_getBlockByNumber', numberToHex(number), false);
  return toHex(encodeHeader(block, 'ethereum'));
}

/** From the newer block down to the older, both included. */
const headersBetween = async (newest: bigint, count: number): Promise<Hex[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => headerAt(newest - BigInt(index))));

/** Proofs of the events of one contract in a block, in order. */
async function receiptProofs(number: bigint, emitter: Address): Promise<Hex[]> {
  const { transactions } = await publicClient.getBlock({ blockNumber: number });
  const receipts = await Promise.all(
    transactions.map((hash) => request<RpcReceipt>('eth_getTransactionReceipt', hash)),
  );
  const values = receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, 'ethereum'));
  return receipts.flatMap(({ logs }, transaction) => {
    const log = logs.findIndex((each) => each.address.toLowerCase() === emitter.toLowerCase());
    if (log === -1) return [];
    const nodes = orderedTrieProof(values, transaction);
    const words = parseAbiParameters('uint256, uint256, bytes[]');
    return [encodeAbiParameters(words, [BigInt(transaction), BigInt(log), [...nodes]])];
  });
}

/** A bridge with exits, in use. */
async function bridgeWithExits() {
  const registry = await viem.deployContract('ExitAddress');
  const product = await productSide();
  const { productToken } = product;
  // After the main token, the bridge, the anchors and the reader of proofs.
  const exitsAddress = await nextAddress(4);
  const remote = { chainId: 77_001n, bridge: product.address };
  const main = await mainSide({ productToken, remote, satellites: { exits: exitsAddress } });
  const firstBlock = await publicClient.getBlockNumber({ cacheTime: 0 });
  const { timestamp } = await publicClient.getBlock();
  const anchors = await viem.deployContract('Anchors', [main.address, 77_001n, firstBlock, timestamp - 1n, 1n]);
  const state = await viem.deployContract('ProductState', [product.address, registry.address]);
  const windows = [7n, 3n, 3n, 7n].map((days) => days * BigInt(DAY)) as [bigint, bigint, bigint, bigint];
  const exits = await viem.deployContract('Exits', [main.address, anchors.address, state.address, ...windows]);
  if (exits.address.toLowerCase() !== exitsAddress.toLowerCase()) throw new Error(`exits are at ${exits.address}`);
  return { product, main, anchors, exits, productToken, firstBlock };
}

type Bridge = Awaited<ReturnType<typeof bridgeWithExits>>;

async function populate({ product }: Bridge, population: number): Promise<void> {
  const all = Array.from({ length: population }, (_, index) => spread('holder', index));
  for (let from = 0; from < population; from += 200) {
    const items = all.slice(from, from + 200).map((recipient) => ({ recipient, amount: AMOUNT }));
    await product.execute((1n << 41n) + BigInt(from), items);
  }
  for (const account of all) await networkHelpers.setBalance(account, 1n);
}

/** A full block with a redeem of each account. @returns Its number. */
async function redeemInOneBlock(
  { product, productToken }: Bridge,
  accounts: readonly Wallet[],
  recipient: Address,
): Promise<bigint> {
  await request('evm_setAutomine', false);
  const gas = 200_000n;
  for (let index = 0; index < TRANSACTIONS - accounts.length; index++) {
    await product.token.write.transfer([spread('holder', index), 1n], { account: holder.account, gas });
  }
  for (const { account } of accounts) {
    await product.product.write.redeem([productToken, AMOUNT, recipient, 0n], { account, gas });
  }
  await request('evm_mine');
  await request('evm_setAutomine', true);
  const { number, transactions } = await publicClient.getBlock();
  if (transactions.length !== TRANSACTIONS) throw new Error(`block ${number} has ${transactions.length} transactions`);
  return number;
}

/** Deposits of these accounts, in order, each to itself. */
async function deposit({ main }: Bridge, accounts: readonly Wallet[], amount: bigint): Promise<MainDeparture[]> {
  const departures: MainDeparture[] = [];
  for (const { account } of accounts) {
    const [nonce, returnTo] = [BigInt(departures.length), account.address];
    await main.fund(amount, returnTo);
    await main.depart(amount, returnTo, returnTo);
    departures.push({ nonce, returnTo, recipient: returnTo, mainAmount: amount, bounced: 0n });
  }
  return departures;
}

/** The history up to a block, anchored. */
async function anchor({ anchors, firstBlock }: Bridge, number: bigint): Promise<void> {
  const hashes: Hex[] = [];
  for (let height = firstBlock; height <= number; height++) {
    hashes.push((await publicClient.getBlock({ blockNumber: height })).hash);
  }
  const history = append(emptyHistory(firstBlock), hashes);
  const attestedAt = BigInt(await time.latest());
  const next = { number, attestedAt, blockHash: hashes.at(-1) ?? '0x', historyRoot: historyRootOf(history) };
  const { bag, peaks, tailRoot } = anchorArguments(history, 0n);
  await anchors.write.anchor([next, bag, peaks, tailRoot, await signAll(await anchors.read.anchorDigest([next]))]);
}

const alike = (gas: number): Pair => [gas, gas];

export interface MeasuredExits {
  /** By act, then by population. */
  readonly figures: Readonly<Record<string, Readonly<Record<number, Pair>>>>;
  /** Of a balance, by population. */
  readonly proofs: Readonly<Record<number, ProofShape>>;
}

/** Leaves the chain as it was, so that all courses have the same accounts, and those of another course are not counted. */
export async function measureExits(gasOf: GasOf): Promise<MeasuredExits> {
  const figures: Record<string, Record<number, Pair>> = {};
  const proofs: Record<number, ProofShape> = {};
  for (const population of populations) {
    const snapshot = await networkHelpers.takeSnapshot();
    const measured = await courseOfExits(gasOf, population);
    await snapshot.restore();
    proofs[population] = measured.proof;
    for (const [name, pair] of Object.entries(measured.figures)) (figures[name] ??= {})[population] = pair;
  }
  return { figures, proofs };
}

/**
 * The whole course of exits on a product chain of so many accounts. Of each kind two accounts register for the same payee,
 * so that a payment is measured with its balance cold and warm.
 */
async function courseOfExits(
  gasOf: GasOf,
  population: number,
): Promise<{ readonly figures: Readonly<Record<string, Pair>>; readonly proof: ProofShape }> {
  const bridge = await bridgeWithExits();
  const { product, main, exits, productToken } = bridge;
  const [earlier, ...accounts] = others as [Wallet, ...Wallet[]];
  const parkedOf = accounts.slice(0, 2);
  const openOf = accounts.slice(2, 4);
  const holding = accounts.slice(4, 6);
  const redeeming = accounts.slice(6, 8);

  const departures = await deposit(bridge, [...parkedOf, ...openOf, ...others], AMOUNT);
  const [items, before] = [departures.map(departureHash), runningHashes(departures)];
  for (const { account } of [holder, earlier, ...holding, ...redeeming]) {
    await product.fund(2n * AMOUNT, account.address);
  }
  await populate(bridge, population);
  await product.govern(product.call('setLimit', [productToken, 1n, 0n]));
  await product.execute(
    0n,
    parkedOf.map(({ account }) => ({ recipient: account.address, amount: AMOUNT })),
  );

  await mineBlocks(LINKED);
  const redeemed = await redeemInOneBlock(bridge, redeeming, address(0xe417_04n));
  await mineBlocks(HEADERS - 1);
  const settled = await publicClient.getBlockNumber({ cacheTime: 0 });

  // Block B is the newest: its state is proven now, and used weeks later.
  const balances: Awaited<ReturnType<typeof proofOf>>[] = [];
  for (const one of [earlier, ...holding]) balances.push(await proofOf(productToken, balanceSlot(one.account.address)));
  const bits: Hex[] = [];
  const records: Hex[] = [];
  for (const { nonce } of departures.slice(0, 4)) {
    bits.push((await proofOf(product.address, executedSlot(productToken, nonce))).proof);
    records.push((await proofOf(product.address, parkedSlot(productToken, nonce))).proof);
  }
  const headers = await headersBetween(settled, LINKED);
  const receipts = await receiptProofs(redeemed, product.address);
  await anchor(bridge, settled - 1n);

  const figures: Record<string, Pair> = {};
  const note = async (name: string, hash: Hex) => {
    figures[name] = alike(await gasOf(hash));
  };
  await time.increase(8 * DAY);
  await note('open', await exits.write.open());
  await time.increase(3 * DAY);
  await note('close, one peg', await exits.write.close());
  const header = headers[0] ?? '0x';
  const batch = encodeTransfers([{ recipient: address(0xe417_04n), amount: AMOUNT }]);
  const epoch = await main.bridge.read.signerEpoch();
  const digest = await main.bridge.read.attestationDigest([epoch, productToken, 0n, batch, keccak256(header)]);
  await note('advance', await exits.write.advance([productToken, 0n, batch, await signAll(digest), header]));
  await time.increase(3 * DAY);
  await note('fix', await exits.write.fix([header]));
  const noHistory = { siblings: [], peaks: [], tailRoot: zeroHash };
  await note(`link, ${LINKED} headers`, await exits.write.link([headers, noHistory]));

  const consent = async (wallet: Wallet, payout: Address) => {
    const data = exitTypedData({ chainId, exits: exits.address }, { account: wallet.account.address, payout });
    return { payout, signature: await wallet.signTypedData(data), proof: '0x' as Hex };
  };
  const registerBalance = async (index: number, wallet: Wallet) => {
    const { account } = wallet;
    const to = await consent(wallet, address(0xe417_01n));
    return exits.write.claimBalance([productToken, account.address, to, balances[index]?.proof ?? '0x'], { account });
  };
  const registerDeposit = async (index: number, wallet: Wallet, payout: Address) => {
    const { account } = wallet;
    const to = await consent(wallet, payout);
    const item = departures[index];
    if (item === undefined) throw new RangeError(`no deposit ${index}`);
    const record = index < parkedOf.length ? (records[index] ?? '0x') : '0x';
    const proofs = [bits[index] ?? '0x', record, '0x'] as const;
    const args = [productToken, item, before[index] ?? '0x', items.slice(index + 1), to, proofs] as const;
    return exits.write.claimDeposit(args, { account });
  };

  // The peg has claims already.
  await registerBalance(0, earlier);
  const kinds = [
    {
      name: 'balance',
      ids: holding.map(({ account }) => balanceClaimId(productToken, account.address)),
      register: (index: number) => registerBalance(index + 1, walletAt(holding, index)),
    },
    {
      name: 'parked deposit',
      ids: [0n, 1n].map((nonce) => transferClaimId('deposit', productToken, nonce)),
      register: (index: number) => registerDeposit(index, walletAt(parkedOf, index), address(0xe417_02n)),
    },
    {
      name: 'open deposit',
      ids: [2n, 3n].map((nonce) => transferClaimId('deposit', productToken, nonce)),
      register: (index: number) => registerDeposit(index + 2, walletAt(openOf, index), address(0xe417_03n)),
    },
    {
      name: 'unpaid redeem',
      ids: [0n, 1n].map((nonce) => transferClaimId('redeem', productToken, nonce)),
      register: (index: number) =>
        exits.write.claimRedeem([headers.slice(0, HEADERS), noHistory, receipts[index] ?? '0x']),
    },
  ];
  for (const { name, register } of kinds) {
    await note(`register, ${name}`, await register(0));
    await register(1);
  }
  await time.increase(7 * DAY);
  for (const { name, ids } of kinds) {
    const [cold, warm] = ids as [Hex, Hex];
    figures[`pay, ${name}`] = [await gasOf(await exits.write.pay([cold])), await gasOf(await exits.write.pay([warm]))];
  }
  const shape = balances[1]?.shape;
  if (shape === undefined) throw new Error('no proof of a balance');
  return { figures, proof: shape };
}
