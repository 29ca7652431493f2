import type { Nodes } from '../chain/rpc-quorum.ts';
import { PegwayError } from '../../protocol/errors.ts';

/**
 * The same nodes, but no transaction goes out while `mayISend` says no. It is asked at the last moment: a process that was
 * stopped in the middle of a submission goes on here when it is let go on, and another one works by then.
 */
export const fenced = (nodes: Nodes, mayISend: () => boolean): Nodes => ({
  ...nodes,
  all(method, params, onAnswer) {
    if (method !== 'eth_sendRawTransaction' || mayISend()) return nodes.all(method, params, onAnswer);
    const error = new PegwayError('not sent: this process does not hold the lease of its signer', { code: 'standby' });
    const answers = nodes.endpoints.map((endpoint) => ({ endpoint: endpoint.name, error }));
    for (const answer of answers) onAnswer?.(answer);
    return Promise.resolve(answers);
  },
});
