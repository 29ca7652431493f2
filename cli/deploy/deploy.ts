import { type Address, zeroAddress } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import type { Side } from '../../protocol/lane.ts';
import {
  type Difference,
  type ResolvedPeg,
  codeDifferences,
  describeDifference,
  differencesOf,
  feesToPropose,
} from './differences.ts';
import { type Cost, estimate } from './estimate.ts';
import { type Journal, type LibraryRecord, type PairRecord, openJournal } from './journal.ts';
import { gasCapWarnings, mainTokenDifferences } from './main-tokens.ts';
import type { BridgeSpec, ChainSpec, Deployment } from './spec.ts';
import { type Network, connect, readerFor, refusal } from './chain-clients.ts';
import { anchorsDifferences, anchorsOf, readStart } from './anchors.ts';
import { exitsDifferences } from './exits.ts';
import { type Deployers, checkDeployer, isLocalBuild, openNonces, planAnchors, planPair } from './plan-creation.ts';
import { type WrittenProposal, changesOf, writeProposal } from './proposals.ts';
import { productProblems } from './product-proofs.ts';
import { writeRecords } from './explorer-records.ts';
import { createPair } from './create-pair.ts';
import { Libraries, standingLibraries } from './plan-libraries.ts';
import { type Found, type Standing, Tokens, refuseForeignRelease, resolvePegs, sides, discover } from './discover.ts';

export interface DeployOptions {
  readonly deployment: Deployment;
  /** Holds the record: journal, explorer files, proposals. */
  readonly directory: string;
  /** Opens the key that pays on a chain; called only if a contract must be created there. */
  readonly openDeployer: (chain: ChainSpec) => Promise<Signer>;
  /** Computes plan, gas and cost only: sends and writes nothing. */
  readonly dryRun?: boolean;
  /** Receives progress as text. */
  readonly say: (step: string) => void;
}

/** A bridge of the file. */
export interface DeployedPair extends Readonly<Record<Side, `0x${string}`>> {
  readonly name: string;
  /** True when this run created it, or would. */
  readonly isNew: boolean;
  /** Receives the fees, on the main chain; undefined when the bridge takes none. */
  readonly rewards: Address | undefined;
  /** Keeps the product chain's history, on the main chain; undefined when the bridge has none. */
  readonly anchors: Address | undefined;
  /** Pays holders without the signers, on the main chain; undefined when the bridge has none. */
  readonly exits: Address | undefined;
  readonly productTokens: readonly { readonly symbol: string; readonly address: `0x${string}` }[];
}

export interface Deployed {
  readonly pairs: readonly DeployedPair[];
  /** Nothing that prevents the deployment: gas caps that are too small for their tokens. */
  readonly warnings: readonly string[];
  /** Of the bridges to create. */
  readonly costs: readonly Cost[];
  /** Changes to deployed bridges that need a quorum of their signers; product sides first, in execution order. */
  readonly changes: readonly Difference[];
  readonly proposals: readonly WrittenProposal[];
}

/**
 * Brings the chains to the state of the file: creates missing bridges, and writes proposals for changes reserved to
 * signers. May be interrupted at any point and run again; on a completed deployment it does nothing.
 * @throws {PegwayError} exit code 2, before the first transaction, for every error detectable before it.
 */
