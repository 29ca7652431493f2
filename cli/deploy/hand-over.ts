import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Address, isAddressEqual } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { wrong } from '../output.ts';
import type { BridgeSpec, Deployment } from './spec.ts';

/** The bridges of a pair, and its `Anchors` if it has them. */
type Bridges = Readonly<Record<Side, Address>> & { readonly anchors?: Address | undefined };

/** The bridge of a file with this name, or its only one. @throws {PegwayError} exit code 2. */
export function bridgeNamed({ bridges }: Deployment, name: string | undefined): BridgeSpec {
  const [only, another] = bridges;
  const found = name === undefined && another === undefined ? only : bridges.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw wrong(
    name === undefined ? 'the file has several bridges' : `the file has no bridge ${name}`,
    `add --bridge, one of ${bridges.map((one) => one.name).join(', ')}`,
  );
}

/** The part of a relayer's configuration that a deployment file determines. `own` is not its own peer. */
export function relayerSkeleton(
  { main, product, operators }: BridgeSpec,
  bridges: Bridges,
  own?: Address,
  nodes: Readonly<Partial<Record<Side, readonly string[] | undefined>>> = {},
) {
  const chain = ({ chainId, rpcUrl }: BridgeSpec['main'], side: Side) => ({
    ...{ chainId, bridge: bridges[side], rpcUrls: nodes[side] ?? [rpcUrl] },
  });
  const others = operators.filter(({ signer }) => own === undefined || !isAddressEqual(signer, own));
  return {
    main: chain(main, 'main'),
    product: chain(product, 'product'),
    ...(bridges.anchors === undefined ? {} : { anchors: { contract: bridges.anchors } }),
    peers: others.flatMap(({ signer: address, url, name, contact }) =>
      url === undefined
        ? []
        : [{ address, url, ...(name === undefined ? {} : { name }), ...(contact === undefined ? {} : { contact }) }],
    ),
  };
}

/** The page's config.json. */
export const pageSkeleton = ({ main, product, operators }: BridgeSpec, bridges: Bridges) => ({
  main: { chainId: main.chainId, name: main.name, rpcUrls: [main.rpcUrl], bridge: bridges.main },
  product: { chainId: product.chainId, name: product.name, rpcUrls: [product.rpcUrl], bridge: bridges.product },
  signers: operators.map(({ signer, name, url }, index) => ({
    ...{ address: signer, name: name ?? `Signer ${index}` },
    ...(url === undefined ? {} : { apiUrl: url }),
  })),
});

/**
 * Writes what operators and holders need next into the record.
 * @returns The next steps, for people.
 */
export function handOver(directory: string, file: string, spec: BridgeSpec, bridges: Bridges): string[] {
  const path = (name: string) => join(directory, `${spec.name}-${name}.json`);
  const relayer = { ...relayerSkeleton(spec, bridges), key: 'keystore:attest.json?password-file=attest-password' };
  writeFileSync(path('relayer'), `${JSON.stringify(relayer, undefined, 2)}\n`);
  writeFileSync(path('page'), `${JSON.stringify(pageSkeleton(spec, bridges), undefined, 2)}\n`);
  return [
    `each signer: pegway verify-deployment ${file}`,
    `each signer: pegway init signer DIR --deployment ${file}   (or by hand from ${path('relayer')})`,
    `the page: ${path('page')} as its config.json; holders: pegway deposit … --config ${path('page')}`,
  ];
}
