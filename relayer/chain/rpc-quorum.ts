import { type Hex, isHex } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import type { Endpoint } from './json-rpc.ts';
import { isRefusal } from './revert.ts';
import { RpcError } from './rpc-errors.ts';

/** What one node said, or why it said nothing. */
export type Answer<T> =
  { readonly endpoint: string; readonly result: T } | { readonly endpoint: string; readonly error: unknown };

/**
 * The configured nodes of one chain. Nothing is ever believed because one of several nodes says it, unless the operator
 * set `rpcQuorum` to 1; and no node is a fallback of another.
 */
export interface Nodes {
  readonly name: Side;
  readonly chainId: number;
  readonly quorum: number;
  readonly endpoints: readonly Endpoint[];
  /** Asks the nodes in turn until one answers, or refuses: for what is checked later or only costs time when wrong. */
  one<T>(method: string, params: readonly unknown[]): Promise<T>;
  /** Asks every node; `onAnswer` hears each as it comes in, so that a slow one does not hold up what needs no more. */
  all<T>(
    method: string,
    params: readonly unknown[],
    onAnswer?: (answer: Answer<T>) => void,
  ): Promise<readonly Answer<T>[]>;
  /**
   * Asks every node and gives the one value that `quorum` of them share, compared by `keyOf`. An answer that `keyOf` throws at
   * is none, so that one node's nonsense does not outweigh what the others say.
   */
  agree<T>(method: string, params: readonly unknown[], keyOf?: (value: T) => string): Promise<T>;
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

export function createNodes(options: {
  readonly name: Side;
  readonly chainId: number;
  readonly quorum: number;
  readonly endpoints: readonly Endpoint[];
  /** Told of every disagreement, for the alarm. */
  readonly onDisagreement: () => void;
}): Nodes {
  const { name, chainId, quorum, endpoints, onDisagreement } = options;

  const ask = async <T>(endpoint: Endpoint, method: string, params: readonly unknown[]): Promise<Answer<T>> => {
    try {
      return { endpoint: endpoint.name, result: await endpoint.request<T>(method, params) };
    } catch (error) {
      return { endpoint: endpoint.name, error };
    }
  };

  const all = <T>(
    method: string,
    params: readonly unknown[],
    onAnswer?: (answer: Answer<T>) => void,
  ): Promise<readonly Answer<T>[]> =>
    Promise.all(
      endpoints.map(async (endpoint) => {
        const answer = await ask<T>(endpoint, method, params);
        onAnswer?.(answer);
        return answer;
      }),
    );

  return {
    name,
    chainId,
    quorum,
    endpoints,
    all,

    async one<T>(method: string, params: readonly unknown[]): Promise<T> {
      let failure: unknown;
      for (const endpoint of endpoints) {
        try {
          return await endpoint.request<T>(method, params);
        } catch (error) {
          // A revert is an answer. Silence is none, nor is the error of a node that lacks the block or asks for patience.
          if (isRefusal(error)) throw error;
          // What a node said tells more than that another said nothing.
          if (!(failure instanceof RpcError)) failure = error;
        }
      }
      throw failure;
    },

    async agree<T>(
      method: string,
      params: readonly unknown[],
      keyOf = (value: T) => JSON.stringify(value),
    ): Promise<T> {
      const answers = await all<T>(method, params);
      const groups = new Map<string, { value: T; count: number }>();
      const given = readable(answers, (value) => ({ value, key: keyOf(value) }));
      for (const { value, key } of given) {
        const group = groups.get(key) ?? { value, count: 0 };
        group.count++;
        groups.set(key, group);
      }
      const best = [...groups.values()].sort((a, b) => b.count - a.count)[0];
      if (best !== undefined && best.count >= quorum) return best.value;

      const failed = answers.find((answer) => 'error' in answer);
      const answered = given.length;
      if (answered >= quorum) onDisagreement();
      // With a single node there is nothing to disagree with: say what it said.
      if (endpoints.length === 1 && failed !== undefined) throw failed.error;
      throw new DisagreementError(name, method, answered, best?.count ?? 0, quorum, failed?.error);
    },
  };
}

/** Waits for a chain that does not answer (yet), saying so; anything else that is wrong is thrown. */
export const isSilence = (error: unknown): boolean => error instanceof PegwayError && error.code === 'rpc-unreachable';

export const describe = (error: unknown): { error: string; code?: string } =>
  error instanceof PegwayError && error.code !== undefined
    ? { error: messageOf(error), code: error.code }
    : { error: messageOf(error) };
