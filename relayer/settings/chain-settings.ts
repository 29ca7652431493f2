import { z } from 'zod';

import { type HeaderRule, headerRules } from '../../protocol/proof/header.ts';
import { httpUrl, seconds, wei } from './fields.ts';

/** One node: its JSON-RPC URL, and a WebSocket URL where it has one. */
const node = z.union(
  [
    httpUrl,
    z.strictObject({ url: httpUrl, ws: z.url({ protocol: /^wss?$/, error: 'expected a ws:// or wss:// URL' }) }),
  ],
  { error: 'expected an http:// or https:// URL, or { "url": that, "ws": a ws:// or wss:// URL of the same node }' },
);

/** Of several nodes, so many that no two groups of them can agree on different answers. */
const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;

export const chainSettings = {
  chainId: z.int().positive().describe('Chain id that every node must return for `eth_chainId`.'),
  rpcUrls: z
    .array(node)
    .min(1)
    .describe(
      'One node each, as a URL or as `{ "url", "ws" }`; your own first. Every node is queried, none is a fallback. ' +
        'Credentials in a URL are sent as an `Authorization` header and never printed. New heads by `ws` replace polling.',
    ),
  rpcQuorum: z
    .int()
    .positive()
    .optional()
    .describe(
      'Number of nodes that must agree; default: a majority of `rpcUrls`. Use 1 only with a node of your own: it is trusted alone.',
    ),
  finality: z
    .union([z.literal('finalized'), z.strictObject({ depth: z.int().min(0) })])
    .optional()
    .describe(
      'Finality rule: the `finalized` tag, or a number of blocks below the head. Default: `"finalized"`; `{ "depth": 0 }` ' +
        'with the headerRule `qbft` or `ibft2`, whose nodes have no such tag and whose blocks are final at once.',
    ),
  proof: z
    .enum(['receipts', 'witnesses'])
    .default('receipts')
    .describe(
      '`receipts` recomputes header hash and receipts root; `witnesses` requires rpcQuorum equal answers. With an `rpcQuorum` of 1 neither proves anything: the logs are as one node returns them.',
    ),
  headerRule: z
    .enum(headerRules)
    .default('ethereum')
    .describe('Header format and hash of this chain; used by `receipts`.'),
  logRange: z.int().positive().default(2_000).describe('Maximum block range of one `eth_getLogs` at these nodes.'),
  maxFeePerGas: wei.default(500_000_000_000n).describe('Fee cap, in wei; sending resumes when fees fall below it.'),
  staleSeconds: seconds
    .default(1_800)
    .describe('Time without a new final block that is a fault: several times the usual interval of this chain.'),
  requestTimeoutSeconds: seconds.default(10).describe('Timeout of a request to a node.'),
  batch: z
    .boolean()
    .default(true)
    .describe(
      'Sends simultaneous requests to a node in one JSON-RPC batch. A node that refuses batches gets single requests ' +
        'anyway; `false` spares it the attempts.',
    ),
};

interface Quorum {
  readonly rpcQuorum?: number | undefined;
  readonly rpcUrls: readonly unknown[];
}

export const quorumFits = ({ rpcQuorum = 1, rpcUrls }: Quorum): boolean => rpcQuorum <= rpcUrls.length;

export const quorumProblem = {
  path: ['rpcQuorum'],
  error: (issue: { readonly input?: unknown }) => {
    const { rpcQuorum, rpcUrls } = issue.input as Quorum;
    return `expected at most the number of rpcUrls (${rpcUrls.length}), found ${rpcQuorum}`;
  },
};

/** The finality of a chain by default: nodes of BFT chains of Besu answer the tag `finalized` with an error. */
export const finalityOf = (headerRule: HeaderRule | undefined): Finality =>
  headerRule === 'qbft' || headerRule === 'ibft2' ? { depth: 0 } : 'finalized';

type Finality = 'finalized' | { readonly depth: number };

/** Defaults that depend on other settings of the chain. */
export const withDefaults = <
  const T extends Quorum & { readonly finality?: Finality | undefined; readonly headerRule: HeaderRule },
>({
  rpcQuorum,
  finality,
  ...rest
}: T) => ({
  ...rest,
  rpcQuorum: rpcQuorum ?? majorityOf(rest.rpcUrls.length),
  finality: finality ?? finalityOf(rest.headerRule),
});
