import { join } from 'node:path';

import { PegwayError } from '../../protocol/errors.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { describeProposal } from '../governance/proposal.ts';
import { confirm } from '../confirm-action.ts';
import type { Io } from '../io.ts';
import { takeLock } from '../../relayer/store/lock.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { makeFolder } from '../output-file.ts';
import { connect, readerFor } from './chain-clients.ts';
import { type Deployed, deploy } from './deploy.ts';
import { describeCost, describeTotals } from './describe-cost.ts';
import { describePlan } from './describe-plan.ts';
import { bridgeNamed, handOver } from './hand-over.ts';
import { describeDifference } from './differences.ts';
import { sides } from './discover.ts';
import { type Journal, openJournal } from './journal.ts';
import { readDeployment, recordFolder } from './parse-deployment.ts';
import type { ChainSpec, Deployment } from './spec.ts';

export interface DeployFlags {
  readonly key: readonly DeployerKey[];
  readonly record?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly abandon?: string;
  readonly json: boolean;
}

/** A key, for one chain of the file or for all that have none of their own. */
export interface DeployerKey {
  readonly chain: string | undefined;
  readonly uri: string;
}

export async function deployFromFile(file: string, flags: DeployFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const deployment = readDeployment(file);
  const directory = flags.record ?? recordFolder(file);
  const deployers = openDeployers(deployment, flags.key);
  const release = flags.dryRun ? () => undefined : lockRecord(directory);
  try {
    if (flags.abandon !== undefined) {
      if (flags.dryRun) throw wrong('--abandon changes the record, so not with --dry-run', 'name one of the two');
      await abandon(deployment, openJournal(directory), flags.abandon);
    }
    const { dryRun } = flags;
    const say = (step: string) => output.say(output.dim(step));
    const options = { deployment, directory, openDeployer: deployers.open, say };
    const planned = await output.waiting('the nodes, to plan', deploy({ ...options, dryRun: true }));
    await showPlan(deployment, planned, output);
    if (dryRun) return print(output, planned, dryRun, directory);
    const creates = planned.pairs.some(({ isNew }) => isNew);
    if (creates && io.stdin.isTTY === true) await confirm('Create this? It cannot be undone.', flags.yes, io);
    const deployed = await deploy(options);
    print(output, deployed, dryRun, directory);
    for (const { name, isNew, main, product, anchors } of deployed.pairs.filter(() => !output.json)) {
      if (!isNew) continue;
      const steps = handOver(directory, file, bridgeNamed(deployment, name), { main, product, anchors });
      output.say(`Next for ${name}:\n${steps.map((step) => `  ${step}`).join('\n')}`);
    }
  } finally {
    release();
    await deployers.close();
  }
}

/** Prints the bridges that would be created, and warns of equal addresses. */
async function showPlan(deployment: Deployment, { pairs, warnings, costs }: Deployed, output: Output): Promise<void> {
  for (const warning of warnings) output.say(output.yellow(`warning: ${warning}`));
  const created = pairs.filter(({ isNew }) => isNew);
  if (created.length === 0) return;
  const network = await connect(deployment);
  for (const { name, main, product } of created) {
    output.say(await describePlan(bridgeNamed(deployment, name), network));
    if (main === product) {
      output.say(
        output.yellow(
          `warning: both bridges of ${name} get the address ${main}: people may take one for the other. Send any ` +
            'transaction from the key on one chain first, or use another key there',
        ),
      );
    }
  }
  for (const line of describeTotals(costs)) output.say(line);
}

/** Opens each key once, at its first use. */
function openDeployers({ devnet, chains }: Deployment, keys: readonly DeployerKey[]) {
  for (const { chain } of keys) {
    if (chain === undefined || chains.some(({ name }) => name === chain)) continue;
    throw new PegwayError(`--key: the file has no chain ${chain}`, {
      exitCode: 2,
      hint: `expected one of ${chains.map(({ name }) => name).join(', ')}`,
    });
  }
  const opened = new Map<string, Promise<Signer>>();
  return {
    open: ({ name }: ChainSpec): Promise<Signer> => {
      const uri = (keys.find(({ chain }) => chain === name) ?? keys.find(({ chain }) => chain === undefined))?.uri;
      if (uri === undefined) {
        throw new PegwayError(`something is to be created on ${name}, and there is no key to pay for it`, {
          exitCode: 2,
          hint: `name one with --key URI or --key ${name}=URI, for example --key keystore:deployer.json`,
        });
      }
      const signer = opened.get(uri) ?? openSigner(uri, { allowPlain: devnet });
      opened.set(uri, signer);
      return signer;
    },
    close: async (): Promise<void> => {
      for (const signer of opened.values()) await signer.then((one) => one.close()).catch(() => undefined);
    },
  };
}

