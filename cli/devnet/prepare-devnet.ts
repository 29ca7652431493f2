import { type Address, type Hex, parseEther, parseUnits } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { PegwayError } from '../../protocol/errors.ts';
import { COIN } from '../../protocol/peg.ts';
import { localSigner } from '../../relayer/keys/local-signer.ts';
import { clientsOf } from '../deploy/chain-clients.ts';
import type { ExitWindows } from '../deploy/runtime-code.ts';
import { type Chain, call } from './anvil.ts';
import { type BridgeRequest, type DeployedBridge, deployBridges } from './deploy-bridges.ts';
import type { DevnetBridge } from './describe-devnet.ts';
import { type FleetKey, newKeys } from './devnet-fleet.ts';
import {
  type MainToken,
  type PegOptions,
  demoTokenAbi,
  deployMainTokens,
  pegsBehind,
  pegsOver,
} from './demo-tokens.ts';

/** `star`: all bridges share one main chain. `chain`: each locks the token minted by the previous one. */
export type Layout = 'star' | 'chain';

/** The first account that anvil funds. */
const deployerKey: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

/** A deployed bridge, with the keys of its signers and then its observers. No relayer runs yet. */
export interface PreparedBridge {
  readonly bridge: Omit<DevnetBridge, 'signers'>;
  readonly keys: readonly FleetKey[];
}

/** Deploys main tokens and a bridge to each product chain, and funds all accounts with coins and tokens. */
export async function deployAll(
  directory: string,
  [main, ...products]: readonly [Chain, ...Chain[]],
  options: {
    readonly layout: Layout;
    /** To each product chain. */
    readonly bridges: number;
    readonly signers: number;
    readonly observers: number;
    /** Of the bridges at the main chain. */
    readonly pegs: PegOptions;
    readonly anchors: boolean;
    readonly exits?: ExitWindows | undefined;
    readonly holders: readonly FleetKey[];
  },
): Promise<PreparedBridge[]> {
  const signer = localSigner(Uint8Array.from(Buffer.from(deployerKey.slice(2), 'hex')));
  // anvil estimates with a time of zero while a chain has its genesis alone, and an Anchors contract requires a later one.
  if (options.layout === 'chain') await Promise.all(products.map(({ rpcUrl }) => call(rpcUrl, 'evm_mine')));
  const tokens = await deployMainTokens(main, signer);
  const ends = products.flatMap((product, index) =>
    Array.from({ length: options.bridges }, () => ({ product, index })),
  );
  const shared = newKeys(options.signers + options.observers);
  // The bridges of one fleet have the same signers.
  const fleets = ends.map(() => (options.bridges > 1 ? shared : newKeys(options.signers + options.observers)));
  const requests = ends.map(({ product, index: chain }, index): BridgeRequest => {
    const before = options.layout === 'chain' ? products[chain - 1] : undefined;
    return {
      name: nameOf(index),
      main: before ?? main,
      product,
      signers: (fleets[index] ?? []).slice(0, options.signers).map(({ address }) => address),
      pegs: before === undefined ? pegsOver(tokens, options.pegs) : pegsBehind(nameOf(index - 1)),
      anchors: options.anchors,
      exits: options.exits,
    };
  });
  const deployed = await deployBridges(directory, requests, signer);

  const everyone = [...new Set([...fleets.flat(), ...options.holders].map(({ address }) => address))];
  for (const chain of [main, ...products]) await sendCoins(chain, everyone);
  await mintTokens(main, tokens, options.holders);
  return deployed.map((bridge, index) => ({
    bridge: describe(bridge, requests, tokens),
    keys: fleets[index] ?? [],
  }));
}

const nameOf = (index: number): string => (index === 0 ? 'devnet' : `devnet-${index + 1}`);

/** 150 coins for each account: anvil gives the sender 10,000, and a devnet may have eight product chains. */
async function sendCoins(chain: Chain, recipients: readonly Address[]): Promise<void> {
  const account = privateKeyToAccount(deployerKey);
  const { reader, writer } = clientsOf({ ...chain, account });
  const first = await reader.getTransactionCount({ address: account.address });
  const hashes: Hex[] = [];
  // One after the other: anvil leaves a transaction unmined that arrives before the one of the preceding nonce.
  for (const [index, to] of recipients.entries()) {
    const request = { account, chain: writer.chain ?? null, to, value: parseEther('150'), nonce: first + index };
    hashes.push(await writer.sendTransaction(request));
  }
  for (const hash of hashes) {
    const { status } = await reader.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new PegwayError(`chain ${chain.chainId}: the transfer of coins ${hash} failed`);
  }
}

async function mintTokens(main: Chain, tokens: readonly MainToken[], holders: readonly FleetKey[]): Promise<void> {
  const account = privateKeyToAccount(deployerKey);
  const { reader, writer } = clientsOf({ ...main, account });
  for (const { address: holder } of holders) {
    for (const { address, decimals } of tokens) {
      const args = [holder, parseUnits('1000000', decimals)] as const;
      const mint = { address, abi: demoTokenAbi, functionName: 'mint', args } as const;
      const hash = await writer.writeContract({ ...mint, account, chain: writer.chain ?? null });
      await reader.waitForTransactionReceipt({ hash });
    }
  }
}

function describe(
  { name, main, product, rewards, anchors, pegs }: DeployedBridge,
  requests: readonly BridgeRequest[],
  tokens: readonly MainToken[],
): Omit<DevnetBridge, 'signers'> {
  const request = requests.find((one) => one.name === name);
  if (request === undefined) throw new RangeError(`${name} was not requested`);
  const chainOf = ({ chainId, rpcUrl }: Chain, bridge: Address) => ({ chainId, rpcUrl, bridge });
  return {
    name,
    main: chainOf(request.main, main),
    product: chainOf(request.product, product),
    ...(rewards === undefined ? {} : { rewards }),
    ...(anchors === undefined ? {} : { anchors }),
    pegs: pegs.map((peg) => ({
      mainToken: peg.mainToken,
      productToken: peg.productToken,
      symbol: peg.symbol,
      mainSymbol:
        tokens.find(({ address }) => address === peg.mainToken)?.symbol ?? (peg.mainToken === COIN ? 'ETH' : 'BOAT'),
      numerator: peg.numerator.toString(),
      denominator: peg.denominator.toString(),
      mainDecimals: peg.mainDecimals,
      productDecimals: peg.decimals,
    })),
  };
}
