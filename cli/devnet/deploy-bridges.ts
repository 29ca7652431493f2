import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Address, type Hex, parseEther, toHex } from 'viem';

import type { Delays } from '../../relayer/chain/bridge-contract.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { feesOver, readerOf } from '../deploy/chain-clients.ts';
import { deploy } from '../deploy/deploy.ts';
import { type DeploymentFile, FORMAT } from '../deploy/deployment-file.ts';
import type { ExitWindows } from '../deploy/runtime-code.ts';
import { parseDeployment, recordFolder } from '../deploy/parse-deployment.ts';
import type { PegSpec } from '../deploy/spec.ts';
import { type Proposal, dataOf } from '../governance/proposal.ts';
import { type Chain, call } from './anvil.ts';

/** A bridge of a devnet before its deployment. */
export interface BridgeRequest {
  readonly name: string;
  readonly main: Chain;
  readonly product: Chain;
  readonly signers: readonly Address[];
  /** Quorum; default 4. */
  readonly threshold?: number | undefined;
  readonly pegs: DeploymentFile['bridges'][string]['pegs'];
  /** Creates an `Anchors` contract. */
  readonly anchors?: boolean | undefined;
  /** Creates the contracts of exits; needs `anchors`. */
  readonly exits?: ExitWindows | undefined;
}

export interface DeployedBridge {
  readonly name: string;
  readonly main: Address;
  readonly product: Address;
  readonly rewards: Address | undefined;
  readonly anchors: Address | undefined;
  readonly exits: Address | undefined;
  readonly pegs: readonly (PegSpec & { readonly mainToken: Address; readonly productToken: Address })[];
}

const THRESHOLD = 4;
/** Tests mine many blocks at once. */
const BLOCKS_PER_SECOND = 1_000;
/** Seconds. Bounces become due long after a retry of the payment, even on a slow machine. */
export const devnetDelays: Delays = { governanceDelay: 60, parkDelay: 60, pauseDuration: 60, bounceDelay: 600 };

const nameOf = ({ chainId }: Chain): string => `chain-${chainId}`;

/**
 * Deploys bridges the way an operator does: from a deployment file, which stays in the folder with its record. Proposals,
 * such as the fees of new pegs, are carried out at once.
 */
export async function deployBridges(
  directory: string,
  bridges: readonly BridgeRequest[],
  signer: Signer,
): Promise<DeployedBridge[]> {
  const chains = [...new Set(bridges.flatMap(({ main, product }) => [main, product]))];
  const file: DeploymentFile = {
    format: FORMAT,
    devnet: true,
    chains: Object.fromEntries(
      chains.map((chain) => [nameOf(chain), { chainId: chain.chainId, rpcUrl: chain.rpcUrl }]),
    ),
    bridges: Object.fromEntries(
      bridges.map(({ name, main, product, signers, threshold = THRESHOLD, pegs, anchors, exits }) => {
        const where = { main: nameOf(main), product: nameOf(product) };
        const satellites = anchors === true ? { anchors: { maximumBlocksPerSecond: BLOCKS_PER_SECOND } } : {};
        return [name, { ...where, ...satellites, signers: [...signers], threshold, delays: devnetDelays, pegs, exits }];
      }),
    ),
  };
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'deployment.json');
  writeFileSync(path, `${JSON.stringify(file, undefined, 2)}\n`);
  const deployment = parseDeployment(file);
  const { pairs, proposals } = await deploy({
    ...{ deployment, directory: recordFolder(path), openDeployer: () => Promise.resolve(signer) },
    say: () => undefined,
  });
  for (const { proposal, file: proposalFile } of proposals) {
    const chain = chains.find(({ chainId }) => chainId === Number(proposal.chainId));
    if (chain !== undefined) await carryOut(chain, proposal);
    rmSync(proposalFile);
  }
  const pairOf = (name: string) => {
    const pair = pairs.find((one) => one.name === name);
    if (pair === undefined) throw new RangeError(`${name} was not deployed`);
    return pair;
  };
  const productTokenOf = (bridge: string, symbol: string): Address =>
    pairOf(bridge).productTokens.find((token) => token.symbol === symbol)?.address ?? '0x';
  return deployment.bridges.map(({ name, pegs }) => ({
    ...{ name, main: pairOf(name).main, product: pairOf(name).product },
    ...{ rewards: pairOf(name).rewards, anchors: pairOf(name).anchors, exits: pairOf(name).exits },
    pegs: pegs.map((peg) => ({
      ...peg,
      mainToken:
        typeof peg.mainToken === 'string' ? peg.mainToken : productTokenOf(peg.mainToken.bridge, peg.mainToken.peg),
      productToken: productTokenOf(name, peg.symbol),
    })),
  }));
}

/** Makes a proposal's calls in the bridge's name, without signatures and delay, which anvil allows. */
export const carryOut = (chain: Chain, proposal: Proposal): Promise<void> =>
  callItself(chain, proposal.bridge, dataOf(proposal));

/** Makes administrative calls of a bridge without its signers. */
export async function callItself({ rpcUrl, chainId }: Chain, bridge: Address, calls: readonly Hex[]): Promise<void> {
  const reader = readerOf(rpcUrl, chainId);
  const before = await reader.getBalance({ address: bridge });
  await call(rpcUrl, 'anvil_impersonateAccount', bridge);
  await call(rpcUrl, 'anvil_setBalance', bridge, toHex(before + parseEther('1')));
  for (const data of calls) {
    const fees = await feesOver((await reader.getBlock()).baseFeePerGas ?? 0n, () => reader.getGasPrice());
    const transaction = {
      ...{ from: bridge, to: bridge, data },
      maxFeePerGas: toHex(fees.maxFeePerGas),
      maxPriorityFeePerGas: toHex(fees.maxPriorityFeePerGas),
    };
    const hash = (await call(rpcUrl, 'eth_sendTransaction', transaction)) as Hex;
    const { status } = await reader.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new RangeError(`${bridge}: an administrative call reverted`);
  }
  await call(rpcUrl, 'anvil_setBalance', bridge, toHex(before));
  await call(rpcUrl, 'anvil_stopImpersonatingAccount', bridge);
}