/** Two runs at once would plan on the same nonces. */
function lockRecord(directory: string): () => void {
  makeFolder(directory);
  return takeLock(join(directory, 'lock'), (holder) => {
    const hint = 'wait until it has ended; two of them would plan with the same nonces';
    return new PegwayError(`${directory}: a deployment is running there (${holder})`, { exitCode: 2, hint });
  });
}

function print(
  output: Output,
  { pairs, warnings, costs, changes, proposals }: Deployed,
  dryRun: boolean,
  directory: string,
): void {
  if (output.json) return output.result('', { dryRun, pairs, warnings, costs, changes, proposals });
  for (const cost of dryRun ? costs : []) output.result(describeCost(cost), {});
  for (const { name, isNew, main, product, rewards, anchors, exits, productTokens } of pairs) {
    output.result(output.bold(`${name}: ${isNew ? (dryRun ? 'would be created' : 'created') : 'stands'}`), {});
    output.result(`  main bridge     ${main}\n  product bridge  ${product}`, {});
    if (rewards !== undefined) output.result(`  rewards         ${rewards}`, {});
    if (anchors !== undefined) output.result(`  anchors         ${anchors}`, {});
    if (exits !== undefined) output.result(`  exits           ${exits}`, {});
    for (const { symbol, address } of productTokens) output.result(`  ${symbol.padEnd(14)}  ${address}`, {});
  }
  for (const change of dryRun ? changes : []) output.result(`would propose: ${describeDifference(change)}`, {});
  for (const { file, state, proposal } of proposals) {
    output.result(`\n${describeProposal(proposal)}\n  ${sentences[state]}: ${file}`, {});
  }
  if (proposals.length > 0) output.say('Let the signers sign: pegway governance sign FILE; execute in this order.');
  else if (!dryRun) output.say(output.dim(`nothing else to do; the record is in ${directory}`));
}

const sentences = {
  written: 'written',
  kept: 'was written before',
  accepted: 'accepted by a quorum already, not executed yet',
} as const;

/**
 * Gives up the plan of a bridge that was never finished.
 * @throws {PegwayError} exit code 2 when it stands: holders may use it, and another one would take its place in the record.
 */
export async function abandon(deployment: Deployment, journal: Journal, bridge: string): Promise<void> {
  const pairs = journal.pairs();
  const record = pairs[bridge];
  if (record === undefined) {
    throw new PegwayError(`--abandon: nothing of ${bridge} was planned`, {
      exitCode: 2,
      hint: `expected one of ${Object.keys(pairs).join(', ') || 'none'}`,
    });
  }
  const chains = sides.map((side) => {
    const { chainId, address } = record[side];
    const chain = deployment.chains.find((one) => one.chainId === chainId);
    if (chain !== undefined) return { chain, address };
    throw new PegwayError(`--abandon: the file has no chain ${chainId}, on which ${bridge} was planned`, {
      exitCode: 2,
      hint: 'put it back into the file: it has to be seen first that the bridge does not stand',
    });
  });
  const network = await connect({ chains: chains.map(({ chain }) => chain) });
  const codes = await Promise.all(chains.map(({ chain, address }) => readerFor(network, chain).getCode({ address })));
  if (codes.every((code) => code !== undefined)) {
    throw new PegwayError(`--abandon: ${bridge} stands, at ${record.main.address} and ${record.product.address}`, {
      exitCode: 2,
      hint: 'only an unfinished bridge can be planned again; describe a new bridge beside it (docs/upgrading.md)',
    });
  }
  journal.abandon(bridge);
}
