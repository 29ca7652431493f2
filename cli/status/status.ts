import type { BridgesView, PegView, StatusView } from '../../protocol/api-types.ts';
import { askAll, ask, type Told } from '../inspect/ask-relayers.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import type { TokenName } from '../inspect/format.ts';
import { type SignerRelayer, type Target, openChainClients, targetsOf } from '../inspect/target.ts';
import { readName } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { askStatus, baseUrlOf } from './ask-status.ts';
import { type Order, bridgesOf, hasProblem, reportBridges, sorted } from './bridge-table.ts';
import { type Fleet, fleetOf, isImpaired, isShort } from './fleet.ts';
import { namedBy, readOperators, relayersOf } from './operators.ts';
import { readChains } from './read-chains.ts';
import { reportFleet } from './report-fleet.ts';

interface StatusFlags extends PlaceFlags {
  readonly api?: readonly string[];
  readonly deployment?: string;
  readonly problems: boolean;
  readonly sort: Order;
  readonly json: boolean;
}

/** `pegway status` */
export async function status(flags: StatusFlags, io: Io): Promise<number> {
  const output = openOutput(flags.json, io);
  const operators = flags.deployment === undefined ? undefined : readOperators(flags.deployment, flags.bridge);
  // The file is enough to reach all relayers; with a configuration, their own nodes are read, too.
  const isPlaced = flags.config !== undefined || flags.data !== undefined;
  const targets = flags.api !== undefined || (operators !== undefined && !isPlaced) ? [] : targetsOf(flags, io);
  const [only, another] = targets;
  if (another !== undefined) return statusOfSeveral(targets, flags, output);
  const named = operators === undefined ? [] : relayersOf(operators);
  const relayers = only?.signers ?? flags.api?.map((url) => ({ url })) ?? named;
  if (relayers.length === 0) throw wrong(`${flags.deployment} names no relayer`, 'add operators with their url');
  return statusOfOne(operators === undefined ? relayers : namedBy(operators, relayers), only, output);
}

const nowSeconds = (): number => Date.now() / 1_000;

async function statusOfOne(
  relayers: readonly SignerRelayer[],
  target: Target | undefined,
  output: Output,
): Promise<number> {
  const urls = relayers.map(({ url }) => url);
  const answered = (told: Told<unknown>) => 'value' in told;
  const [statuses, pegs, chains] = await output.waiting(
    'the relayers and nodes',
    Promise.all([
      askAll<Told<StatusView>>(urls, askStatus, answered),
      askAll<Told<readonly PegView[]>>(urls, (url, signal) => ask(url, '/v1/pegs', signal), answered),
      target === undefined ? undefined : readChains([target.config]),
    ]),
  );
  const now = nowSeconds();
  const fleet = fleetOf({ statuses, pegs, relayers, chains: chains?.[0], now });
  const names = target === undefined ? new Map<string, TokenName>() : await tokenNames(fleet, target);
  const { width, results: paint } = output;
  output.result(reportFleet(fleet, { names, now, width, paint }), toJson(fleet));
  return isImpaired(fleet) ? 1 : 0;
}

/** Relayers report addresses; symbols and decimals are on the chains. */
async function tokenNames({ pegs, hung }: Fleet, { config }: Target): Promise<Map<string, TokenName>> {
  const names = new Map<string, TokenName>();
  await using chains = openChainClients(config);
  const asked = new Set<string>();
  await Promise.all(
    pegs.flatMap((peg) =>
      (['main', 'product'] as const).map(async (side) => {
        const token = side === 'main' ? peg.mainToken : peg.productToken;
        // A node that does not answer would be waited for.
        if (hung.includes(side) || asked.has(token)) return;
        asked.add(token);
        const name = await readName(chains[side], token);
        if (name !== undefined) names.set(token, name);
      }),
    ),
  );
  return names;
}

async function statusOfSeveral(
  targets: readonly Target[],
  { problems, sort }: Pick<StatusFlags, 'problems' | 'sort'>,
  output: Output,
): Promise<number> {
  const urls = [...new Set(targets.flatMap(({ signers }) => signers.map(({ url }) => baseUrlOf(url))))];
  const asking = async (url: string, signal: AbortSignal) =>
    [url, await ask<BridgesView>(url, '/v1/bridges', signal)] as const;
  const [answers, chains] = await output.waiting(
    'the relayers and nodes',
    Promise.all([askAll(urls, asking, ([, told]) => 'value' in told), readChains(targets.map(({ config }) => config))]),
  );
  const found = bridgesOf(targets, new Map(answers), chains, nowSeconds());
  const shown = sorted(problems ? found.bridges.filter(hasProblem) : found.bridges, sort);
  const { width, results: paint } = output;
  const bridges = { ...found, bridges: shown };
  output.result(reportBridges(bridges, found.bridges.length, { width, paint }), bridges);
  return found.silent.length > 0 || found.bridges.some((row) => row.hung.length > 0 || isShort(row)) ? 1 : 0;
}

const toJson = ({ signers, ...rest }: Fleet): object => ({
  ...rest,
  signers: signers.map(({ status: answer, ...row }) => ({
    ...row,
    ...(answer === undefined ? {} : { status: answer }),
  })),
});
