// Recomputes the rewards of a bridge (docs/rewards.md) from two nodes, and prints every finished period of every main token
// as JSON. Shares no code with the relayer: compare its roots with those that `pegway rewards compute` prints and that the
// Rewards contract holds.
//
//   node scripts/recompute-rewards.ts --main URL --product URL --bridge MAIN_BRIDGE [--from-main BLOCK]
//     [--from-product BLOCK] [--range BLOCKS] [--until SECONDS]
//
// It trusts the two nodes: use your own. Without `--until` it ends with the earlier of their finalized blocks.
import { parseArgs } from 'node:util';

import {
  type AbiEvent,
  type Address,
  type Hex,
  type PublicClient,
  createPublicClient,
  encodeAbiParameters,
  getAddress,
  // One pass over the chains needs neither quorum nor batches.
  // oxlint-disable-next-line no-restricted-imports
  http,
  keccak256,
  parseAbi,
  zeroHash,
} from 'viem';

/** One event, in the form of docs/rewards-vectors.json: times in seconds, integers beyond 2^53 as decimal strings. */
export interface Fact {
  readonly side: 'main' | 'product';
  readonly kind: 'signers' | 'executed' | 'released' | 'bounced' | 'collected' | 'departed';
  readonly at: number;
  readonly productToken?: string;
  readonly transaction?: string;
  readonly submitter?: string;
  readonly signers?: readonly string[];
  readonly firstNonce?: string;
  readonly nonce?: string;
  readonly mask?: string;
  readonly signerMask?: number;
  readonly amount?: string;
}

export interface Period {
  readonly period: number;
  readonly endsAt: number;
  readonly distributed: string;
  readonly carried: string;
  readonly total: string;
  readonly root: string;
  readonly earned: Readonly<Record<string, string>>;
}

const DAY = 86_400;
const MONDAY = Date.UTC(2024, 0, 1) / 1_000;

/** The first second of the week after the one that holds `at`. */
const weekEnd = (at: number): number => MONDAY + (Math.floor((at - MONDAY) / (7 * DAY)) + 1) * 7 * DAY;

const bits = (mask: bigint): number[] =>
  Array.from({ length: mask.toString(2).length }, (_, index) => index).filter(
    (bit) => ((mask >> BigInt(bit)) & 1n) === 1n,
  );

const UNITS: Readonly<Record<string, readonly [perTransaction: number, perTransfer: number]>> = {
  'executed product': [69, 25],
  'executed main': [73, 26],
  released: [38, 35],
  bounced: [21, 70],
};

/** Divides `amount`: half by units of work, half equally to the signers of at least a tenth of the calls. */
function split(amount: bigint, facts: readonly (Fact & { readonly by?: readonly string[] })[]): Map<string, bigint> {
  const units = new Map<string, number>();
  const calls = facts.filter(({ kind }) => kind === 'executed');
  const seen = new Set<string>();
  for (const { kind, side, transaction, submitter, mask } of [
    ...calls,
    ...facts.filter((fact) => fact.kind !== 'executed'),
  ]) {
    const [perTransaction, perTransfer] = UNITS[kind] ?? UNITS[`${kind} ${side}`] ?? [0, 0];
    if (submitter === undefined) continue;
    const call = `${kind} ${side} ${transaction}`;
    const items = kind === 'executed' ? bits(BigInt(mask ?? 0)).length : 1;
    units.set(submitter, (units.get(submitter) ?? 0) + (seen.has(call) ? 0 : perTransaction) + items * perTransfer);
    seen.add(call);
  }
  const result = new Map<string, bigint>();
  const add = (account: string, share: bigint) => result.set(account, (result.get(account) ?? 0n) + share);
  const half = amount / 2n;
  const all = [...units.values()].reduce((a, b) => a + b, 0);
  for (const [account, own] of units) add(account, (half * BigInt(own)) / BigInt(all));
  const accounts = [...new Set(calls.flatMap(({ by = [] }) => by))];
  const present = accounts.filter((one) => calls.filter(({ by = [] }) => by.includes(one)).length * 10 >= calls.length);
  for (const signer of present) add(signer, (amount - half) / BigInt(present.length));
  return result;
}

const hashPair = (a: string, b: string): Hex => {
  const [low = '', high = ''] = [a, b].sort();
  return keccak256(`0x${low.slice(2)}${high.slice(2)}`);
};

/** As `StandardMerkleTree` of OpenZeppelin builds it. */
function merkleRoot(earned: ReadonlyMap<string, bigint>): string {
  const leaves = [...earned].map(([account, amount]) =>
    keccak256(keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [account as Address, amount]))),
  );
  leaves.sort();
  const node = (index: number): string =>
    index >= leaves.length - 1
      ? (leaves[2 * leaves.length - 2 - index] ?? zeroHash)
      : hashPair(node(2 * index + 1), node(2 * index + 2));
  return leaves.length === 0 ? zeroHash : node(0);
}

