import { type Hex, isHex } from 'viem';

import { PegwayError, type PegwayErrorOptions, messageOf } from '../../protocol/errors.ts';
import { createEndpointHealth } from './endpoint-health.ts';
import type { Endpoint } from './json-rpc-endpoint.ts';
import { type Answer, type Read, observed, read } from './quorum-read.ts';
import { createMergedCalls, viewIn } from './merged-calls.ts';
import { rateLimitAmong, waitOutRateLimits } from './rate-limits.ts';
import { isRefusal } from './revert.ts';
import { RpcError } from './rpc-errors.ts';

/**
 * The configured nodes of one chain. No single node is trusted unless `rpcQuorum` is 1, and no node is a fallback for
 * another. No read waits for a node that the quorum does not need.
 */
export interface RpcQuorum {
  /** In messages, logs and metrics. */
  readonly name: string;
  readonly chainId: number;
  readonly quorum: number;
  readonly endpoints: readonly Endpoint[];
  /**
   * The first result or revert of any node: for data that is verified later, or costs only time when wrong. Nodes are
   * queried in order, healthy ones first; the next one follows when a node takes longer than usual.
   */
  one<T>(method: string, params: readonly unknown[]): Promise<T>;
  /** As `one`, for several requests to the same node. `method` is the most expensive of them. */
  oneOf<T>(method: string, attempt: Attempt<T>, options?: Pick<Read<T, T>, 'isPatient'>): Promise<T>;
  /** Queries every node and waits for each; `onAnswer` receives responses as they arrive. */
  all<T>(
    method: string,
    params: readonly unknown[],
    onAnswer?: (answer: Answer<T>) => void,
  ): Promise<readonly Answer<T>[]>;
  /** Names of the nodes worth waiting for when `all` are queried: the healthy ones, or all when these are too few. */
  well(method: string): readonly string[];
  /** Names of the nodes that are slow for any class of methods. */
  slow(): readonly string[];
  /** Decides on the responses so far, as soon as they suffice; see `Read`. */
  read<T, R>(what: Read<T, R>): Promise<R>;
  /** The responses of all healthy nodes, except those that arrive more than `grace` milliseconds after the quorum. */
  most<T>(method: string, params: readonly unknown[], grace?: number): Promise<readonly Answer<T>[]>;
  /**
   * Resolves as soon as `quorum` nodes share a value, compared by `keyOf`. A response at which `keyOf` throws is
   * discarded, so that one malformed response cannot outweigh valid ones. `attempt` queries one node, where more than
   * one request is required. Views at a block hash that are read at the same time, compared by `asHex`, travel as one.
   */
  agree<T>(method: string, params: readonly unknown[], keyOf?: (value: T) => string, attempt?: Attempt<T>): Promise<T>;
}

type Attempt<T> = Read<T, unknown>['attempt'];

/** Parses the nodes' results; one at which `read` throws is discarded. */
export const readable = <T, R>(answers: readonly Answer<T>[], read: (value: T) => R): R[] =>
  answers.flatMap((answer) => {
    try {
      return 'result' in answer ? [read(answer.result)] : [];
    } catch {
      return [];
    }
  });

/** Validates a response: bytes or a quantity. @throws {TypeError} */
export function asHex(value: unknown): Hex {
  if (!isHex(value)) throw new TypeError(`expected hex, found ${JSON.stringify(value)}`);
  return value;
}

/** Too few nodes agree: wait and alarm, never lower the quorum. */
export class DisagreementError extends PegwayError {
  override readonly name = 'DisagreementError';

  /** @param cause The failure of one node, quoted if it explains why too few answered. */
  constructor(
    chain: string,
    what: string,
    answered: number,
    agreed: number,
    quorum: number,
    { cause, hint }: Pick<PegwayErrorOptions, 'cause' | 'hint'> = {},
  ) {
    const found = `${quorum} nodes must agree, ${answered} answered, at most ${agreed} agree`;
    const words = cause === undefined || answered >= quorum ? '' : `; ${messageOf(cause)}`;
    super(`${chain} chain: ${what}: ${found}${words}`, {
      code: answered < quorum ? 'rpc-unreachable' : 'rpc-disagreement',
      ...{ cause, ...(hint === undefined ? {} : { hint }) },
    });
  }
}

/** In milliseconds: how long startup waits for nodes beyond the quorum, to detect a misconfigured one. */
const GRACE_MS = 500;

