import { readFileSync } from 'node:fs';

import { type Address, type Hex, erc20Abi, isAddressEqual, zeroAddress } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../sdk/index.ts';
import type { StatusView } from '../../protocol/api-types.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { eventually } from '../support/wait.ts';
import type { ChaosNet } from './net.ts';

/** Violations found; empty on success. */
export type Verdict = readonly string[];

interface Departure {
  readonly nonce: bigint;
  readonly recipient: Address;
  readonly amount: bigint;
}

/** One call that executed transfers, and the amounts that its transaction paid or minted. */
interface Execution {
  readonly nonces: readonly bigint[];
  readonly hash: Hex;
}

/** Number of departed transfers that are not executed, at the newest blocks. */
export const openOf = async (net: ChaosNet): Promise<number> =>
  (await lanesOf(net)).reduce((sum, lane) => sum + lane.open, 0);

/** Waits until every departed transfer has been executed. */
export async function settle(net: ChaosNet, patienceSeconds: number): Promise<Verdict> {
  try {
    await eventually('all transfers are executed', async () => (await openOf(net)) === 0, patienceSeconds);
    return [];
  } catch {
    const left = (await lanesOf(net)).filter((lane) => lane.open > 0);
    return left.map((lane) => `${lane.name}: ${lane.open} of ${lane.end} are still open after ${patienceSeconds} s`);
  }
}

/** A net has one bridge, or many between the same two chains. */
export const bridgesOf = ({ devnet: { file } }: Pick<ChaosNet, 'devnet'>) => [file, ...file.others];

type Peg = ChaosNet['devnet']['file']['pegs'][number];
type Bridge = ReturnType<typeof bridgesOf>[number];

/** Pegs to which all rules still apply. */
const pegsOf = (net: ChaosNet) =>
  bridgesOf(net).flatMap((bridge) =>
    bridge.pegs.filter(({ productToken }) => !net.robbed.has(productToken)).map((peg) => ({ bridge, peg })),
  );

interface Lane {
  readonly name: string;
  readonly bridge: Bridge;
  readonly peg: Peg;
  readonly source: Side;
  readonly destination: Side;
}

/** In bytes of call data, so that the results of a call fit in 24 kB: they return as the code of a contract. */
const MULTICALL_BYTES = 4_096;

/** Reads a view of the lanes' bridges, in few requests. */
export const readLanes = async <T>(
  net: Pick<ChaosNet, 'holder'>,
  calls: readonly {
    readonly side: Side;
    readonly bridge: Bridge;
    readonly functionName: string;
    readonly args: readonly unknown[];
  }[],
): Promise<readonly T[]> => {
  const results = new Map<(typeof calls)[number], T>();
  await Promise.all(
    sides.map(async (side) => {
      const here = calls.filter((call) => call.side === side);
      const contracts = here.map(({ bridge, functionName, args }) => ({
        ...{ address: bridge[side].bridge, abi: mainBridgeAbi, functionName, args },
      }));
      const options = { allowFailure: false, deployless: true, batchSize: MULTICALL_BYTES } as const;
      const read = (await net.holder[side].reader.multicall({
        ...options,
        contracts: contracts as never,
      })) as readonly T[];
      for (const [index, call] of here.entries()) results.set(call, read[index] as T);
    }),
  );
  return calls.map((call) => results.get(call) as T);
};

async function lanesOf(net: ChaosNet) {
  const isOne = bridgesOf(net).length === 1;
  const lanes = pegsOf(net).flatMap(({ bridge, peg }): Lane[] => {
    const of = isOne ? peg.symbol : `${peg.symbol} of ${bridge.name}`;
    return [
      { name: `mint ${of}`, bridge, peg, source: 'main', destination: 'product' },
      { name: `withdraw ${of}`, bridge, peg, source: 'product', destination: 'main' },
    ];
  });
  const ends = await readLanes<bigint>(
    net,
    lanes.map(({ bridge, peg, source }) => ({
      ...{ side: source, bridge, functionName: 'outboundNonce', args: [peg.productToken] },
    })),
  );
  const bitmaps = await readLanes<readonly bigint[]>(
    net,
    lanes.map(({ bridge, peg, destination }, index) => ({
      ...{ side: destination, bridge, functionName: 'executedWords' },
      args: [peg.productToken, 0n, (ends[index] ?? 0n) / 256n + 2n],
    })),
  );
  return lanes.map((lane, index) => {
    const end = ends[index] ?? 0n;
    const words = bitmaps[index] ?? [];
    const isSet = (nonce: bigint) => (((words[Number(nonce / 256n)] ?? 0n) >> (nonce % 256n)) & 1n) === 1n;
    let open = 0;
    for (let nonce = 0n; nonce < end; nonce++) if (!isSet(nonce)) open++;
    let beyond = 0;
    for (let nonce = end; nonce < BigInt(words.length) * 256n; nonce++) if (isSet(nonce)) beyond++;
    return { ...lane, end, open, beyond };
  });
}

