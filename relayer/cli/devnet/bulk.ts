import { erc20Abi } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../chain/abi.ts';
import { PegwayError } from '../../errors.ts';
import type { BridgeClient, Departure, TransferRequest } from '../../sdk.ts';
import type { Direction } from '../../transfer/lane.ts';

/** More than any deposit or redeem takes, so that none needs an estimate of its own. */
const GAS = 250_000n;
/** In wei. */
const PRIORITY_FEE = 1_000_000_000n;
/** Requests that are under way at once. */
const AT_ONCE = 100;

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
  const { reader, writer } = client;
  if (direction === 'mint') await approveAll(client, requests);
  const owner = writer.account.address;
  const fromBlock = await reader.getBlockNumber({ cacheTime: 0 });
  const first = await reader.getTransactionCount({ address: owner, blockTag: 'pending' });
  const { baseFeePerGas } = await reader.getBlock();
  const fees = { maxFeePerGas: 2n * (baseFeePerGas ?? 0n) + PRIORITY_FEE, maxPriorityFeePerGas: PRIORITY_FEE };

  const send = ({ productToken, amount, recipient }: TransferRequest, index: number) => {
    const call = { address: client.bridge, args: [productToken, amount, recipient], gas: GAS } as const;
    const signing = { ...fees, nonce: first + index, type: 'eip1559' } as const;
    return direction === 'mint'
      ? writer.writeContract({ ...call, ...signing, abi: mainBridgeAbi, functionName: 'deposit' })
      : writer.writeContract({ ...call, ...signing, abi: productBridgeAbi, functionName: 'redeem' });
  };
  for (let start = 0; start < requests.length; start += AT_ONCE) {
    await Promise.all(requests.slice(start, start + AT_ONCE).map((request, index) => send(request, start + index)));
  }

  for (;;) {
    const departures = await departuresOf(client, direction, fromBlock);
    if (departures.length >= requests.length) return departures;
    if (signal.aborted) {
      throw new PegwayError(`${departures.length} of ${requests.length} transfers have departed`, {
        cause: signal.reason,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** One approval a main token, over the sum of its deposits. */
async function approveAll({ bridge, reader, writer }: BridgeClient, requests: readonly TransferRequest[]) {
  for (const [productToken, ofToken] of Map.groupBy(requests, ({ productToken }) => productToken)) {
    const peg = { address: bridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
    const { mainToken } = await reader.readContract(peg);
    const token = { address: mainToken, abi: erc20Abi } as const;
    const owner = writer.account.address;
    const allowance = await reader.readContract({ ...token, functionName: 'allowance', args: [owner, bridge] });
    const sum = ofToken.reduce((total, { amount }) => total + amount, allowance);
    const hash = await writer.writeContract({ ...token, functionName: 'approve', args: [bridge, sum] });
    await reader.waitForTransactionReceipt({ hash, pollingInterval: 100 });
  }
}

/** This account's departures after a block. */
async function departuresOf(
  { bridge, reader, writer }: BridgeClient,
  direction: Direction,
  afterBlock: bigint,
): Promise<Departure[]> {
  const toBlock = await reader.getBlockNumber({ cacheTime: 0 });
  // A range that begins after the last block is an error to some nodes.
  if (toBlock <= afterBlock) return [];
  const range = { address: bridge, fromBlock: afterBlock + 1n, toBlock } as const;
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
