import { isAddressEqual } from 'viem';

import { readDeployment } from '../deploy/parse-deployment.ts';
import type { BridgeSpec } from '../deploy/spec.ts';
import type { SignerRelayer } from '../inspect/target.ts';
import { wrong } from '../output.ts';

type Operator = BridgeSpec['operators'][number];

/** The operators that a deployment file names for one of its bridges. @throws {PegwayError} exit code 2 */
export function readOperators(file: string, bridge: string | undefined): readonly Operator[] {
  const { bridges } = readDeployment(file);
  const found = bridge === undefined && bridges.length === 1 ? bridges[0] : bridges.find(({ name }) => name === bridge);
  if (found !== undefined) return found.operators;
  throw wrong(`--bridge: ${file} has the bridges ${bridges.map(({ name }) => name).join(', ')}`, 'name one of them');
}

/** The relayers that operators run. */
export const relayersOf = (operators: readonly Operator[]): SignerRelayer[] =>
  operators.flatMap(({ signer, url, name, contact }) =>
    url === undefined ? [] : [{ url: url.replace(/\/$/, ''), address: signer, name, contact }],
  );

/**
 * The relayers with the operators' names and contacts. A configuration does not name its own signer: it is the only operator that
 * is none of its peers.
 */
export function namedBy(operators: readonly Operator[], relayers: readonly SignerRelayer[]): SignerRelayer[] {
  const isOf = (operator: Operator) => (relayer: SignerRelayer) =>
    relayer.address !== undefined && isAddressEqual(relayer.address, operator.signer);
  const others = operators.filter((operator) => !relayers.some(isOf(operator)));
  const own = others.length === 1 ? others[0] : undefined;
  return relayers.map((relayer) => {
    const operator = relayer.address === undefined ? own : operators.find((one) => isOf(one)(relayer));
    return { ...relayer, name: operator?.name ?? relayer.name, contact: operator?.contact ?? relayer.contact };
  });
}
