import { type Abi, type Address, type Hex, erc20Abi, parseUnits } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { demoTokenAbi } from '../../cli/devnet/demo-tokens.ts';
import type { FleetKey } from '../../cli/devnet/devnet-fleet.ts';
import { exitsAbi, mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import type { ExitNet } from './exit-net.ts';

/** Where the tokens of a holder are when the signers fall silent. */
export const EXIT_STATES = [
  ...(['holds', 'open', 'redeemed', 'paid', 'minted-late', 'contract', 'redeemed-late'] as const),
  ...(['deposit-parked', 'redeem-parked', 'refused', 'bounced'] as const),
];

export interface ExitHolder extends FleetKey {
  readonly peg: number;
  readonly productToken: Address;
  readonly state: (typeof EXIT_STATES)[number];
  /** Deposited, in main base units. */
  readonly amount: bigint;
  /** Of the deposit. */
  nonce: bigint;
}

/** A multisig of the main chain, and code that consents to everything by ERC-1271. */
export const MULTISIG: Address = `0x${'5afe'.padStart(40, '0')}`;
const ANSWERS_MAGIC = '0x631626ba7e60e01b60005260206000f3';

/** The holders of a net, with all states in turn and amounts of their own. */
export const exitHolders = ({ holders, bridge }: ExitNet): ExitHolder[] =>
  holders.map((key, index) => ({
    ...key,
    peg: index % 2,
    productToken: bridge.productTokens[index % 2] ?? '0x',
    state: EXIT_STATES[index % EXIT_STATES.length] ?? 'holds',
    amount: parseUnits('100', 18) + 3n * BigInt(index) + 3n,
    nonce: 0n,
  }));

interface Redeemed {
  /** Main base units. */
  readonly amount: bigint;
  readonly nonce: bigint;
  readonly blockHash: Hex;
  readonly number: bigint;
}

export type ExitLife = ReturnType<typeof openExitLife>;

/** What holders and signers do on a bridge before its exit, and what can be read of it. */
export function openExitLife(net: ExitNet) {
  const { mainBridge, productBridge, mainTokens, productTokens } = net.bridge;
  type Call = [address: Address, abi: Abi, functionName: string, args: readonly unknown[]];
  const on =
    (chain: ExitNet['main']) =>
    ({ privateKey }: ExitHolder, ...[address, abi, functionName, args]: Call) =>
      net.write(privateKey, chain, { address, abi, functionName, args });
  const onMain = on(net.main);
  const onProduct = on(net.product);
  const mainToken = ({ peg }: ExitHolder): Address => mainTokens[peg] ?? '0x';
  /** Product base units for one of the main token. */
  const ratio = ({ peg }: ExitHolder): bigint => (peg === 0 ? 1n : 2n);

  const own = async (holder: ExitHolder, amount: bigint): Promise<void> => {
    await onMain(holder, mainToken(holder), demoTokenAbi, 'mint', [holder.address, amount]);
    await onMain(holder, mainToken(holder), erc20Abi, 'approve', [mainBridge, amount]);
  };

  return {
    ...{ ratio, onProduct },

    async deposit(holder: ExitHolder): Promise<void> {
      await own(holder, holder.amount);
      const args = [holder.productToken, holder.amount, holder.address, 0n];
      const receipt = await onMain(holder, mainBridge, mainBridgeAbi, 'deposit', args);
      holder.nonce = BigInt(receipt.logs.find(({ topics }) => topics.length === 4)?.topics[2] ?? 0);
    },

    /** A deposit that never arrives returns to a multisig of the main chain. @returns its amount. */
    async depositForMultisig(holder: ExitHolder): Promise<bigint> {
      const amount = parseUnits('7', 18);
      await own(holder, amount);
      const args = [holder.productToken, amount, holder.address, MULTISIG, 0n];
      await onMain(holder, mainBridge, mainBridgeAbi, 'depositFor', args);
      await call(net.main.rpcUrl, 'anvil_setCode', MULTISIG, ANSWERS_MAGIC);
      return amount;
    },

    mint: (holder: ExitHolder) =>
      net.execute(
        'product',
        holder.productToken,
        holder.nonce,
        [{ recipient: holder.address, amount: holder.amount * ratio(holder) }],
        `0x${'11'.repeat(32)}`,
      ),

    /** A third of its tokens. */
    async redeem(holder: ExitHolder, recipient: Address): Promise<Redeemed> {
      const amount = holder.amount / 3n;
      const args = [holder.productToken, amount * ratio(holder), recipient, 0n];
      const receipt = await onProduct(holder, productBridge, productBridgeAbi, 'redeem', args);
      const topics = receipt.logs.find((log) => log.address === productBridge.toLowerCase())?.topics;
      return { amount, nonce: BigInt(topics?.[2] ?? 0), blockHash: receipt.blockHash, number: receipt.blockNumber };
    },

    withdraw: ({ productToken }: ExitHolder, recipient: Address, { nonce, amount, blockHash }: Redeemed) =>
      net.execute('main', productToken, nonce, [{ recipient, amount }], blockHash),

    /** `IBridge.Status`. */
    statusAt(side: 'main' | 'product', token: Address, nonce: bigint): Promise<number> {
      const [reader, address] = side === 'main' ? [net.mainReader, mainBridge] : [net.productReader, productBridge];
      return reader.readContract({ address, abi: mainBridgeAbi, functionName: 'status', args: [token, nonce] });
    },

    /** Collateral of both pegs. */
    async locked(): Promise<bigint> {
      const read = { address: mainBridge, abi: mainBridgeAbi, functionName: 'locked' } as const;
      const [a = 0n, b = 0n] = await Promise.all(
        productTokens.slice(0, 2).map((token) => net.mainReader.readContract({ ...read, args: [token] })),
      );
      return a + b;
    },

    /** Gas of the transactions with this event, and the time of the commands that sent them. */
    async figuresOf(eventName: 'Registered' | 'Paid', began: number): Promise<string> {
      const seconds = (performance.now() - began) / 1_000;
      const filter = { address: net.exits, abi: exitsAbi, eventName, fromBlock: 0n } as const;
      const logs = await net.mainReader.getContractEvents(filter);
      const receipts = await Promise.all(
        logs.map(({ transactionHash: hash }) => net.mainReader.getTransactionReceipt({ hash })),
      );
      const gas = receipts.map(({ gasUsed }) => Number(gasUsed)).toSorted((a, b) => a - b);
      const middle = gas[Math.floor(gas.length / 2)];
      return `${gas.length} ${eventName}: ${gas[0]} to ${gas.at(-1)} gas, median ${middle}; ${(seconds / gas.length).toFixed(2)} s each`;
    },
  };
}
