import {
  type Account,
  type Address,
  type Chain,
  type Hex,
  type PublicClient,
  type Transport,
  type WalletClient,
  decodeEventLog,
  erc20Abi,
  isAddressEqual,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi, productTokenAbi } from './chain/abi.ts';
import { type Direction, type Status, statuses } from './transfer/lane.ts';

export { mainBridgeAbi, productBridgeAbi, productTokenAbi } from './chain/abi.ts';
export {
  type Attestation,
  type BounceStatement,
  type Domain,
  type IndexedSignature,
  type TransferItem,
  attestationDigest,
  bounceDigest,
  decodeTransfers,
  encodeSignatures,
  encodeTransfers,
  governanceDigest,
  pauseDigest,
} from './transfer/attestation.ts';
export { type Direction, type Lane, type Side, type Status, type Transfer } from './transfer/lane.ts';
export { type Peg, type Quote, type Rate, quote, stepOf } from './transfer/peg.ts';
export { type Reason, reasons } from './transfer/reasons.ts';

/** So that a token's refusal has its name, too. */
const tokenErrors = productTokenAbi.filter((item) => item.type === 'error');

/** A chain with its bridge: how to read it, and how a holder writes to it. */
export interface BridgeClient {
  readonly bridge: Address;
  readonly reader: PublicClient;
  readonly writer: WalletClient<Transport, Chain, Account>;
}

/** A transfer that has departed: its lane and nonce name it for ever. */
export interface Departure {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly nonce: bigint;
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
}

export interface TransferRequest {
  readonly productToken: Address;
  /** In base units of the token that is given: main for a deposit, product for a redeem. */
  readonly amount: bigint;
  /** On the other chain. */
  readonly recipient: Address;
}

/**
 * Locks main tokens; approves the bridge first where its allowance is too small. Resolves when the deposit is in a block.
 * @throws viem's errors; the bridge's custom errors are decoded in them.
 */
export async function deposit(client: BridgeClient, request: TransferRequest): Promise<Departure> {
  const { bridge, reader, writer } = client;
  const { productToken, amount, recipient } = request;
  const peg = await reader.readContract({
    address: bridge,
    abi: mainBridgeAbi,
    functionName: 'peg',
    args: [productToken],
  });
  const owner = writer.account.address;
  const token = { address: peg.mainToken, abi: erc20Abi } as const;
  const allowance = await reader.readContract({ ...token, functionName: 'allowance', args: [owner, bridge] });
  if (allowance < amount) {
    const hash = await writer.writeContract({ ...token, functionName: 'approve', args: [bridge, amount] });
    await reader.waitForTransactionReceipt({ hash });
  }
  const call = {
    address: bridge,
    abi: mainBridgeAbi,
    functionName: 'deposit',
    args: [productToken, amount, recipient],
  } as const;
  await reader.simulateContract({ ...call, abi: [...mainBridgeAbi, ...tokenErrors], account: writer.account });
  return departed(client, 'mint', productToken, await writer.writeContract(call));
}

/** Burns product tokens; needs no approval. Resolves when the redeem is in a block. */
export async function redeem(client: BridgeClient, request: TransferRequest): Promise<Departure> {
  const { bridge, reader, writer } = client;
  const { productToken, amount, recipient } = request;
  const call = {
    address: bridge,
    abi: productBridgeAbi,
    functionName: 'redeem',
    args: [productToken, amount, recipient],
  } as const;
  await reader.simulateContract({ ...call, abi: [...productBridgeAbi, ...tokenErrors], account: writer.account });
  return departed(client, 'withdraw', productToken, await writer.writeContract(call));
}

async function departed(
  { bridge, reader }: BridgeClient,
  direction: Direction,
  productToken: Address,
  hash: Hex,
): Promise<Departure> {
  const receipt = await reader.waitForTransactionReceipt({ hash });
  for (const log of receipt.logs.filter(({ address }) => isAddressEqual(address, bridge))) {
    const event =
      direction === 'mint'
        ? decodeEventLog({ abi: mainBridgeAbi, ...log })
        : decodeEventLog({ abi: productBridgeAbi, ...log });
    if (event.eventName !== 'MainTokenDeposited' && event.eventName !== 'ProductTokenRedeem') continue;
    const { nonce } = event.args;
    return { direction, productToken, nonce, transactionHash: hash, blockNumber: receipt.blockNumber };
  }
  throw new Error(`the transaction ${hash} reverted`);
}

/** Where a transfer stands, as its destination bridge says. `reader` and `bridge` are of the destination chain. */
export async function status(
  { bridge, reader }: Pick<BridgeClient, 'bridge' | 'reader'>,
  { productToken, nonce }: Pick<Departure, 'productToken' | 'nonce'>,
): Promise<Status> {
  const index = await reader.readContract({
    address: bridge,
    abi: mainBridgeAbi,
    functionName: 'status',
    args: [productToken, nonce],
  });
  return statuses[index] ?? 'open';
}

/** What executed a transfer. */
export interface Arrival {
  readonly status: Exclude<Status, 'open'>;
  readonly blockNumber: bigint;
  readonly transactionHash: Hex | undefined;
  /** Indices of the signers that counted. */
  readonly signerMask: number | undefined;
}

/**
 * Waits until a transfer is no longer open at its destination.
 * @throws the signal's reason when it is aborted first.
 */
export async function wait(
  destination: Pick<BridgeClient, 'bridge' | 'reader'>,
  departure: Pick<Departure, 'productToken' | 'nonce'>,
  options: { readonly signal: AbortSignal; readonly fromBlock?: bigint; readonly pollSeconds?: number },
): Promise<Arrival> {
  const { bridge, reader } = destination;
  const fromBlock = options.fromBlock ?? (await reader.getBlockNumber());
  for (;;) {
    options.signal.throwIfAborted();
    const now = await status(destination, departure);
    if (now !== 'open') {
      const logs = await reader.getContractEvents({
        address: bridge,
        abi: mainBridgeAbi,
        eventName: 'TransfersExecuted',
        args: { productToken: departure.productToken },
        fromBlock,
      });
      const log = logs.find(({ args: { firstNonce = 0n, mask = 0n } }) => {
        const place = departure.nonce - firstNonce;
        return place >= 0n && place < 256n && ((mask >> place) & 1n) === 1n;
      });
      const blockNumber = log?.blockNumber ?? (await reader.getBlockNumber());
      return { status: now, blockNumber, transactionHash: log?.transactionHash, signerMask: log?.args.signerMask };
    }
    await new Promise((resolve) => setTimeout(resolve, (options.pollSeconds ?? 0.1) * 1_000));
  }
}
