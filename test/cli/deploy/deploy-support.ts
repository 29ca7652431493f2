import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Address } from 'viem';

import { readerOf } from '../../../cli/deploy/chain-clients.ts';
import { type DeployOptions, type Deployed, deploy } from '../../../cli/deploy/deploy.ts';
import { type DeploymentFile, FORMAT } from '../../../cli/deploy/deployment-file.ts';
import { parseDeployment, recordFolder } from '../../../cli/deploy/parse-deployment.ts';
import { type Chain, startChain } from '../../../cli/devnet/anvil.ts';
import { deployMainTokens } from '../../../cli/devnet/demo-tokens.ts';
import artifacts from '../../../protocol/artifacts.json' with { type: 'json' };
import { anvilKey, anvilSigner } from '../../support/bridge.ts';
import { type Ended, pegway } from '../../support/cli.ts';

export type FileBridge = DeploymentFile['bridges'][string];
export type FilePeg = FileBridge['pegs'][number];

/** The file may be changed in place: nothing here is readonly. */
export const addressOf = (index: number): Address => `0x${(index + 1).toString(16).padStart(40, '0')}`;

export const pegOf = (mainToken: FilePeg['mainToken'], symbol: string, rate = '1'): FilePeg => ({
  mainToken,
  productToken: { name: `Token ${symbol}`, symbol, decimals: 18 },
  rate: { main: '1', product: rate },
  minimumDeposit: '0.01',
  minimumRedeem: rate === '1' ? '0.01' : '0.02',
  gasCap: 300_000,
  withdrawLimit: { capacity: '1000', refillPerSecond: '0.5' },
  mintLimit: 'unlimited',
  depositFee: { maximumFlat: '1' },
  redeemFee: { maximumFlat: '2' },
});

export const bridgeOf = (main: string, product: string, pegs: FilePeg[]): FileBridge => ({
  main,
  product,
  signers: [0, 1, 2, 3, 4, 5].map(addressOf),
  threshold: 4,
  delays: { governanceDelay: 60, parkDelay: 61, pauseDuration: 62, bounceDelay: 63 },
  pegs,
});

/** One bridge with one peg, right in itself; the chains need not run. */
export const exampleFile = (): DeploymentFile => ({
  format: FORMAT,
  devnet: true,
  chains: {
    main: { chainId: 51_337, rpcUrl: 'http://127.0.0.1:1' },
    product: { chainId: 51_338, rpcUrl: 'http://127.0.0.1:2' },
  },
  bridges: { boat: bridgeOf('main', 'product', [pegOf({ address: addressOf(99), decimals: 18 }, 'BOAT')]) },
});

export const deployer = anvilSigner().address;

/** Transactions on a chain without libraries: four libraries and the bridge; on the main chain also the rewards contract. */
export const CREATIONS = { main: 6, product: 5 };
/** An account's nonces once a pair was created from these. */
export const afterPair = ({ main, product }: Record<'main' | 'product', number>) => ({
  main: main + CREATIONS.main,
  product: product + CREATIONS.product,
});
export const librariesOf = (bridge: 'MainBridge' | 'ProductBridge'): string[] =>
  Object.keys(artifacts.contracts[bridge].links);

export const boatOf = (file: DeploymentFile): FileBridge => file.bridges['boat']!;
export const firstPeg = (file: DeploymentFile): FilePeg => boatOf(file).pegs[0]!;

export interface Place {
  readonly chains: { readonly main: Chain; readonly product: Chain; readonly second: Chain };
  /** A main token of 18 decimals. */
  readonly token: Address;
  /** A right file on these chains, anew at each call. */
  file(): DeploymentFile;
  /** A folder of its own for each deployment, with what can be done there. */
  folder(): Folder;
  reader(side: 'main' | 'product' | 'second'): ReturnType<typeof readerOf>;
  /** Of the deployer. */
  nonces(): Promise<Record<'main' | 'product', number>>;
  /** Fails where `verify-deployment` finds a difference. */
  isAsTheFileSays(folder: Folder, file: DeploymentFile): Promise<void>;
  stop(): Promise<void>;
}

export interface Folder {
  readonly path: string;
  readonly record: string;
  deploy(file: DeploymentFile, options?: Partial<DeployOptions>): Promise<Deployed>;
  /** `pegway deploy` or `verify-deployment` with this file. */
  pegway(command: string, file: DeploymentFile, ...flags: string[]): Promise<Ended>;
}

/** Three chains that mine at once, a main token on the first. */
export async function startPlace(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-deploy-'));
  const start = (chainId: number, free: boolean) =>
    startChain({ chainId, free, logFile: join(directory, `chain-${chainId}.log`) });
  const [main, product, second] = await Promise.all([start(51_337, false), start(51_338, true), start(51_339, true)]);
  const signer = anvilSigner();
  const token = (await deployMainTokens(main, signer))[0]?.address ?? '0x';
  const chains = { main, product, second };
  const reader = (side: keyof typeof chains) => readerOf(chains[side].rpcUrl, chains[side].chainId);
  const nonceOn = (side: 'main' | 'product') => reader(side).getTransactionCount({ address: deployer });
  return {
    chains,
    token,
    reader,
    nonces: async () => ({ main: await nonceOn('main'), product: await nonceOn('product') }),
    async isAsTheFileSays(folder, file) {
      const { status, stdout, stderr } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 0, stdout + stderr);
    },
    file() {
      const file = exampleFile();
      file.chains = {
        main: { chainId: main.chainId, rpcUrl: main.rpcUrl },
        product: { chainId: product.chainId, rpcUrl: product.rpcUrl },
      };
      file.bridges = { boat: bridgeOf('main', 'product', [pegOf({ address: token, decimals: 18 }, 'BOAT')]) };
      return file;
    },
    folder() {
      const own = mkdtempSync(join(directory, 'run-'));
      const path = join(own, 'boat.json');
      const record = recordFolder(path);
      return {
        path,
        record,
        deploy: (file, options) =>
          deploy({
            ...{ deployment: parseDeployment(file), directory: record },
            ...{ openDeployer: () => Promise.resolve(signer), say: () => undefined, ...options },
          }),
        pegway(command, file, ...flags) {
          writeFileSync(path, JSON.stringify(file));
          const key = command === 'deploy' ? ['--key', `plain:${anvilKey}`] : [];
          return pegway(command, path, ...key, ...flags);
        },
      };
    },
    async stop() {
      await Promise.all([main.stop(), product.stop(), second.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
