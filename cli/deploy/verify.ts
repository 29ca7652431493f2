import { type Hex, isAddressEqual, keccak256 } from 'viem';

import { messageOf } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { openListOutput, wrong } from '../output.ts';
import { anchorsDifferences } from './anchors.ts';
import { connect } from './chain-clients.ts';
import { differencesOfPair } from './deploy.ts';
import { type Difference, codeDifferences, describeDifference } from './differences.ts';
import { type Found, type Standing, Tokens, discover, sides } from './discover.ts';
import { exitsDifferences } from './exits.ts';
import { type Journal, openJournal } from './journal.ts';
import type { Links } from './libraries.ts';
import { mainTokenDifferences } from './main-tokens.ts';
import { readDeployment, recordFolder } from './parse-deployment.ts';
import { type PendingChange, describePending, pendingChanges } from './pending-changes.ts';
import type { BridgeReading } from './read-bridge.ts';
import type { Deployment } from './spec.ts';

export interface Verified {
  /** All differences between the chains and the file. */
  readonly differences: readonly Difference[];
  /** Proposals that are accepted and not executed. */
  readonly pending: readonly PendingChange[];
}

/**
 * Compares the chains with the file.
 * @throws {PegwayError} exit code 2 when a node does not answer or is of another chain.
 */
export async function verify(deployment: Deployment, journal: Pick<Journal, 'pairs'>): Promise<Verified> {
  const network = await connect(deployment);
  const tokens = new Tokens();
  const found = await discover(deployment, network, journal);
  const unnamed = Object.keys(journal.pairs()).filter((name) => !deployment.bridges.some((spec) => spec.name === name));
  const standing = found.filter((one) => one.kind === 'standing');
  const satellites = await Promise.all(
    standing.flatMap((one) => [anchorsDifferences(one, network), exitsDifferences(one, network)]),
  );
  const differences = [
    ...(await mainTokenDifferences(deployment, network)),
    ...found.flatMap((one) => differencesOfOne(one, tokens)),
    ...satellites.flat(),
    ...unnamed.map((name) => whole(name, 'no such bridge', 'deployed, according to the record')),
  ];
  const pending = await Promise.all(standing.map((one) => pendingChanges(one, tokens)));
  return { differences, pending: pending.flat() };
}

function differencesOfOne(one: Found, tokens: Tokens): Difference[] {
  const { spec } = one;
  if (one.kind !== 'standing') {
    const record = one.kind === 'unfinished' ? one.record : undefined;
    for (const { symbol, address } of record?.productTokens ?? []) tokens.set(spec.name, symbol, address);
    return [whole(spec.name, 'two bridges', one.kind === 'missing' ? 'none' : 'an unfinished deployment')];
  }
  const { main, product } = one.readings;
  const code = [...codeDifferences(spec, main.address, product), ...codeDifferences(spec, product.address, main)];
  try {
    return [...code, ...recordDifferences(one), ...differencesOfPair(one, tokens)];
  } catch (error) {
    // It locks the product token of a bridge that is not there.
    return [...code, whole(spec.name, 'pegs whose main tokens are known', messageOf(error))];
  }
}

/** The code may be of another release than this one; then it must at least be what that release left. */
function recordDifferences({ spec, record, readings }: Standing): Difference[] {
  const { rewards } = readings.main;
  const ofRewards = record?.rewards?.created?.codeHash;
  const path = `bridges.${spec.name}.rewards`;
  const satellite = codeOfRecord({ bridge: spec.name, side: 'main', path }, ofRewards, rewards?.code ?? '0x');
  const ofBridges = sides.flatMap((side) => {
    const recorded = record?.[side].created?.codeHash;
    const at = { bridge: spec.name, side, path: `bridges.${spec.name}.${side}` };
    const links = linkDifferences(record?.[side].links, readings[side]);
    const linked = links.map(({ expected, found }) => ({ ...at, expected, found }));
    return [...linked, ...codeOfRecord(at, recorded, readings[side].code)];
  });
  return [...ofBridges, ...satellite];
}

function codeOfRecord(
  at: Pick<Difference, 'bridge' | 'side' | 'path'>,
  recorded: Hex | undefined,
  code: Hex,
): Difference[] {
  const found = keccak256(code);
  if (recorded === undefined || recorded === found) return [];
  return [{ ...at, expected: `code of hash ${recorded}, according to the record`, found }];
}

/** The libraries in the code of a bridge against those that the record links. */
const linkDifferences = (recorded: Links = {}, { libraries }: BridgeReading) =>
  libraries.flatMap(({ name, address }) => {
    const expected = recorded[name];
    if (expected === undefined || isAddressEqual(expected, address)) return [];
    return [{ expected: `the library ${name} at ${expected}, by the record`, found: `at ${address}` }];
  });

const whole = (bridge: string, expected: string, found: string): Difference => ({
  ...{ bridge, side: undefined, path: `bridges.${bridge}`, expected, found },
});

interface VerifyFlags {
  readonly record?: string;
  readonly bridge?: readonly string[];
  readonly json: boolean;
}

export async function verifyDeployment(file: string, flags: VerifyFlags, io: Io): Promise<number> {
  using output = openListOutput(flags.json, io);
  const deployment = readDeployment(file);
  const journal = openJournal(flags.record ?? recordFolder(file));
  const known = [...deployment.bridges.map(({ name }) => name), ...Object.keys(journal.pairs())];
  const unknown = flags.bridge?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw wrong(
      `--bridge: neither file nor record has ${unknown}`,
      `expected one of ${[...new Set(known)].join(', ')}`,
    );
  }
  const verified = await verify(deployment, journal);
  const isMeant = ({ bridge }: { readonly bridge: string }) => flags.bridge?.includes(bridge) ?? true;
  const differences = verified.differences.filter(isMeant);
  for (const difference of differences) output.result(describeDifference(difference), difference);
  if (differences.length === 0 && !output.json) {
    const names = flags.bridge ?? deployment.bridges.map(({ name }) => name);
    output.result(output.green(`${names.join(', ')}: matches the file`), {});
  }
  for (const { bridge, side, now: _, ...pending } of verified.pending.filter(isMeant)) {
    output.result(describePending({ bridge, side, now: _, ...pending }), { bridge, side, pending });
  }
  return differences.length > 0 ? 1 : 0;
}
