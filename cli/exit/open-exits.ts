import { type Account, type Address, type PublicClient, type WalletClient, zeroAddress } from 'viem';

import { anchorsAbi, exitsAbi, mainBridgeAbi, productStateAbi } from '../../protocol/abi.ts';
import { type Config, rpcUrlOf } from '../../relayer/config.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import { clientsOf, readerOf } from '../deploy/chain-clients.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';
import { accountOf } from '../transfer/signer-account.ts';

export interface ExitFlags extends PlaceFlags {
  readonly json: boolean;
}

/** The exits of a bridge at one node of each chain. Proofs are checked on chain: a lying node costs a failed transaction. */
export interface OpenExits {
  readonly config: Config;
  readonly main: PublicClient;
  readonly product: PublicClient;
  readonly bridge: Address;
  readonly exits: Address;
  readonly anchors: Address;
  readonly registry: Address;
  /** The first block that is anchored: no event of the product bridge is older. */
  readonly firstBlock: bigint;
  readonly productTokens: readonly Address[];
}

/** @throws {PegwayError} exit code 2 when the bridge has no exits. */
export async function openExits(flags: PlaceFlags, io: Pick<Io, 'env'>): Promise<OpenExits> {
  const { config } = targetOf(flags, io);
  const readerAt = ({ rpcUrls, chainId }: Config['main']): PublicClient =>
    readerOf(rpcUrls[0] === undefined ? '' : rpcUrlOf(rpcUrls[0]), chainId);
  const [main, product] = [readerAt(config.main), readerAt(config.product)];
  const bridge = config.main.bridge;
  const atBridge = { address: bridge, abi: mainBridgeAbi } as const;
  const [exits, productTokens] = await Promise.all([
    main.readContract({ ...atBridge, functionName: 'exits' }),
    main.readContract({ ...atBridge, functionName: 'pegs' }),
  ]);
  if (exits === zeroAddress) throw wrong('this bridge has no exits: it was deployed without', 'docs/exit.md');

  const atExits = { address: exits, abi: exitsAbi } as const;
  const [anchors, productState] = await Promise.all([
    main.readContract({ ...atExits, functionName: 'anchors' }),
    main.readContract({ ...atExits, functionName: 'productState' }),
  ]);
  const [registry, firstBlock] = await Promise.all([
    main.readContract({ address: productState, abi: productStateAbi, functionName: 'registry' }),
    main.readContract({ address: anchors, abi: anchorsAbi, functionName: 'firstBlock' }),
  ]);
  return { config, main, product, bridge, exits, anchors, registry, firstBlock, productTokens };
}

/** The account that sends, and signs for its own claims. */
export interface Claimant {
  readonly account: Account;
  readonly writer: WalletClient;
  close(): Promise<void>;
}

/** @throws {PegwayError} exit code 2 without a key. */
export async function openClaimant({ config }: OpenExits, uri: string | undefined): Promise<Claimant> {
  if (uri === undefined) throw wrong('no key is named', 'add --key URI; docs/keys.md has the URIs');
  const signer = await openSigner(uri, { allowPlain: config.devnet });
  const account = accountOf(signer);
  const { rpcUrls, chainId } = config.main;
  const { writer } = clientsOf({ account, chainId, rpcUrl: rpcUrls[0] === undefined ? '' : rpcUrlOf(rpcUrls[0]) });
  return { account, writer, close: () => signer.close() };
}
