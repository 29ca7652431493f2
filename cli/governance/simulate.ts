import { Refused, estimate } from '../../relayer/chain/bridge-contract.ts';
import type { ChainSide } from '../../relayer/chain/chain-client.ts';
import { messageOf } from '../../protocol/errors.ts';
import { wrong } from '../output.ts';
import type { Proposal } from './proposal.ts';

/**
 * Runs each call as the bridge itself would, without sending anything: what would revert after the delay is found before
 * anybody signs. A call that needs an earlier one of the same proposal may fail alone; that is told and not refused.
 * @throws {PegwayError} exit code 2 when the first call, which needs no other, would revert.
 */
export async function simulateCalls(bridge: ChainSide, { calls }: Proposal): Promise<string[]> {
  const notes: string[] = [];
  for (const [index, { data, function: name }] of calls.entries()) {
    try {
      await estimate(bridge, bridge.address, data);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const message = `calls[${index}]: ${name} would fail: ${messageOf(error)}`;
      if (index === 0) throw wrong(message, 'correct the proposal; nothing was signed or sent');
      notes.push(`${message} (run alone; a call before it may be what it needs)`);
    }
  }
  return notes;
}