/**
 * @param facts In chain order on each side.
 * @param mainTokens The main token of each peg, by product token.
 * @param until In seconds: all earlier events are among the facts.
 */
export function recompute(
  facts: readonly Fact[],
  mainTokens: Readonly<Record<string, string>>,
  until: number,
): Record<string, Period[]> {
  // The signers of each execution, before anything is divided by week.
  const lists: Partial<Record<Fact['side'], readonly string[]>> = {};
  const signed = facts.map((fact) => {
    if (fact.kind === 'signers') lists[fact.side] = fact.signers ?? [];
    const list = lists[fact.side] ?? [];
    const by = fact.kind === 'executed' ? bits(BigInt(fact.signerMask ?? 0)).flatMap((index) => list[index] ?? []) : [];
    return { ...fact, by };
  });
  const sent = new Map(
    facts.flatMap((fact) =>
      fact.kind === 'departed' ? [[`${fact.productToken}/${fact.nonce}`, BigInt(fact.amount ?? 0)]] : [],
    ),
  );
  const arrival = (fact: Fact): bigint => {
    if (fact.kind === 'collected') return BigInt(fact.amount ?? 0);
    if (fact.side !== 'main') return 0n;
    const nonces =
      fact.kind === 'executed'
        ? bits(BigInt(fact.mask ?? 0)).map((bit) => BigInt(fact.firstNonce ?? 0) + BigInt(bit))
        : fact.kind === 'released'
          ? [BigInt(fact.nonce ?? 0)]
          : [];
    return nonces.reduce((all, nonce) => all + (sent.get(`${fact.productToken}/${nonce}`) ?? 0n), 0n);
  };
  const counts = (fact: Fact): boolean =>
    ['released', 'bounced'].includes(fact.kind) || (fact.kind === 'executed' && BigInt(fact.mask ?? 0) !== 0n);

  const result: Record<string, Period[]> = {};
  for (const token of [...new Set(Object.values(mainTokens))]) {
    const own = signed.filter(
      ({ productToken = '', at }) => mainTokens[productToken] === token && weekEnd(at) <= until,
    );
    const ends = [...new Set(own.filter((fact) => arrival(fact) > 0n).map(({ at }) => weekEnd(at)))].sort(
      (a, b) => a - b,
    );
    const earned = new Map<string, bigint>();
    let [carried, begin] = [0n, 0];
    result[token] = ends.map((endsAt, index): Period => {
      const within = own.filter(({ at }) => at >= begin && at < endsAt);
      begin = endsAt;
      const distributed = carried + within.reduce((all, fact) => all + arrival(fact), 0n);
      const shares = split(distributed, within.filter(counts));
      for (const [account, share] of shares) if (share > 0n) earned.set(account, (earned.get(account) ?? 0n) + share);
      carried = distributed - [...shares.values()].reduce((a, b) => a + b, 0n);
      const sorted = [...earned].sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
      return {
        ...{ period: index + 1, endsAt, distributed: `${distributed}`, carried: `${carried}` },
        total: `${[...earned.values()].reduce((a, b) => a + b, 0n)}`,
        root: merkleRoot(earned),
        earned: Object.fromEntries(sorted.map(([account, amount]) => [account, `${amount}`])),
      };
    });
  }
  return result;
}

const abi = parseAbi([
  'event SignersChanged(uint64 indexed signerEpoch, address[] signers, uint256 threshold)',
  'event TransfersExecuted(address indexed productToken, uint64 indexed firstNonce, uint256 mask, uint32 signerMask, bytes32 digest)',
  'event TransferReleased(address indexed productToken, uint64 indexed nonce)',
  'event TransferBounced(address indexed productToken, uint64 indexed nonce, uint64 returnNonce)',
  'event FeesCollected(address indexed productToken, uint256 amount)',
  'event ProductTokenRedeem(address indexed productToken, uint64 indexed nonce, address indexed redeemer, address recipient, uint256 productAmount, uint256 mainAmount, uint64 previousBlock)',
  'function remoteBridge() view returns (address)',
]);
const pegOpened = parseAbi([
  'event PegOpened(address indexed productToken, address indexed mainToken, uint128 numerator, uint128 denominator, uint128 minimum, uint32 gasCap, uint112 maximumFlat, uint128 departMinimum)',
]);