export async function deploy(options: DeployOptions): Promise<Deployed> {
  const { deployment, directory, say } = options;
  const network = await connect(deployment);
  const foreign = await mainTokenDifferences(deployment, network);
  if (foreign.length > 0) throw refusal(foreign.map(describeDifference));
  const warnings = await gasCapWarnings(deployment, network);
  const journal = openJournal(directory);
  const before = await discover(deployment, network, journal);
  const todo = await plan(options, network, before, await usableLibraries(options, network, journal, before));
  refuseUnchangeable(todo.differences);
  const costs = await estimate(todo.pairs, network);
  if (options.dryRun === true) {
    const pairs = deployment.bridges.map(({ name }) => pairOf(name, before, todo.pairs));
    const fees = todo.pairs.flatMap(({ spec }) => feesToPropose(spec));
    return { pairs, warnings, costs, changes: [...todo.differences, ...fees], proposals: [] };
  }

  journal.plan(new Map(todo.pairs.filter(({ isNew }) => isNew).map(({ spec, record }) => [spec.name, record])));
  if (todo.pairs.length > 0) say(`recorded what will be sent: ${directory}`);
  // On each chain nonces ascend in the journal's order.
  for (const name of Object.keys(journal.pairs())) {
    const pair = todo.pairs.find(({ spec }) => spec.name === name);
    if (pair !== undefined) await createPair(pair.spec, journal, network, todo.deployers, say);
  }

  const after = await discover(deployment, network, journal);
  const standing = after.filter((one) => one.kind === 'standing');
  if (standing.length < after.length) {
    throw new PegwayError('a created bridge no longer exists: its block was reorged', {
      hint: 'run the same command again',
    });
  }
  const differences = compare(standing);
  const created = standing.filter(({ spec }) => todo.pairs.some((pair) => pair.spec.name === spec.name));
  refuseForeignCode(created);
  const satellites = await Promise.all(
    created.flatMap((one) => [anchorsDifferences(one, network), exitsDifferences(one, network)]),
  );
  if (satellites.flat().length > 0) throw refusal(satellites.flat().map(describeDifference));
  const proposals = propose(directory, standing, differences);
  await writeRecords(deployment, journal);
  const pairs = deployment.bridges.map(({ name }) => pairOf(name, after, todo.pairs));
  return { pairs, warnings, costs, changes: differences, proposals };
}

interface Planned {
  readonly spec: BridgeSpec;
  readonly record: PairRecord;
  readonly isNew: boolean;
}

/** Libraries on the chains, and those that unfinished plans will create before any new bridge. */
async function usableLibraries(
  { deployment }: DeployOptions,
  network: Network,
  journal: Journal,
  found: readonly Found[],
): Promise<Libraries> {
  const readers = new Map(deployment.chains.map((chain) => [chain.chainId, readerFor(network, chain)]));
  const standing = await standingLibraries(journal.libraries(), readers);
  const planned = found.flatMap((one): readonly LibraryRecord[] =>
    one.kind === 'unfinished' ? (one.record.libraries ?? []) : [],
  );
  return new Libraries([...standing, ...planned]);
}

/** The bridges to create, and the differences between deployed bridges and the file. */
async function plan(options: DeployOptions, network: Network, found: readonly Found[], libraries: Libraries) {
  const open = found.filter((one) => one.kind !== 'standing' || lacksAnchors(one));
  const chains = options.deployment.chains.filter((chain) =>
    open.some(({ spec }) => spec.main === chain || spec.product === chain),
  );
  const deployers: Deployers = new Map(
    await Promise.all(chains.map(async (chain) => [chain.name, await options.openDeployer(chain)] as const)),
  );
  const take = await openNonces(found, chains, network, deployers);
  const tokens = new Tokens();
  const differences: Difference[] = [];
  const pairs: Planned[] = [];
  const begun = open.filter(({ kind }) => kind !== 'unfinished');
  const problems = (await Promise.all(begun.map(({ spec }) => productProblems(spec, network)))).flat();
  if (problems.length > 0) throw refusal(problems);
  for (const one of found) {
    const { spec } = one;
    if (one.kind === 'standing') {
      differences.push(...differencesOfPair(one, tokens, refuseForeignRelease));
      if (one.record === undefined || !lacksAnchors(one)) continue;
      const record = one.record.anchors
        ? one.record
        : planAnchors(spec, one.record, take, await readStart(spec, network));
      pairs.push({ spec, record, isNew: record !== one.record });
    } else if (one.kind === 'unfinished') {
      checkDeployer(spec, one.record, deployers);
      for (const { symbol, address } of one.record.productTokens) tokens.set(spec.name, symbol, address);
      pairs.push({ spec, record: one.record, isNew: false });
    } else {
      const retired = spec.pegs.find((peg) => peg.retired);
      if (retired !== undefined) throw refusal([`${retired.path}.retired: expected false in a bridge that is new`]);
      const start = spec.anchors && (await readStart(spec, network));
      pairs.push({ spec, record: planPair(spec, tokens, take, libraries, start), isNew: true });
    }
  }
  return { deployers, differences, pairs };
}

