import { z } from 'zod';

import { sides } from '../protocol/lane.ts';
import { expandRpcUrl, mapFields } from './schemas.ts';
import {
  ANCHORS_NEED_PROOFS,
  anchors,
  bridge,
  eventsAreKept,
  peers,
  webhooks,
  webhooksNeedEvents,
} from './settings/bridge-settings.ts';
import { chainSettings, quorumFits, quorumProblem, withDefaults } from './settings/chain-settings.ts';
import { name } from './settings/fields.ts';
import { relayerSettings, shards, turnsFit, turnsProblem } from './settings/relayer-settings.ts';

/*
 * The two forms of the configuration file, from the settings in settings/: name, description, default and check of each
 * in one place. Pegs, signers, threshold, epoch and limits are not settings: they are read from the chains.
 */

const { chainId, ...otherSettings } = chainSettings;
const side = z
  .strictObject({ chainId, bridge, ...otherSettings })
  .refine(quorumFits, quorumProblem)
  .transform(withDefaults);

/** A file of one bridge. */
export const oneBridge = z
  .strictObject({
    main: side.describe('The main chain, where the main token is locked.'),
    product: side.describe('The product chain, where the product token is minted.'),
    anchors,
    webhooks,
    ...relayerSettings,
  })
  .refine(({ history, webhooks }) => eventsAreKept(history.keepDays, webhooks), webhooksNeedEvents)
  .refine((value) => value.main.chainId !== value.product.chainId, {
    path: ['product', 'chainId'],
    error: 'expected a different chain than main.chainId',
  })
  .refine((value) => value.anchors === undefined || value.product.proof === 'receipts', {
    path: ['product', 'proof'],
    error: ANCHORS_NEED_PROOFS,
  })
  .refine(turnsFit, turnsProblem);

const place = z.strictObject({ chain: name.describe('One of `chains`.'), bridge });

const bridges = z
  .record(
    name,
    z.strictObject({
      main: place.describe('Where the main token is locked.'),
      product: place.describe('Where the product token is minted.'),
      peers: peers.unwrap().optional().describe('Relayers of its other signers; default: `peers`.'),
      key: relayerSettings.key.optional().describe('URI of its attesting key; default: `key`.'),
      anchors,
      webhooks,
    }),
  )
  .refine((value) => Object.keys(value).length > 0, 'expected at least one bridge')
  .describe('The bridges, by name.');

/** A file of several bridges over named chains. */
export const severalBridges = z
  .strictObject({
    chains: z
      .record(name, z.strictObject(chainSettings).refine(quorumFits, quorumProblem).transform(withDefaults))
      .describe('The chains, by name.'),
    bridges,
    shards,
    ...relayerSettings,
  })
  .refine(({ shards, payingKey }) => shards === undefined || payingKey === undefined, {
    path: ['payingKey'],
    error: 'expected nothing, since each of `shards` has a payingKey of its own',
  })
  .refine(
    ({ history, bridges }) =>
      eventsAreKept(
        history.keepDays,
        Object.values(bridges).flatMap(({ webhooks }) => webhooks),
      ),
    webhooksNeedEvents,
  )
  .superRefine(({ chains, bridges }, context) => {
    const problem = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const chainOf = new Map<number, string>();
    for (const [name, { chainId }] of Object.entries(chains)) {
      const same = chainOf.get(chainId);
      // Two would send transactions of one account with the same nonces.
      if (same !== undefined) problem(['chains', name, 'chainId'], `expected another chain than chains.${same}`);
      chainOf.set(chainId, name);
    }

    const bridgeAt = new Map<string, string>();
    for (const [name, bridge] of Object.entries(bridges)) {
      for (const side of sides) {
        const { chain, bridge: address } = bridge[side];
        if (chains[chain] === undefined) {
          problem(['bridges', name, side, 'chain'], `expected one of ${Object.keys(chains).join(', ')}`);
        }
        const same = bridgeAt.get(`${chain} ${address}`);
        if (same !== undefined)
          problem(['bridges', name, side, 'bridge'], `expected another bridge than that of bridges.${same}`);
        bridgeAt.set(`${chain} ${address}`, name);
      }
      if (bridge.anchors !== undefined && chains[bridge.product.chain]?.proof === 'witnesses') {
        problem(['chains', bridge.product.chain, 'proof'], ANCHORS_NEED_PROOFS);
      }
      if (bridge.main.chain === bridge.product.chain) {
        problem(['bridges', name, 'product', 'chain'], `expected a different chain than bridges.${name}.main.chain`);
      }
    }
  })
  .refine(turnsFit, turnsProblem);

/** Fields of both forms in which `rpcUrl` may stand for `rpcUrls`. */
export const expandRpcUrls = (file: unknown): unknown =>
  mapFields(mapFields(file, ['main', 'product'], expandRpcUrl), ['chains'], (chains) =>
    mapFields(chains, 'all', expandRpcUrl),
  );
