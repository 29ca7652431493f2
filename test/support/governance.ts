import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Address } from 'viem';
import { sign } from 'viem/accounts';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { readerOf } from '../../cli/deploy/chain-clients.ts';
import { type Chain, call, startChain } from '../../cli/devnet/anvil.ts';
import type { PegOptions } from '../../cli/devnet/demo-tokens.ts';
import { type FleetKey, type FleetMember, configureFleet, newKeys } from '../../cli/devnet/devnet-fleet.ts';
import type { DevnetFile } from '../../cli/devnet/start.ts';
import { writeProposal } from '../../cli/governance/proposal-files.ts';
import { type Proposal, digestOf, parseProposal } from '../../cli/governance/proposal.ts';
import { withSignature } from '../../cli/governance/signatures.ts';
import { compactSignature } from '../../protocol/attestation.ts';
import { deployTestBridge } from './bridge.ts';
import { type Ended, pegway } from './cli.ts';

/** Two chains that mine instantly, a pair of bridges, and six signers with their files, but no relayer. */
export interface GovernedPair {
  readonly folder: string;
  /** By index; an outside signer's entry is a key that is not a signer. */
  readonly keys: readonly FleetKey[];
  readonly members: readonly FleetMember[];
  /** Keys of the paying accounts. */
  readonly holders: readonly FleetKey[];
  readonly bridges: { readonly main: Address; readonly product: Address };
  readonly productTokens: readonly Address[];
  readonly chains: { readonly main: Chain; readonly product: Chain };
  /** Runs `pegway governance …` as a signer of this pair. */
  governance(...args: readonly string[]): Promise<Ended>;
  /** The same, but requires success; returns the lines of JSON. */
  run(...args: readonly string[]): Promise<readonly Record<string, unknown>[]>;
  /** Adds these signers' signatures to a file, like `governance sign`. */
  signBy(file: string, ...indices: readonly number[]): Promise<void>;
  path(name: string): string;
  /** The main token of the first peg. */
  mainToken(): Promise<Address>;
  read(file: string): Proposal;
  /** Advances both chains' clocks by this many seconds. */
  pass(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** `outside`: signers with keys held elsewhere; they take the first indices. */
export async function startGovernedPair(
  outside: readonly Address[] = [],
  pegs: PegOptions = {},
): Promise<GovernedPair> {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-governance-'));
  const chain = (chainId: number) =>
    startChain({ chainId, free: false, logFile: join(folder, `chain-${chainId}.log`) });
  const chains = { main: await chain(31_337), product: await chain(31_338) };
  const keys = newKeys(6);
  const holders = newKeys(1);
  const deployed = await deployTestBridge(
    chains,
    keys.map(({ address }, index) => outside[index] ?? address),
    undefined,
    pegs,
  );
  const bridges = { main: deployed.mainBridge, product: deployed.productBridge };
  for (const { rpcUrl } of Object.values(chains)) {
    for (const { address } of holders) await call(rpcUrl, 'anvil_setBalance', address, '0xde0b6b3a7640000');
  }
  const side = (name: 'main' | 'product') => ({
    chainId: chains[name].chainId,
    bridge: bridges[name],
    rpcUrls: [chains[name].rpcUrl],
  });
  const members = await configureFleet({
    directory: folder,
    keys,
    chains: { main: side('main'), product: side('product') },
    queue: undefined,
    ...{ turnSeconds: 4, fallbackSeconds: 10, sweepSeconds: 10 },
  });
  const described = (name: 'main' | 'product') => ({
    chainId: chains[name].chainId,
    rpcUrl: chains[name].rpcUrl,
    bridge: bridges[name],
  });
  const file: DevnetFile = {
    name: 'test',
    others: [],
    deploymentFile: join(folder, 'deployment.json'),
    main: described('main'),
    product: described('product'),
    pegs: [],
    signers: members.map((member) => ({ ...member, pid: 0 })),
    holders,
    pid: process.pid,
  };
  writeFileSync(join(folder, 'devnet.json'), JSON.stringify(file));
  mkdirSync(join(folder, 'files'));

  const read = (name: string) => parseProposal(JSON.parse(readFileSync(name, 'utf8')));
  const governance = (...args: readonly string[]) => pegway('governance', ...args, '--data', folder);
  const run = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await governance(...args, '--json');
    if (status !== 0) throw new Error(`governance ${args.join(' ')} ended with ${status}:\n${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>[];
  };

  return {
    folder,
    keys,
    members,
    holders,
    bridges,
    productTokens: deployed.productTokens,
    chains,
    governance,
    run,
    async signBy(name, ...indices) {
      let proposal = read(name);
      for (const index of indices) {
        const key = keys[index] ?? keys[0]!;
        const { r, s, yParity } = await sign({ hash: digestOf(proposal), privateKey: key.privateKey });
        const signature = compactSignature({ r, s, yParity: yParity === 1 ? 1 : 0 });
        proposal = withSignature(proposal, { signer: key.address, signature });
      }
      writeProposal(name, proposal);
    },
    async mainToken() {
      const reader = readerOf(chains.main.rpcUrl, chains.main.chainId);
      const args = [deployed.productTokens[0] ?? '0x'] as const;
      const call = { address: bridges.main, abi: mainBridgeAbi, functionName: 'peg', args } as const;
      return (await reader.readContract(call)).mainToken;
    },
    path: (name) => join(folder, 'files', name),
    read,
    async pass(seconds) {
      for (const { rpcUrl } of Object.values(chains)) {
        await call(rpcUrl, 'evm_increaseTime', seconds);
        await call(rpcUrl, 'evm_mine');
      }
    },
    async stop() {
      await Promise.all(Object.values(chains).map((one) => one.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