/** True for a recorded bridge without the `Anchors` that the file asks for. */
const lacksAnchors = ({ spec, record }: Standing): boolean =>
  spec.anchors !== undefined && record !== undefined && record.anchors?.created === undefined;

/**
 * Compares deployed bridges with the file, in its order, so that tokens are resolved before the bridges that lock them.
 */
function compare(standing: readonly Standing[]): Difference[] {
  const tokens = new Tokens();
  return standing.flatMap((one) => differencesOfPair(one, tokens));
}

export function differencesOfPair(
  one: Standing,
  tokens: Tokens,
  check: (one: Standing, pegs: readonly ResolvedPeg[]) => void = () => undefined,
): Difference[] {
  const { spec, record, readings } = one;
  const pegs = resolvePegs(one, tokens);
  check(one, pegs);
  const { satellites } = readings.main;
  const rewards = spec.rewards ? (record?.rewards?.address ?? satellites.rewards) : zeroAddress;
  const exits = spec.exits === undefined ? zeroAddress : (record?.exits?.address ?? satellites.exits);
  return sides.flatMap((side) => {
    const remote = readings[side === 'main' ? 'product' : 'main'].address;
    return differencesOf(spec, pegs, { remote, rewards, exits }, readings[side]);
  });
}

function refuseUnchangeable(differences: readonly Difference[]): void {
  const unchangeable = differences.filter(({ change }) => change === undefined);
  if (unchangeable.length > 0) {
    throw new PegwayError(`these values are immutable:\n  ${unchangeable.map(describeDifference).join('\n  ')}`, {
      exitCode: 2,
      hint: 'nothing was sent; write the values of the chain into the file, or describe a new bridge or peg (docs/upgrading.md)',
    });
  }
}

/** Created code must equal the local build's; otherwise the node is not trusted. */
function refuseForeignCode(created: readonly Standing[]): void {
  const differences = created.flatMap(({ spec, readings: { main, product } }) => [
    ...codeDifferences(spec, main.address, product),
    ...codeDifferences(spec, product.address, main),
  ]);
  // A plan begun by another release is completed as that release wrote it.
  const own = created.filter(({ record }) => record !== undefined && isLocalBuild(record));
  const foreign = differences.filter(({ bridge }) => own.some(({ spec }) => spec.name === bridge));
  if (foreign.length > 0) {
    throw new PegwayError(
      `a created contract differs from its transaction:\n  ${foreign.map(describeDifference).join('\n  ')}`,
    );
  }
}

/** Product sides first: a deposit must find its peg open at both ends. */
function propose(
  directory: string,
  standing: readonly Standing[],
  differences: readonly Difference[],
): WrittenProposal[] {
  return sides.flatMap((side) =>
    standing.flatMap(({ spec, readings }) => {
      const own = differences.filter((one) => one.bridge === spec.name && one.side === side);
      const changes = changesOf(own);
      return changes.length === 0 ? [] : [writeProposal(directory, spec.name, readings[side], changes)];
    }),
  );
}

function pairOf(name: string, found: readonly Found[], planned: readonly Planned[]): DeployedPair {
  const isNew = planned.some(({ spec, record }) => spec.name === name && record.main.created === undefined);
  const one = found.find(({ spec }) => spec.name === name);
  if (one?.kind === 'standing') {
    const { main, product } = one.readings;
    const productTokens = product.pegs.map(({ token, productToken }) => ({
      symbol: token?.symbol ?? '',
      address: productToken,
    }));
    const { rewards, exits } = main.satellites;
    return {
      ...{ name, isNew, main: main.address, product: product.address, productTokens },
      rewards: rewards === zeroAddress ? undefined : rewards,
      exits: exits === zeroAddress ? undefined : exits,
      anchors:
        anchorsOf(one.spec, one.record) ?? planned.find(({ spec }) => spec.name === name)?.record.anchors?.address,
    };
  }
  const record = planned.find(({ spec }) => spec.name === name)?.record;
  if (record === undefined) throw new RangeError(`no plan of ${name}`);
  return {
    ...{ name, isNew, main: record.main.address, product: record.product.address, rewards: record.rewards?.address },
    ...{ anchors: record.anchors?.address, exits: record.exits?.address, productTokens: record.productTokens },
  };
}
