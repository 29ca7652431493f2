import { isAddressEqual } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { connect } from '../deploy/chain-clients.ts';
import { describeDifference } from '../deploy/differences.ts';
import { Tokens, discover } from '../deploy/discover.ts';
import { openJournal } from '../deploy/journal.ts';
import { readDeployment, recordFolder } from '../deploy/parse-deployment.ts';
import { effectOfCalls } from '../deploy/pending-changes.ts';
import type { Proposal } from './proposal.ts';

/**
 * Compares a deployment file with its bridge before and after some proposals, applied together.
 * @returns Text for people: the differences that they close and open.
 * @throws {PegwayError} exit code 2 when the file is wrong, or a node of it does not answer.
 */
export async function deploymentEffect(file: string, proposals: readonly Proposal[]): Promise<string> {
  const deployment = readDeployment(file);
  const found = await discover(deployment, await connect(deployment), openJournal(recordFolder(file)));
  const tokens = new Tokens();
  const [first] = proposals;
  const standing = found.find(
    (one) =>
      one.kind === 'standing' && first !== undefined && isAddressEqual(one.readings[first.chain].address, first.bridge),
  );
  if (standing?.kind !== 'standing') return `${file} does not describe this bridge`;
  const callsOf = (side: Side) => proposals.filter(({ chain }) => chain === side).flatMap(({ calls }) => calls);
  const { closes, opens } = effectOfCalls(standing, callsOf, tokens);
  const lines = [
    ...closes.map((difference) => `  closes ${describeDifference(difference)}`),
    ...opens.map((difference) => `  OPENS  ${describeDifference(difference)}`),
  ];
  return [`Against ${file}:`, ...(lines.length > 0 ? lines : ['  changes nothing that the file describes'])].join('\n');
}