/** Checks every invariant from the two chains alone, and that no relayer raised a false alarm. */
export async function checkInvariants(net: ChaosNet): Promise<Verdict> {
  const wrong: string[] = [];
  for (const lane of await lanesOf(net)) {
    if (lane.beyond > 0) wrong.push(`${lane.name}: ${lane.beyond} nonces were executed that the source never emitted`);
    const departures = await departuresOf(net, lane);
    const executions = await executionsOf(net, lane);
    wrong.push(...compareNonces(lane.name, lane.end, departures, executions));
    wrong.push(...(await comparePayments(net, lane, departures, executions)));
  }
  wrong.push(...(await books(net)));
  wrong.push(...alarms(net));
  wrong.push(...(await unseen(net)));
  return wrong;
}

/** Executions that paid other amounts than their departures, while transfers are under way. */
export async function wrongPayments(net: ChaosNet): Promise<Verdict> {
  const wrong: string[] = [];
  for (const lane of await lanesOf(net)) {
    // In this order, so that every execution has its departure.
    const executions = await executionsOf(net, lane);
    const departures = await departuresOf(net, lane);
    wrong.push(...(await comparePayments(net, lane, departures, executions)).filter((one) => one.includes(' paid [')));
  }
  return wrong;
}

async function departuresOf(net: ChaosNet, { bridge, peg: { productToken }, source }: Lane): Promise<Departure[]> {
  const { reader } = net.holder[source];
  const range = { address: bridge[source].bridge, args: { productToken }, fromBlock: 0n, strict: true } as const;
  if (source === 'main') {
    const logs = await reader.getContractEvents({ ...range, abi: mainBridgeAbi, eventName: 'MainTokenDeposited' });
    return logs.map(({ args: { nonce, recipient, productAmount } }) => ({ nonce, recipient, amount: productAmount }));
  }
  const logs = await reader.getContractEvents({ ...range, abi: productBridgeAbi, eventName: 'ProductTokenRedeem' });
  return logs.map(({ args: { nonce, recipient, mainAmount } }) => ({ nonce, recipient, amount: mainAmount }));
}

async function executionsOf(net: ChaosNet, { bridge, peg: { productToken }, destination }: Lane): Promise<Execution[]> {
  const logs = await net.holder[destination].reader.getContractEvents({
    ...{ address: bridge[destination].bridge, abi: mainBridgeAbi, eventName: 'TransfersExecuted' },
    ...{ args: { productToken }, fromBlock: 0n, strict: true },
  });
  return logs.map(({ args: { firstNonce, mask }, transactionHash }) => {
    const nonces = Array.from({ length: 256 }, (_, k) => BigInt(k))
      .filter((k) => ((mask >> k) & 1n) === 1n)
      .map((k) => firstNonce + k);
    return { nonces, hash: transactionHash };
  });
}

function compareNonces(
  name: string,
  end: bigint,
  departures: readonly Departure[],
  executions: readonly Execution[],
): string[] {
  const wrong: string[] = [];
  if (BigInt(departures.length) !== end) wrong.push(`${name}: ${departures.length} events for ${end} nonces`);
  const times = new Map<bigint, number>();
  for (const nonce of executions.flatMap(({ nonces }) => nonces)) times.set(nonce, (times.get(nonce) ?? 0) + 1);
  for (const [nonce, count] of times) if (count > 1) wrong.push(`${name}: nonce ${nonce} was executed ${count} times`);
  const missing = departures.filter(({ nonce }) => !times.has(nonce));
  if (missing.length > 0)
    wrong.push(`${name}: nonce ${missing[0]?.nonce} and ${missing.length - 1} more have no execution`);
  return wrong;
}

/** Requires each call to pay exactly the holders of its nonces, and no other account. */
async function comparePayments(
  net: ChaosNet,
  lane: Lane,
  departures: readonly Departure[],
  executions: readonly Execution[],
): Promise<string[]> {
  const payer = lane.destination === 'product' ? zeroAddress : lane.bridge.main.bridge;
  const token = lane.destination === 'product' ? lane.peg.productToken : lane.peg.mainToken;
  const logs = await net.holder[lane.destination].reader.getContractEvents({
    ...{ address: token, abi: erc20Abi, eventName: 'Transfer', args: { from: payer }, fromBlock: 0n, strict: true },
  });
  const paid = Map.groupBy(logs, ({ transactionHash }) => transactionHash);
  const owed = new Map(departures.map((departure) => [departure.nonce, departure]));
  const write = (recipient: Address, amount: bigint) => `${amount} to ${recipient.toLowerCase()}`;

  const wrong: string[] = [];
  for (const { nonces, hash } of executions) {
    const due = nonces
      .flatMap((nonce) => owed.get(nonce) ?? [])
      .map(({ recipient, amount }) => write(recipient, amount));
    const got = (paid.get(hash) ?? []).map(({ args: { to, value } }) => write(to, value));
    if (due.toSorted().join() !== got.toSorted().join()) {
      wrong.push(`${lane.name}: ${hash} was to pay [${due.join(', ')}] and paid [${got.join(', ')}]`);
    }
    paid.delete(hash);
  }
  // Two pegs may share a main token: exclude payments by the other lane, which is checked separately.
  const strangers = [...paid].filter(([, transfers]) => lane.destination === 'product' && transfers.length > 0);
  for (const [hash] of strangers) wrong.push(`${lane.name}: ${hash} minted without an execution`);
  return wrong.slice(0, 5);
}

