import type { Account, WalletClient } from 'viem';

import { sides } from '../../protocol/lane.ts';
import { openEndpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { type Config, rpcUrlOf } from '../../relayer/config.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import { type ExitSources, readExitSources } from '../../sdk/exits/sources.ts';
import { type ExitStatus, readExits } from '../../sdk/read-exits.ts';
import { clientsOf, readerOf } from '../deploy/chain-clients.ts';
import { ANSWER_SECONDS, requireAnswers } from '../inspect/answering.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';
import { accountOf } from '../transfer/signer-account.ts';

export interface ExitFlags extends PlaceFlags {
  readonly json: boolean;
}

/** The exits of a bridge at one node of each chain. */
export interface OpenExits extends ExitSources {
  readonly config: Config;
}

/** The state of `Exits` now. */
export const readStatus = ({ main, exits, anchors }: ExitSources): Promise<ExitStatus> =>
  readExits({ main: main.reader, exits, anchors });

/** @throws {PegwayError} exit code 2 when the bridge has no exits. */
export async function openExits(flags: PlaceFlags, io: Pick<Io, 'env'>): Promise<OpenExits> {
  const { config } = targetOf(flags, io);
  await requireAnswers(...sides.map((side) => ({ side, nodes: { endpoints: [firstNode(config[side])], quorum: 1 } })));
  const sideOf = ({ rpcUrls, chainId, bridge, logRange }: Config['main']) => {
    const reader = readerOf(rpcUrls[0] === undefined ? '' : rpcUrlOf(rpcUrls[0]), chainId);
    return { reader, bridge, logRange };
  };
  const { headerRule } = config.product;
  const sources = await readExitSources({
    main: sideOf(config.main),
    product: { ...sideOf(config.product), headerRule },
  });
  if (sources === undefined) throw wrong('this bridge has no exits: it was deployed without', 'docs/exit.md');
  return { ...sources, config };
}

const firstNode = ({ rpcUrls: [first] }: Config['main']) =>
  openEndpoint({ url: first === undefined ? '' : rpcUrlOf(first), index: 0, timeoutSeconds: ANSWER_SECONDS });

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