export function createRpcQuorum(options: {
  readonly name: string;
  readonly chainId: number;
  readonly quorum: number;
  readonly endpoints: readonly Endpoint[];
  /** Called on every disagreement, for the alarm. */
  readonly onDisagreement: () => void;
  /** Called when a node becomes slow and when it has recovered. */
  readonly onSlow?: (endpoint: string, isSlow: boolean) => void;
  /** How long one read waits out the rate limits of nodes; default 0: loops repeat it themselves. */
  readonly rateLimitSeconds?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}): RpcQuorum {
  const { name, chainId, quorum, endpoints, onDisagreement, onSlow, now = () => performance.now() } = options;
  const patiently = <T>(attempt: () => Promise<T>): Promise<T> =>
    waitOutRateLimits(options.rateLimitSeconds ?? 0, attempt);
  const health = createEndpointHealth({ now, ...(onSlow === undefined ? {} : { onChange: onSlow }) });

  const oneOf: RpcQuorum['oneOf'] = <T>(
    method: string,
    attempt: Attempt<T>,
    options: Pick<Read<T, T>, 'isPatient'> = {},
  ): Promise<T> =>
    patiently(() =>
      read<T, T>(endpoints, health, {
        ...{ method, attempt, need: 1, inTurn: true, ...options },
        decide(answers) {
          const last = answers.at(-1);
          if (last === undefined) return undefined;
          if ('result' in last) return { value: last.result };
          // A revert is a result. A timeout is not, nor is the error of a node that lacks the block or is rate-limited.
          if (isRefusal(last.error)) throw last.error;
          return undefined;
        },
        otherwise(answers) {
          const errors = failuresOf(answers);
          throw (mostTelling(errors) ?? errors.at(-1) ?? tooFew(name, method, 1, [])) as Error;
        },
      }),
    );

  const agreeOnce = async <T>(
    method: string,
    params: readonly unknown[],
    keyOf = (value: T) => JSON.stringify(value),
    attempt: Attempt<T> = (request) => request<T>(method, params),
  ): Promise<T> => {
    const groups = new Map<string, { readonly value: T; count: number }>();
    let counted = 0;
    const add = (answer: Answer<T>): { readonly value: T; readonly count: number } | undefined => {
      const [known] = readable([answer], (value) => ({ value, key: keyOf(value) }));
      if (known === undefined) return undefined;
      const group = groups.get(known.key) ?? { value: known.value, count: 0 };
      group.count++;
      groups.set(known.key, group);
      return group;
    };
    return read<T, T>(endpoints, health, {
      ...{ method, need: quorum, attempt },
      decide(answers) {
        const news = answers.slice(counted);
        counted = answers.length;
        for (const answer of news) {
          const group = add(answer);
          if (group !== undefined && group.count >= quorum) return { value: group.value };
        }
        return undefined;
      },
      otherwise(answers) {
        const counts = [...groups.values()].map(({ count }) => count);
        const answered = counts.reduce((sum, count) => sum + count, 0);
        if (answered >= quorum) onDisagreement();
        const failures = failuresOf(answers);
        // A single node cannot disagree with itself: throw its own error.
        if (endpoints.length === 1 && failures.length > 0) throw failures[0];
        throw new DisagreementError(name, method, answered, Math.max(0, ...counts), quorum, {
          cause: rateLimitAmong(failures) ?? failures[0],
        });
      },
      onLate(answer) {
        // Two quorums for two values. For a moving target such as `latest`, both may be right.
        if (quorum > 1 && isPinned(params) && add(answer)?.count === quorum) onDisagreement();
      },
    });
  };
  const agree = <T>(...query: Parameters<typeof agreeOnce<T>>): Promise<T> => patiently(() => agreeOnce(...query));

  const merged = createMergedCalls({
    agree: (params, keyOf = asHex) => agree<Hex>('eth_call', params, keyOf),
    now,
  });

  return {
    ...{ name, chainId, quorum, endpoints, oneOf },
    read: (what) => patiently(() => read(endpoints, health, what)),
    slow: () => endpoints.map((endpoint) => endpoint.name).filter((one) => health.isSlow(one)),
    well(method) {
      const names = endpoints.map((endpoint) => endpoint.name);
      const well = names.filter((one) => health.isWell(one, method) && !health.isSlow(one));
      return well.length >= quorum ? well : names;
    },
    one: <T>(method: string, params: readonly unknown[]) => oneOf<T>(method, (request) => request<T>(method, params)),

    all: <T>(method: string, params: readonly unknown[], onAnswer?: (answer: Answer<T>) => void) =>
      Promise.all(
        endpoints.map(async (endpoint) => {
          const answer = await observed<T>(endpoint, health, [method, params]).then(
            (result): Answer<T> => ({ endpoint: endpoint.name, result }),
            (error: unknown): Answer<T> => ({ endpoint: endpoint.name, error }),
          );
          onAnswer?.(answer);
          return answer;
        }),
      ),

    most: <T>(method: string, params: readonly unknown[], grace = GRACE_MS) =>
      read<T, readonly Answer<T>[]>(endpoints, health, {
        ...{ method, need: quorum, graces: [grace], attempt: (request) => request<T>(method, params) },
        decide: (answers, { outstanding, waited }) =>
          (outstanding === 0 || waited >= grace) && answers.filter((answer) => 'result' in answer).length >= quorum
            ? { value: [...answers] }
            : undefined,
        otherwise: (answers) => [...answers],
      }),

    async agree<T>(...[method, params, keyOf, attempt]: Parameters<typeof agree<T>>): Promise<T> {
      const view = attempt === undefined && (keyOf as unknown) === asHex ? viewIn(method, params) : undefined;
      return view === undefined ? agree(method, params, keyOf, attempt) : ((await merged(view, view.blockHash)) as T);
    },
  };
}

const movingTags: readonly unknown[] = ['latest', 'pending', 'safe', 'finalized'];
/** True if a request pins a block, so that honest nodes return the same result. */
const isPinned = (params: readonly unknown[]): boolean => !params.some((param) => movingTags.includes(param));

const failuresOf = (answers: readonly Answer<unknown>[]): readonly unknown[] =>
  answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));

/** A node's own words are more informative than another one's timeout, and a rate limit is worth waiting for. */
const mostTelling = (failures: readonly unknown[]): unknown =>
  rateLimitAmong(failures) ?? failures.find((error) => error instanceof RpcError);

/** Error for too few responses. */
export const tooFew = (
  chain: string,
  what: string,
  quorum: number,
  answers: readonly Answer<unknown>[],
  { answered = answers.filter((answer) => 'result' in answer).length, hint }: Shortage = {},
): DisagreementError => {
  const failures = failuresOf(answers);
  const cause = mostTelling(failures) ?? failures[0];
  return new DisagreementError(chain, what, answered, answered, quorum, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
};

interface Shortage {
  /** Default: the results among `answers`. */
  readonly answered?: number;
  readonly hint?: string | undefined;
}