/** Checks rule 1 at rest, from the events of every block as well as from the bridges' state. */
async function books(net: ChaosNet): Promise<string[]> {
  const wrong: string[] = [];
  const owed = new Map<Bridge, Map<Address, bigint>>();
  const { reader } = net.holder.main;
  const pegs = pegsOf(net);
  const lockedAmounts = await readLanes<bigint>(
    net,
    pegs.map(({ bridge, peg }) => ({ side: 'main', bridge, functionName: 'locked', args: [peg.productToken] })),
  );
  for (const [index, { bridge, peg }] of pegs.entries()) {
    const { productToken, mainToken, symbol, numerator, denominator } = peg;
    const locked = lockedAmounts[index] ?? 0n;
    const supply = await net.holder.product.reader.readContract({
      ...{ address: productToken, abi: erc20Abi, functionName: 'totalSupply' },
    });
    if (locked * BigInt(numerator) !== supply * BigInt(denominator)) {
      wrong.push(
        `${symbol} of ${bridge.name}: ${locked} are locked at ${numerator}/${denominator}, and ${supply} are out`,
      );
    }
    const ofBridge = owed.get(bridge) ?? new Map<Address, bigint>();
    owed.set(bridge, ofBridge.set(mainToken, (ofBridge.get(mainToken) ?? 0n) + locked));
  }
  const paymentsOf = new Map<Address, ReturnType<typeof transfersOf>>();
  const transfersOf = (address: Address) =>
    reader.getContractEvents({ address, abi: erc20Abi, eventName: 'Transfer', fromBlock: 0n, strict: true });
  for (const [bridge, tokens] of owed) {
    const holder = bridge.main.bridge;
    for (const [mainToken, locked] of tokens) {
      const args = [holder] as const;
      const balance = await reader.readContract({ address: mainToken, abi: erc20Abi, functionName: 'balanceOf', args });
      if (balance < locked) wrong.push(`${bridge.name} has ${balance} of ${mainToken}, and ${locked} are locked`);
      // The bridges share their main tokens.
      const payments = paymentsOf.get(mainToken) ?? transfersOf(mainToken);
      paymentsOf.set(mainToken, payments);
      let held = 0n;
      for (const { args: transfer, blockNumber } of await payments) {
        if (isAddressEqual(transfer.to, holder)) held += transfer.value;
        if (isAddressEqual(transfer.from, holder)) held -= transfer.value;
        if (held < 0n) wrong.push(`${bridge.name} has paid more of ${mainToken} than it took by block ${blockNumber}`);
      }
    }
  }
  return wrong;
}

/** Nodes and peers misbehave, but the bridge itself never fails: any of these alarms is false. */
const FALSE_ALARMS = /"code":"(audit-broken|second-content|finality-reversed)"/;

/** Prefix of a fatal error: no fault may terminate a relayer. */
const LAST_WORDS = 'pegway: ';

/** Log lines that no relayer may emit. */
export function alarms({ logFiles, robbed }: ChaosNet): string[] {
  const isTrue = (line: string) => [...robbed].some((productToken) => line.includes(`audit ${productToken}`));
  return logFiles.flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n');
    const [alarm] = lines.filter((line) => FALSE_ALARMS.test(line) && !isTrue(line));
    const [end] = lines.filter((line) => line.startsWith(LAST_WORDS));
    return [
      ...(alarm === undefined ? [] : [`a false alarm in ${file}: ${alarm}`]),
      ...(end === undefined ? [] : [`a relayer ended by itself, ${file}: ${end}`]),
    ];
  });
}

/** Relayers that do not detect the theft from a peg. */
async function unseen({ devnet: { members }, robbed }: ChaosNet): Promise<string[]> {
  const wrong: string[] = [];
  for (const productToken of robbed) {
    for (const { index, apiUrl } of members) {
      await eventually('its audit is broken', () => isBroken(apiUrl, productToken), SEEN_SECONDS).catch(() => {
        wrong.push(`relayer ${index} does not see that ${productToken} was robbed`);
      });
    }
  }
  return wrong;
}

const SEEN_SECONDS = 20;

async function isBroken(apiUrl: string, productToken: Address): Promise<boolean> {
  const { problems } = (await (await fetch(`${apiUrl}/v1/status`)).json()) as StatusView;
  return problems.some(({ part, code }) => code === 'audit-broken' && part === `audit ${productToken}`);
}
