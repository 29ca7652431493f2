import type { Account, Address, Chain, Transport, WalletClient } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { type ChainConfig, type Config, readConfig, rpcUrlOf } from '../../relayer/config.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import type { BridgeClient } from '../../sdk/index.ts';
import { clientsOf } from '../deploy/chain-clients.ts';
import { readDevnetFile } from '../devnet/devnet-file.ts';
import { holderOf } from '../devnet/devnet-holder.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';
import { accountOf } from './signer-account.ts';

export interface HolderFlags {
  readonly data: string;
  readonly holder: string;
  readonly config?: string;
  readonly key?: string;
}

/** The account that owns the tokens, with clients of both chains. */
export interface OpenHolder {
  readonly address: Address;
  readonly sides: Readonly<Record<Side, BridgeClient>>;
  readonly finality: Readonly<Record<Side, ChainConfig['finality']>>;
  close(): Promise<void>;
}

/** A holder of the devnet; with --config, the key that --key names. */
export async function openHolder(flags: HolderFlags, { env }: Pick<Io, 'env'>): Promise<OpenHolder> {
  if (flags.config !== undefined) return fromConfig(readConfig(flags.config, env), flags.key);
  if (flags.key !== undefined) throw wrong('--key: the chains are not named', 'add --config FILE');
  const file = readDevnetFile(flags.data);
  const key = file.holders[Number(flags.holder)];
  if (key === undefined) {
    const expected = `0 to ${file.holders.length - 1}`;
    throw wrong(`--holder: expected ${expected}, found ${flags.holder}`, 'a holder of the devnet');
  }
  const { address, main, product } = holderOf(file, key.privateKey);
  const finality = { main: 'finalized', product: 'finalized' } as const;
  return { address, sides: { main, product }, finality, close: () => Promise.resolve() };
}

async function fromConfig(config: Config, uri: string | undefined): Promise<OpenHolder> {
  if (uri === undefined) throw wrong('no holder is named', 'add --key URI; docs/keys.md has the URIs');
  const signer = await openSigner(uri, { allowPlain: config.devnet });
  const account = accountOf(signer);
  const client = ({ chainId, bridge, rpcUrls }: ChainConfig): BridgeClient => {
    const { reader, writer } = clientsOf({
      chainId,
      rpcUrl: rpcUrls[0] === undefined ? '' : rpcUrlOf(rpcUrls[0]),
      account,
    });
    return { bridge, reader, writer: writer as WalletClient<Transport, Chain, Account> };
  };
  return {
    address: signer.address,
    sides: { main: client(config.main), product: client(config.product) },
    finality: { main: config.main.finality, product: config.product.finality },
    close: () => signer.close(),
  };
}
