import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type Abi,
  type Account,
  type Address,
  type Hex,
  type PublicClient,
  type WalletClient,
  encodeFunctionData,
  keccak256,
  numberToHex,
  parseEther,
  stringToHex,
} from 'viem';
import { privateKeyToAccount, privateKeyToAddress } from 'viem/accounts';

import { callItself } from '../../cli/devnet/deploy-bridges.ts';
import { type Chain, call, startChain } from '../../cli/devnet/anvil.ts';
import type { FleetKey } from '../../cli/devnet/devnet-fleet.ts';
import { clientsOf } from '../../cli/deploy/chain-clients.ts';
import { anchorsAbi, exitsAbi, mainBridgeAbi, productBridgeAbi, productStateAbi } from '../../protocol/abi.ts';
import { anchorDigest } from '../../protocol/anchors/statement.ts';
import { anchorArguments, append, emptyHistory, historyRootOf } from '../../protocol/anchors/history.ts';
import {
  type BounceStatement,
  type TransferItem,
  attestationDigest,
  bounceDigest,
  encodeSignatures,
  encodeTransfers,
} from '../../protocol/attestation.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import { deployTestBridge } from './bridge.ts';
import { signDigest } from './sign.ts';

/** Sends what the relayers do. */
const relayerKey = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';

/** The same in every run: anvil's `eth_getProof` panics at some tries with slots that became zero again. */
const keysOf = (name: string, count: number): FleetKey[] =>
  Array.from({ length: count }, (_, index) => {
    const privateKey = keccak256(stringToHex(`${name} ${index}`));
    return { privateKey, address: privateKeyToAddress(privateKey) };
  });

const DAY = 86_400;

interface Client {
  readonly reader: PublicClient;
  readonly writer: WalletClient;
}

/** Two chains and a bridge with exits, six signers that are keys alone, and holders. No relayer runs. */
export type ExitNet = Awaited<ReturnType<typeof startExitNet>>;

