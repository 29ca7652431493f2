import {
  type Account,
  type Address,
  type Chain,
  type Hex,
  MethodNotFoundRpcError,
  type PublicClient,
  type Transport,
  type WalletClient,
  createPublicClient,
  createWalletClient,
  encodeDeployData,
  getContractAddress,
  getCreate2Address,
  http,
  numberToHex,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi, productTokenAbi } from '../../chain/abi.ts';
import artifacts from '../../chain/artifacts.json' with { type: 'json' };
import { PegwayError } from '../../errors.ts';

/** A chain to deploy on, and who pays there. */
export interface Deployer {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly account: Account;
}

/** One peg on both sides; amounts in base units, `2n ** 128n - 1n` for no limit. */
export interface PegPlan {
  readonly mainToken: Address;
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly minimumDeposit: bigint;
  readonly minimumRedeem: bigint;
  readonly gasCap: number;
  readonly withdrawLimit: { readonly capacity: bigint; readonly refillPerSecond: bigint };
  readonly mintLimit: { readonly capacity: bigint; readonly refillPerSecond: bigint };
}

export interface PairPlan {
  readonly main: Deployer;
  readonly product: Deployer;
  readonly signers: readonly Address[];
  readonly threshold: number;
  /** In seconds. */
  readonly delays: {
    readonly governanceDelay: number;
    readonly parkDelay: number;
    readonly pauseDuration: number;
    readonly bounceDelay: number;
  };
  readonly pegs: readonly PegPlan[];
}

export interface PairAddresses {
  readonly mainBridge: Address;
  readonly productBridge: Address;
  /** In the order of the plan's pegs. */
  readonly productTokens: readonly Address[];
}

export interface Clients {
  readonly reader: PublicClient;
  readonly writer: WalletClient;
}

/** Room for the base fee to double, and a tip of 1 gwei; nothing where the chain asks for nothing. */
const feesOver = (baseFee: bigint) => {
  const maxPriorityFeePerGas = baseFee === 0n ? 0n : 1_000_000_000n;
  return { maxFeePerGas: 2n * baseFee + maxPriorityFeePerGas, maxPriorityFeePerGas };
};

/** Anvil fills a transaction on a chain without fees with a tip that it then refuses; the fees above are asked for instead. */
const withoutFill =
  (rpcUrl: string): Transport =>
  (options) => {
    const inner = http(rpcUrl)(options);
    const refuse = (method: string) => new MethodNotFoundRpcError(new Error('not asked for'), { method });
    const request = ((call: { method: string }) =>
      call.method === 'eth_fillTransaction'
        ? Promise.reject(refuse(call.method))
        : inner.request(call as never)) as typeof inner.request;
    return { ...inner, request };
  };

export function clientsOf({ rpcUrl, chainId, account }: Deployer): Clients {
  const chain: Chain = {
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'coin', symbol: 'COIN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    fees: { estimateFeesPerGas: ({ block }) => Promise.resolve(feesOver(block.baseFeePerGas ?? 0n)) },
  };
  const transport = withoutFill(rpcUrl);
  return {
    reader: createPublicClient({ chain, transport, pollingInterval: 100 }),
    writer: createWalletClient({ chain, transport, account }),
  };
}

/** Deploys code and waits until it is there. */
export async function deployCode({ reader, writer }: Clients, data: Hex, nonce: number): Promise<Address> {
  const { account, chain } = writer;
  if (account === undefined || chain === undefined) throw new TypeError('a deployer needs an account and a chain');
  const hash = await writer.sendTransaction({ account, chain, data, nonce });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success' || typeof receipt.contractAddress !== 'string') {
    throw new PegwayError(`the deployment transaction ${hash} reverted`);
  }
  return receipt.contractAddress;
}

/**
 * Deploys two bridges that name each other: both addresses follow from the deployers' next nonces, the product tokens' from
 * the product bridge's.
 */
export async function deployPair(plan: PairPlan): Promise<PairAddresses> {
  const clients = { main: clientsOf(plan.main), product: clientsOf(plan.product) };
  const nonces = {
    main: await clients.main.reader.getTransactionCount({ address: plan.main.account.address }),
    product: await clients.product.reader.getTransactionCount({ address: plan.product.account.address }),
  };
  const mainBridge = getContractAddress({ from: plan.main.account.address, nonce: BigInt(nonces.main) });
  const productBridge = getContractAddress({ from: plan.product.account.address, nonce: BigInt(nonces.product) });
  const productTokens = plan.pegs.map((peg, index) => productTokenAddress(productBridge, peg, index));

  const signers = [...plan.signers];
  const threshold = BigInt(plan.threshold);
  const productData = encodeDeployData({
    abi: productBridgeAbi,
    bytecode: artifacts.contracts.ProductBridge.bytecode as Hex,
    args: [
      BigInt(plan.main.chainId),
      mainBridge,
      signers,
      threshold,
      plan.delays,
      plan.pegs.map((peg) => ({ ...peg, ...peg.mintLimit })),
    ],
  });
  const mainData = encodeDeployData({
    abi: mainBridgeAbi,
    bytecode: artifacts.contracts.MainBridge.bytecode as Hex,
    args: [
      BigInt(plan.product.chainId),
      productBridge,
      signers,
      threshold,
      plan.delays,
      plan.pegs.map((peg, index) => ({ ...peg, ...peg.withdrawLimit, productToken: at(productTokens, index) })),
    ],
  });
  const deployed = await Promise.all([
    deployCode(clients.main, mainData, nonces.main),
    deployCode(clients.product, productData, nonces.product),
  ]);
  const codes = await Promise.all(productTokens.map((address) => clients.product.reader.getCode({ address })));
  if (deployed[0].toLowerCase() !== mainBridge.toLowerCase() || codes.some((code) => code === undefined)) {
    throw new PegwayError('the deployment is not where it was computed to be', {
      hint: 'somebody else used a deployer’s account meanwhile; deploy again',
    });
  }
  return { mainBridge, productBridge, productTokens };
}

/** The item at a place that is known to be there. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

/** The twin of `ProductBridge._open`: CREATE2 with the peg's index as salt. */
export const productTokenAddress = (
  bridge: Address,
  { name, symbol, decimals }: Pick<PegPlan, 'name' | 'symbol' | 'decimals'>,
  index: number,
): Address =>
  getCreate2Address({
    from: bridge,
    salt: numberToHex(index, { size: 32 }),
    bytecode: encodeDeployData({
      abi: productTokenAbi,
      bytecode: artifacts.contracts.ProductToken.bytecode as Hex,
      args: [name, symbol, decimals],
    }),
  });
