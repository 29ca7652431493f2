import type { RpcQuorum } from '../chain/rpc-quorum.ts';
import { PegwayError } from '../../protocol/errors.ts';

/**
 * Wraps nodes so that no transaction is sent while `isLeaseHeld` returns false. It is called immediately before sending: a
 * process that was suspended during a submission resumes here, when another process may hold the lease.
 */
export const guardedByLease = (nodes: RpcQuorum, isLeaseHeld: () => boolean): RpcQuorum => ({
  ...nodes,
  all(method, params, onAnswer) {
    if (method !== 'eth_sendRawTransaction' || isLeaseHeld()) return nodes.all(method, params, onAnswer);
    const error = new PegwayError('not sent: this process does not hold the lease of its signer', { code: 'standby' });
    const answers = nodes.endpoints.map((endpoint) => ({ endpoint: endpoint.name, error }));
    for (const answer of answers) onAnswer?.(answer);
    return Promise.resolve(answers);
  },
});
