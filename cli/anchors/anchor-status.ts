import type { AnchorsView } from '../../protocol/api-types.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type LastAnchor, readLast, readTerms } from '../../relayer/anchors/anchors-contract.ts';
import { type Told, ask } from '../inspect/ask-relayers.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { openAnsweringClients, targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';

interface AnchorStatusFlags extends PlaceFlags {
  readonly json: boolean;
}

/** Relayers anchor every hour, and an idle chain after half a day. */
const OLD_SECONDS = 86_400n;

export async function anchorStatus(flags: AnchorStatusFlags, io: Io): Promise<number> {
  const output = openOutput(flags.json, io);
  const { config, relayers } = targetOf(flags, io);
  if (config.anchors === undefined) {
    throw new PegwayError('the configuration names no Anchors contract', {
      exitCode: 2,
      hint: 'set anchors.contract (docs/configuration.md)',
    });
  }
  await using chains = await openAnsweringClients(config);
  const { main, product } = chains;
  const { address, firstBlock } = await readTerms(main, product, config.anchors.contract);
  const [told, last, head] = await Promise.all([
    Promise.all(relayers.map((url) => ask<AnchorsView>(url, '/v1/anchors'))),
    readLast(main.nodes, address, 'finalized'),
    main.finalHead(),
  ]);
  const age = head.timestamp - last.attestedAt;
  const lines = [`Anchors ${address}, from block ${firstBlock} on`, ...describe(last, firstBlock, age)];
  const rows = told.map(toRow);
  for (const { url, readTo, error } of rows) {
    lines.push(`  ${url}  ${error ?? `has read up to block ${readTo}`}`);
  }
  output.result(lines.join('\n'), { anchors: address, firstBlock, latest: last, ageSeconds: age, relayers: rows });
  const isBad = age > OLD_SECONDS || last.isCorrecting || rows.some(({ error }) => error !== undefined);
  return isBad ? 1 : 0;
}

function describe(last: LastAnchor, firstBlock: bigint, age: bigint): string[] {
  if (last.number < firstBlock) return ['nothing is anchored yet'];
  const { number, blockHash, historyRoot, signerEpoch, isCorrecting } = last;
  return [
    `last anchor: block ${number}, ${blockHash}`,
    `  history ${historyRoot}`,
    `  attested ${age} s before the last final block of the main chain, in signer epoch ${signerEpoch}`,
    ...(isCorrecting ? ['  a correction waits: no other height is anchored until it is executed'] : []),
  ];
}

function toRow(told: Told<AnchorsView>): { url: string; readTo?: string; error?: string } {
  const { url } = told;
  if ('value' in told) return { url, readTo: told.value.readTo };
  return { url, error: 'error' in told ? told.error : told.message };
}
