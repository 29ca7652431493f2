import {
  type Address,
  BaseError,
  ExecutionRevertedError,
  type PublicClient,
  decodeFunctionResult,
  encodeFunctionData,
  erc20Abi,
  isAddressEqual,
} from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { COIN } from '../../protocol/peg.ts';
import type { Difference } from './differences.ts';
import type { BridgeSpec, Deployment, PegSpec } from './spec.ts';
import { type Network, readerFor } from './chain-clients.ts';
import { type NodeRequest, leastGasCap, measurePayment } from './payment-gas.ts';

/**
 * Differences of the main tokens that the file names by address: they must exist, with the file's decimals.
 * @throws {PegwayError} when a node does not answer.
 */
export async function mainTokenDifferences({ bridges }: Deployment, network: Network): Promise<Difference[]> {
  const found = await Promise.all(
    bridges.flatMap((spec) => spec.pegs.map((peg) => differencesOfOne(readerFor(network, spec.main), spec, peg))),
  );
  return found.flat();
}

async function differencesOfOne(reader: PublicClient, spec: BridgeSpec, peg: PegSpec): Promise<Difference[]> {
  const { mainToken: address, mainDecimals, path } = peg;
  // Another peg's product token: created by us.
  if (typeof address !== 'string') return [];
  const differs = (field: string, expected: string, found: string): Difference[] => [
    { bridge: spec.name, side: 'main', path: `${path}.mainToken.${field}`, expected, found },
  ];
  if (isAddressEqual(address, COIN)) {
    return mainDecimals === 18 ? [] : differs('decimals', `${mainDecimals}`, '18, as the chain counts its coin');
  }
  if ((await reader.getCode({ address })) === undefined) {
    return differs('address', `a token at ${address} on chain ${spec.main.chainId}`, 'no contract there');
  }
  const decimals = await decimalsOf(reader, address).catch((cause: unknown) => {
    const message = `${path}.mainToken.decimals: ${address} could not be asked: ${messageOf(cause)}`;
    throw new PegwayError(message, {
      cause,
      hint: 'nothing was sent; mend the node, or the address, and run it again',
    });
  });
  // ERC-20 leaves `decimals` out of what a token must have.
  if (decimals === undefined || decimals === mainDecimals) return [];
  return differs('decimals', `${mainDecimals}`, `${decimals}, as the token returns`);
}

/** Tokens refuse a payment from the zero address. */
const stranger: Address = '0x00000000000000000000000000000000DeaDBeef';

/** A warning for each peg with a `gasCap` that is too small for its main token after Glamsterdam. Sends nothing. */
export async function gasCapWarnings({ bridges }: Deployment, network: Network): Promise<string[]> {
  const warnings = bridges.flatMap((spec) =>
    spec.pegs.map(async ({ mainToken, gasCap, path }): Promise<string[]> => {
      if (typeof mainToken !== 'string' || isAddressEqual(mainToken, COIN)) return [];
      const reader = readerFor(network, spec.main);
      const request: NodeRequest = (method, params) => reader.request({ method, params } as never);
      const measured = await measurePayment(request, mainToken, stranger);
      if (measured === undefined || leastGasCap(measured) <= gasCap) return [];
      return [
        `${path}.gasCap: expected at least ${leastGasCap(measured)}, since a payment to a new account takes ${measured} gas ` +
          `today and more after Glamsterdam; found ${gasCap}`,
      ];
    }),
  );
  return (await Promise.all(warnings)).flat();
}

/** Undefined: the token has none. An error of the node is not an answer of the token. */
async function decimalsOf(reader: PublicClient, to: Address): Promise<number | undefined> {
  const call = { abi: erc20Abi, functionName: 'decimals' } as const;
  const answer = await reader.call({ to, data: encodeFunctionData(call) }).catch((error: unknown) => {
    const isRevert =
      error instanceof BaseError && error.walk((cause) => cause instanceof ExecutionRevertedError) !== null;
    if (isRevert) return { data: undefined };
    throw error;
  });
  return answer.data === undefined ? undefined : decodeFunctionResult({ ...call, data: answer.data });
}