export async function startExitNet(holderCount: number, ids = { main: 41_337, product: 41_338 }) {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-exit-'));
  const start = (chainId: number, free: boolean) =>
    startChain({ chainId, free, logFile: join(directory, `chain-${chainId}.log`) });
  const [main, product] = await Promise.all([start(ids.main, false), start(ids.product, true)]);
  const signers = keysOf('signer', 6);
  const holders = keysOf('holder', holderCount);
  const windows = { exitDelay: 7 * DAY, noticePeriod: 3 * DAY, advanceWindow: 3 * DAY, claimWindow: 7 * DAY };
  const bridge = await deployTestBridge(
    { main, product },
    signers.map(({ address }) => address),
    4,
    { exits: windows },
  );
  const { exits = '0x', anchors = '0x' } = bridge;
  const clients = (key: Hex, chain: Chain): Client => clientsOf({ ...chain, account: privateKeyToAccount(key) });
  const readers = { main: clients(relayerKey, main).reader, product: clients(relayerKey, product).reader };
  const atExits = { address: exits, abi: exitsAbi, functionName: 'productState' } as const;
  const atState = { address: await readers.main.readContract(atExits), abi: productStateAbi } as const;
  const registry = await readers.main.readContract({ ...atState, functionName: 'registry' });
  const atAnchors = { address: anchors, abi: anchorsAbi, functionName: 'firstBlock' } as const;
  const firstBlock = await readers.main.readContract(atAnchors);

  for (const chain of [main, product]) {
    for (const { address } of holders)
      await call(chain.rpcUrl, 'anvil_setBalance', address, numberToHex(parseEther('10')));
  }

  /** Sends a call and waits for its block. */
  async function write(
    key: Hex,
    chain: Chain,
    request: { address: Address; abi: Abi; functionName: string; args: readonly unknown[] },
  ) {
    const { reader, writer } = clients(key, chain);
    const own: Account = privateKeyToAccount(key);
    const gas = gasLimitFor(await reader.estimateContractGas({ ...request, account: own }));
    const hash = await writer.writeContract({ ...request, account: own, chain: writer.chain!, gas });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`${request.functionName} reverted`);
    return receipt;
  }

  const signed = async (digest: Hex): Promise<Hex> =>
    encodeSignatures(
      await Promise.all(
        signers
          .slice(0, 4)
          .map(async ({ privateKey }, index) => ({ index, signature: await signDigest(privateKey, digest) })),
      ),
    );

  /** Relays a batch of one lane as the relayers do, signed by four of six. */
  async function execute(
    side: 'main' | 'product',
    productToken: Address,
    firstNonce: bigint,
    items: readonly TransferItem[],
    sourceBlock: Hex,
  ) {
    const [to, from] = side === 'main' ? [main, product] : [product, main];
    const [destination, source] =
      side === 'main' ? [bridge.mainBridge, bridge.productBridge] : [bridge.productBridge, bridge.mainBridge];
    const transfers = encodeTransfers(items);
    const signatures = await signed(
      attestationDigest({
        destination: { chainId: to.chainId, bridge: destination },
        source: { chainId: from.chainId, bridge: source },
        ...{ signerEpoch: 1n, productToken, firstNonce, transfers, sourceBlock },
      }),
    );
    const args = [productToken, firstNonce, transfers, signatures, sourceBlock];
    const [abi, functionName] = side === 'main' ? [mainBridgeAbi, 'withdraw'] : [productBridgeAbi, 'mint'];
    return write(relayerKey, to, { address: destination, abi: abi, functionName, args });
  }

  /** Bounces a refused withdrawal as the relayers do, once its delay has passed. */
  async function bounce(
    item: Omit<BounceStatement, 'destination' | 'source' | 'signerEpoch' | 'deadline'>,
  ): Promise<void> {
    const { timestamp } = await readers.main.getBlock();
    const deadline = timestamp + 3_600n;
    const domain = {
      destination: { chainId: main.chainId, bridge: bridge.mainBridge },
      source: { chainId: product.chainId, bridge: bridge.productBridge },
      signerEpoch: 1n,
    };
    const args = [{ ...item, deadline }, await signed(bounceDigest({ ...domain, ...item, deadline }))];
    await write(relayerKey, main, { address: bridge.mainBridge, abi: mainBridgeAbi, functionName: 'bounce', args });
  }

  /** How much of a peg leaves a bridge at once, without refill. */
  async function limit(side: 'main' | 'product', productToken: Address, capacity: bigint): Promise<void> {
    const [chain, own] = side === 'main' ? [main, bridge.mainBridge] : [product, bridge.productBridge];
    const args = [productToken, capacity, 0n] as const;
    await callItself(chain, own, [encodeFunctionData({ abi: mainBridgeAbi, functionName: 'setLimit', args })]);
  }

  let anchored = 0n;
  /** Anchors the newest block of the product chain as the relayers do, signed by four of six. */
  async function anchor(): Promise<bigint> {
    const reader = readers.product;
    const number = await reader.getBlockNumber({ cacheTime: 0 });
    const hashes: Hex[] = [];
    for (let height = firstBlock; height <= number; height++) {
      hashes.push((await reader.getBlock({ blockNumber: height })).hash);
    }
    const history = append(emptyHistory(firstBlock), hashes);
    const { timestamp: attestedAt } = await readers.main.getBlock();
    const next = { number, attestedAt, blockHash: hashes.at(-1) ?? '0x', historyRoot: historyRootOf(history) };
    const domain = { chainId: main.chainId, anchors, sourceChainId: product.chainId };
    const { bag, peaks, tailRoot } = anchorArguments(history, anchored);
    anchored = history.count;
    const args = [next, bag, peaks, tailRoot, await signed(anchorDigest(domain, 1n, next))];
    await write(relayerKey, main, { address: anchors, abi: anchorsAbi, functionName: 'anchor', args });
    return number;
  }

  return {
    ...{ directory, main, product, bridge, exits, anchors, registry, firstBlock, signers, holders },
    ...{ signed, write, execute, bounce, limit, anchor },
    mainReader: readers.main,
    productReader: readers.product,

    /** A configuration as a holder would write it, with these nodes. */
    configFile(urls: { readonly main: string; readonly product: string }): string {
      const file = join(directory, `config-${Date.now()}.json`);
      const sideOf = (chain: Chain, rpcUrl: string, address: Address) => ({
        chainId: chain.chainId,
        bridge: address,
        rpcUrls: [rpcUrl],
      });
      const config = {
        ...{ devnet: true, key: `plain:${relayerKey}`, dataDir: join(directory, 'data'), peers: [] },
        main: sideOf(main, urls.main, bridge.mainBridge),
        product: sideOf(product, urls.product, bridge.productBridge),
      };
      writeFileSync(file, JSON.stringify(config));
      return file;
    },

    /** On the main chain. */
    async pass(days: number): Promise<void> {
      await call(main.rpcUrl, 'evm_increaseTime', days * DAY);
      await call(main.rpcUrl, 'evm_mine');
    },

    async stop(): Promise<void> {
      await Promise.all([main.stop(), product.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
