import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Address } from 'viem';

import type { Chain } from '../../cli/devnet/anvil.ts';
import type { ExitWindows } from '../../cli/deploy/runtime-code.ts';
import { deployBridges } from '../../cli/devnet/deploy-bridges.ts';
import { newKeys } from '../../cli/devnet/devnet-fleet.ts';
import { type PegOptions, deployMainTokens, pegsOver } from '../../cli/devnet/demo-tokens.ts';
import { localSigner } from '../../relayer/keys/local-signer.ts';

/** The first account that anvil funds. */
export const anvilKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

/** The same account as a paying key. */
export const anvilSigner = () => localSigner(Uint8Array.from(Buffer.from(anvilKey.slice(2), 'hex')));

/** A pair of bridges with signers, but without relayers. */
export async function deployTestBridge(
  chains: { readonly main: Chain; readonly product: Chain },
  signers: readonly Address[] = newKeys(6).map(({ address }) => address),
  threshold?: number,
  { exits, ...options }: PegOptions & { readonly exits?: ExitWindows } = {},
) {
  const signer = anvilSigner();
  const directory = mkdtempSync(join(tmpdir(), 'pegway-bridge-'));
  const pegs = pegsOver(await deployMainTokens(chains.main, signer), options);
  const [bridge] = await deployBridges(
    directory,
    [{ name: 'test', ...chains, signers, threshold, pegs, exits, anchors: exits !== undefined }],
    signer,
  );
  rmSync(directory, { recursive: true, force: true });
  if (bridge === undefined) throw new Error('no bridge was deployed');
  const productTokens = bridge.pegs.map(({ productToken }) => productToken);
  const mainTokens = bridge.pegs.map(({ mainToken }) => mainToken);
  const { anchors, exits: exitsContract } = bridge;
  const satellites = { anchors, exits: exitsContract };
  return { mainBridge: bridge.main, productBridge: bridge.product, productTokens, mainTokens, ...satellites };
}
