import { setTimeout as sleep } from 'node:timers/promises';

import { type Address, type Hex, encodeFunctionData, erc20Abi, isAddressEqual } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { COIN } from '../../protocol/peg.ts';
import { type BridgeClient, type Departure, type TransferRequest, feeOf } from '../../sdk/index.ts';
import type { Direction } from '../../protocol/lane.ts';

/** More than any deposit or redeem takes, so that none needs an estimate of its own. */
const GAS = 150_000n;
/** In wei. */
const PRIORITY_FEE = 1_000_000_000n;
/** Transactions of one HTTP request. */
const AT_ONCE = 100;

/** Many transfers of one account, signed and not yet sent: they leave without a question to the chain between them. */
export interface SignedTransfers {
  readonly count: number;
  /** The block before the first of them. */
  readonly afterBlock: bigint;
  /** The account's nonce when all of them are in blocks. */
  readonly endNonce: number;
  /** Sends the next so many. */
  send(count: number): Promise<void>;
}

/** Approves the total, and signs a transaction for each request. */
export async function signMany(
  client: BridgeClient,
  direction: Direction,
  requests: readonly TransferRequest[],
): Promise<SignedTransfers> {
  const { reader, writer, bridge } = client;
  const priced = await price(client, requests);
  if (direction === 'mint') await approveAll(client, priced);
  const { address, signTransaction } = writer.account;
  if (signTransaction === undefined) throw new PegwayError('many transfers at once need a key in this process');
  const afterBlock = await reader.getBlockNumber({ cacheTime: 0 });
  const first = await reader.getTransactionCount({ address, blockTag: 'pending' });
  const { baseFeePerGas } = await reader.getBlock();
  // Room for the base fee to grow while blocks are full.
  const maxFeePerGas = 20n * (baseFeePerGas ?? 0n) + PRIORITY_FEE;
  const fees = { maxFeePerGas, maxPriorityFeePerGas: PRIORITY_FEE, gas: GAS, type: 'eip1559' } as const;

  const signed: Hex[] = [];
  for (const [index, { productToken, amount, recipient, mainToken, fee }] of priced.entries()) {
    const args = [productToken, amount, recipient, fee] as const;
    const data =
      direction === 'mint'
        ? encodeFunctionData({ abi: mainBridgeAbi, functionName: 'deposit', args })
        : encodeFunctionData({ abi: productBridgeAbi, functionName: 'redeem', args });
    const value = direction === 'mint' && isAddressEqual(mainToken, COIN) ? amount + fee : 0n;
    const transaction = { ...fees, to: bridge, data, value, nonce: first + index, chainId: writer.chain.id };
    signed.push(await signTransaction(transaction));
  }

  let sent = 0;
  return {
    count: requests.length,
    afterBlock,
    endNonce: first + requests.length,
    async send(count) {
      const end = Math.min(sent + count, signed.length);
      while (sent < end) {
        const part = signed.slice(sent, Math.min(sent + AT_ONCE, end));
        sent += part.length;
        await Promise.all(part.map((serializedTransaction) => reader.sendRawTransaction({ serializedTransaction })));
      }
    },
  };
}

/**
 * Makes many transfers of one account without waiting for each: they share blocks. Resolves when all have departed.
 * @throws {PegwayError} when some have not departed at the end of the signal.
 */
export async function departMany(
  client: BridgeClient,
  direction: Direction,
  requests: readonly TransferRequest[],
  signal: AbortSignal,
): Promise<Departure[]> {
  const transfers = await signMany(client, direction, requests);
  await transfers.send(requests.length);
  return departed(client, direction, transfers, signal);
}

/** Waits until all of them have departed. @throws {PegwayError} when some have not at the end of the signal. */
export async function departed(
  client: BridgeClient,
  direction: Direction,
  { count, afterBlock, endNonce }: SignedTransfers,
  signal: AbortSignal,
): Promise<Departure[]> {
  const found: Departure[] = [];
  for (let from = afterBlock + 1n; ;) {
    const nonce = await client.reader.getTransactionCount({ address: client.writer.account.address });
    const head = await client.reader.getBlockNumber({ cacheTime: 0 });
    // A range that begins after the last block is an error to some nodes.
    if (head >= from) found.push(...(await departuresOf(client, direction, from, head)));
    from = head >= from ? head + 1n : from;
    if (found.length >= count) return found;
    if (nonce >= endNonce) throw new PegwayError(`${count - found.length} of ${count} transfers reverted`);
    if (signal.aborted) {
      throw new PegwayError(`${found.length} of ${count} transfers have departed`, { cause: signal.reason });
    }
    await sleep(200);
  }
}

interface PricedRequest extends TransferRequest {
  readonly mainToken: Address;
  /** In base units of the token that is given. */
  readonly fee: bigint;
}

async function price({ bridge, reader }: BridgeClient, requests: readonly TransferRequest[]): Promise<PricedRequest[]> {
  const pegs = new Map(
    await Promise.all(
      [...new Set(requests.map(({ productToken }) => productToken))].map(async (productToken) => {
        const peg = { address: bridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
        return [productToken, await reader.readContract(peg)] as const;
      }),
    ),
  );
  return requests.map((request) => {
    const peg = pegs.get(request.productToken);
    if (peg === undefined) throw new RangeError(`no peg ${request.productToken}`);
    return { ...request, mainToken: peg.mainToken, fee: feeOf(peg, request.amount) };
  });
}

/** One approval a main token, over the sum of its deposits and their fees. */
async function approveAll({ bridge, reader, writer }: BridgeClient, requests: readonly PricedRequest[]) {
  for (const [mainToken, ofToken] of Map.groupBy(requests, (request) => request.mainToken)) {
    if (isAddressEqual(mainToken, COIN)) continue;
    const token = { address: mainToken, abi: erc20Abi } as const;
    const owner = writer.account.address;
    const allowance = await reader.readContract({ ...token, functionName: 'allowance', args: [owner, bridge] });
    const sum = ofToken.reduce((total, { amount, fee }) => total + amount + fee, allowance);
    const hash = await writer.writeContract({ ...token, functionName: 'approve', args: [bridge, sum] });
    await reader.waitForTransactionReceipt({ hash, pollingInterval: 100 });
  }
}

/** This account's departures in a range of blocks, both ends included. */
async function departuresOf(
  { bridge, reader, writer }: BridgeClient,
  direction: Direction,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<Departure[]> {
  const range = { address: bridge, fromBlock, toBlock } as const;
  const holder = writer.account.address;
  const logs =
    direction === 'mint'
      ? await reader.getContractEvents({
          ...{ ...range, abi: mainBridgeAbi, eventName: 'MainTokenDeposited' },
          ...{ args: { depositor: holder }, strict: true },
        })
      : await reader.getContractEvents({
          ...{ ...range, abi: productBridgeAbi, eventName: 'ProductTokenRedeem' },
          ...{ args: { redeemer: holder }, strict: true },
        });
  return logs.map(({ args: { productToken, nonce }, transactionHash, blockNumber }) => ({
    ...{ direction, productToken, nonce, transactionHash, blockNumber },
  }));
}
