import { type Hex, isHex } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { createEndpointHealth } from './endpoint-health.ts';
import type { Endpoint } from './json-rpc.ts';
import { type Answer, type Read, type Request, observed, read } from './quorum-read.ts';
import { isRefusal } from './revert.ts';
import { RpcError } from './rpc-errors.ts';

/**
 * The configured nodes of one chain. Nothing is ever believed because one of several nodes says it, unless the operator
 * set `rpcQuorum` to 1; and no node is a fallback of another. No read waits for a node that the quorum does not need.
 */
export interface Nodes {
  readonly name: Side;
  readonly chainId: number;
  readonly quorum: number;
  readonly endpoints: readonly Endpoint[];
  /**
   * The answer of the first node that answers, or refuses: for what is checked later or only costs time when wrong. Nodes
   * are asked in their order, those that are well first, and the next one when the one before takes longer than usual.
   */
  one<T>(method: string, params: readonly unknown[]): Promise<T>;
  /** As `one`, for what takes several requests to the same node. `method` is the dearest of them. */
  oneOf<T>(method: string, attempt: (request: Request, endpoint: string) => Promise<T>): Promise<T>;
  /** Asks every node and waits for each; `onAnswer` receives the answers as they come in. */
  all<T>(
    method: string,
    params: readonly unknown[],
    onAnswer?: (answer: Answer<T>) => void,
  ): Promise<readonly Answer<T>[]>;
  /** The nodes worth waiting for where `all` are asked, by name: those that are well; all of them where these are too few. */
  well(method: string): readonly string[];
  /** The nodes that are slow for any class of methods, by name. */
  slow(): readonly string[];
  /** Decides by the answers so far, and resolves at that moment; see `Read`. */
  read<T, R>(what: Read<T, R>): Promise<R>;
  /** The answers of all nodes that are well, without those that come later than `grace` milliseconds after the quorum. */
  most<T>(method: string, params: readonly unknown[], grace?: number): Promise<readonly Answer<T>[]>;
  /**
   * Asks the nodes and resolves at the moment when `quorum` of them share a value, compared by `keyOf`. An answer that `keyOf`
   * throws at is none, so that one node's nonsense does not outweigh what the others say. `attempt` asks one node, where that
   * takes more than one request.
   */
  agree<T>(
    method: string,
    params: readonly unknown[],
    keyOf?: (value: T) => string,
    attempt?: (request: Request, endpoint: string) => Promise<T>,
  ): Promise<T>;
}

/** What the nodes said, as far as it can be read: an answer that `read` throws at is none. */
export const readable = <T, R>(answers: readonly Answer<T>[], read: (value: T) => R): R[] =>
  answers.flatMap((answer) => {
    try {
      return 'result' in answer ? [read(answer.result)] : [];
    } catch {
      return [];
    }
  });

/** An answer as it must be: bytes or a quantity. @throws {TypeError} */
export function asHex(value: unknown): Hex {
  if (!isHex(value)) throw new TypeError(`expected hex, found ${JSON.stringify(value)}`);
  return value;
}

/** Too few nodes say the same: wait and alarm, never lower the bar. */
export class DisagreementError extends PegwayError {
  override readonly name = 'DisagreementError';

  constructor(chain: string, what: string, answered: number, agreed: number, quorum: number, cause?: unknown) {
    super(`${chain} chain: ${what}: ${quorum} nodes must agree, ${answered} answered, at most ${agreed} say the same`, {
      code: answered < quorum ? 'rpc-unreachable' : 'rpc-disagreement',
      cause,
    });
  }
}

/** In milliseconds: how much a start waits for nodes beyond the quorum, to find the one that is misconfigured. */
const GRACE_MS = 500;

export function createNodes(options: {
  readonly name: Side;
  readonly chainId: number;
  readonly quorum: number;
  readonly endpoints: readonly Endpoint[];
  /** Notified of every disagreement, for the alarm. */
  readonly onDisagreement: () => void;
  /** Notified when a node becomes slow and when it is well again. */
  readonly onSlow?: (endpoint: string, isSlow: boolean) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}): Nodes {
  const { name, chainId, quorum, endpoints, onDisagreement, onSlow, now = () => performance.now() } = options;
  const health = createEndpointHealth({ now, ...(onSlow === undefined ? {} : { onChange: onSlow }) });

  const oneOf = <T>(method: string, attempt: (request: Request, endpoint: string) => Promise<T>): Promise<T> =>
    read<T, T>(endpoints, health, {
      ...{ method, attempt, need: 1, inTurn: true },
      decide(answers) {
        const last = answers.at(-1);
        if (last === undefined) return undefined;
        if ('result' in last) return { value: last.result };
        // A revert is an answer. Silence is none, nor is the error of a node that lacks the block or asks for patience.
        if (isRefusal(last.error)) throw last.error;
        return undefined;
      },
      otherwise(answers) {
        const errors = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));
        // A node's own error tells more than the silence of another.
        const told = errors.find((error) => error instanceof RpcError) ?? errors.at(-1) ?? tooFew(name, method, 1, []);
        throw told as Error;
      },
    });

  return {
    ...{ name, chainId, quorum, endpoints, oneOf },
    read: (what) => read(endpoints, health, what),
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

    async agree<T>(
      method: string,
      params: readonly unknown[],
      keyOf = (value: T) => JSON.stringify(value),
      attempt: (request: Request, endpoint: string) => Promise<T> = (request) => request<T>(method, params),
    ): Promise<T> {
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
          const failed = answers.find((answer) => 'error' in answer);
          // With a single node there is nothing to disagree with: throw its own error.
          if (endpoints.length === 1 && failed !== undefined) throw failed.error;
          throw new DisagreementError(name, method, answered, Math.max(0, ...counts), quorum, failed?.error);
        },
        onLate(answer) {
          // Two quorums, of two values. Of a moving target both may be right.
          if (quorum > 1 && isPinned(params) && add(answer)?.count === quorum) onDisagreement();
        },
      });
    },
  };
}

const movingTags: readonly unknown[] = ['latest', 'pending', 'safe', 'finalized'];
/** Whether a request names a block, so that honest nodes answer alike. */
const isPinned = (params: readonly unknown[]): boolean => !params.some((param) => movingTags.includes(param));

/** Too few nodes answered. */
export const tooFew = (
  chain: Side,
  what: string,
  quorum: number,
  answers: readonly Answer<unknown>[],
  answered = answers.filter((answer) => 'result' in answer).length,
): DisagreementError => {
  const failed = answers.find((answer) => 'error' in answer);
  return new DisagreementError(chain, what, answered, answered, quorum, failed?.error);
};

/** Waits for a chain that does not answer (yet), saying so; anything else that is wrong is thrown. */
export const isSilence = (error: unknown): boolean => error instanceof PegwayError && error.code === 'rpc-unreachable';

export const describe = (error: unknown): { error: string; code?: string } =>
  error instanceof PegwayError && error.code !== undefined
    ? { error: messageOf(error), code: error.code }
    : { error: messageOf(error) };