const KINDS: Readonly<Record<string, Fact['kind']>> = {
  SignersChanged: 'signers',
  TransfersExecuted: 'executed',
  TransferReleased: 'released',
  TransferBounced: 'bounced',
  FeesCollected: 'collected',
  ProductTokenRedeem: 'departed',
};

interface Range {
  readonly from: bigint;
  readonly to: bigint;
  readonly size: bigint;
}

function* parts({ from, to, size }: Range): Generator<{ fromBlock: bigint; toBlock: bigint }> {
  for (let at = from; at <= to; at += size) yield { fromBlock: at, toBlock: at + size - 1n < to ? at + size - 1n : to };
}

async function factsOf(client: PublicClient, side: Fact['side'], bridge: Address, range: Range): Promise<Fact[]> {
  const facts: Fact[] = [];
  const events = abi.filter((item): item is Extract<(typeof abi)[number], AbiEvent> => item.type === 'event');
  for (const part of parts(range)) {
    for (const log of await client.getLogs({ address: bridge, events, ...part, strict: true })) {
      const kind = KINDS[log.eventName];
      if (kind === undefined) continue;
      const args = log.args as Record<string, unknown>;
      if (kind === 'departed' && getAddress(args['redeemer'] as string) !== getAddress(bridge)) continue;
      const { timestamp } = await client.getBlock({ blockNumber: log.blockNumber });
      const text = (name: string) => (args[name] === undefined ? {} : { [name]: `${args[name] as bigint}` });
      const productToken =
        args['productToken'] === undefined ? {} : { productToken: getAddress(args['productToken'] as string) };
      const isWork = ['executed', 'released', 'bounced'].includes(kind);
      const submitted = isWork
        ? {
            transaction: log.transactionHash,
            submitter: getAddress((await client.getTransaction({ hash: log.transactionHash })).from),
          }
        : {};
      facts.push({
        ...{ side, kind, at: Number(timestamp), ...productToken, ...submitted },
        ...(kind === 'signers' ? { signers: (args['signers'] as string[]).map((signer) => getAddress(signer)) } : {}),
        ...{ ...text('firstNonce'), ...text('nonce'), ...text('mask') },
        ...(args['signerMask'] === undefined ? {} : { signerMask: Number(args['signerMask']) }),
        ...(kind === 'departed' ? { amount: String(args['mainAmount']) } : text('amount')),
      });
    }
  }
  return facts;
}

/** Everything from the two chains. `bridge`: the main bridge. */
export async function recomputeFromChains(options: {
  readonly main: string;
  readonly product: string;
  readonly bridge: Address;
  readonly fromMain?: bigint;
  readonly fromProduct?: bigint;
  readonly size?: bigint;
  readonly until?: number;
}): Promise<Record<string, Period[]>> {
  const { bridge, fromMain = 0n, fromProduct = 0n, size = 2_000n } = options;
  const main = createPublicClient({ transport: http(options.main) });
  const product = createPublicClient({ transport: http(options.product) });
  const [productBridge, mainHead, productHead] = await Promise.all([
    main.readContract({ address: bridge, abi, functionName: 'remoteBridge' }),
    main.getBlock({ blockTag: 'finalized' }),
    product.getBlock({ blockTag: 'finalized' }),
  ]);
  const mainRange = { from: fromMain, to: mainHead.number, size };
  const mainTokens: Record<string, string> = {};
  for (const part of parts(mainRange)) {
    for (const { args } of await main.getLogs({ address: bridge, event: pegOpened[0], ...part, strict: true })) {
      mainTokens[getAddress(args.productToken)] = getAddress(args.mainToken);
    }
  }
  const facts = [
    ...(await factsOf(product, 'product', productBridge, { from: fromProduct, to: productHead.number, size })),
    ...(await factsOf(main, 'main', bridge, mainRange)),
  ];
  const heads = [mainHead, productHead].map(({ timestamp }) => Number(timestamp));
  return recompute(facts, mainTokens, options.until ?? Math.min(...heads));
}

if (import.meta.main) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ main: text, product: text, bridge: text, until: text, range: text },
      ...{ 'from-main': text, 'from-product': text },
    },
  });
  const { main, product, bridge, until } = values;
  if (main === undefined || product === undefined || bridge === undefined) {
    throw new Error('usage: recompute-rewards.ts --main URL --product URL --bridge MAIN_BRIDGE');
  }
  const periods = await recomputeFromChains({
    ...{ main, product, bridge: getAddress(bridge) },
    fromMain: BigInt(values['from-main'] ?? 0),
    fromProduct: BigInt(values['from-product'] ?? 0),
    size: BigInt(values.range ?? 2_000),
    ...(until === undefined ? {} : { until: Number(until) }),
  });
  console.log(JSON.stringify(periods, undefined, 2));
}
