import { readState } from '../../relayer/chain/bridge-contract.ts';
import { checkChain } from '../../relayer/chain/chain-client.ts';
import { printableUrl } from '../../relayer/peers/http.ts';
import { receipt } from '../../sdk/receipt.ts';
import { parseQuery } from '../explain/parse-query.ts';
import { resolveQuery } from '../explain/resolve-query.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { openAnsweringClients, targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { outerTargets, proveThrough } from './through.ts';

interface ReceiptFlags extends PlaceFlags {
  readonly anchored: boolean;
  readonly through?: readonly string[];
}

/** Prints one receipt as JSON, once it has been verified. */
export async function printReceipt(words: readonly string[], flags: ReceiptFlags, io: Io): Promise<void> {
  const query = parseQuery(words);
  const output = openOutput(true, io);
  const { config, relayers } = targetOf(flags, io);
  const outer = outerTargets(flags.through ?? [], flags, io);
  await using chains = await openAnsweringClients(config);
  const [main, product] = await Promise.all([
    checkChain(chains.main).then(() => readState(chains.main)),
    checkChain(chains.product).then(() => readState(chains.product)),
  ]);
  const { named } = await resolveQuery(query, { chains, states: { main, product } });
  const [one, ...more] = named;
  if (one === undefined || more.length > 0) {
    const names = named.slice(0, 16).map(({ lane, nonce }) => `${lane.direction} ${lane.productToken} ${nonce}`);
    throw wrong(`the transaction has ${named.length} transfers: ${names.join(', ')}`, 'name one of them');
  }

  const found = await output.waiting(
    'the relayers',
    receipt(
      { main: config.main, product: config.product },
      { ...one.lane, nonce: one.nonce },
      {
        ...{ relayers, anchored: flags.anchored || outer.length > 0, signal: io.signal },
        onRefused: ({ relayer, problem, isFalse }) =>
          output.say(`${printableUrl(relayer)}: ${isFalse ? output.red('false receipt: ') : ''}${problem}`),
      },
    ),
  );
  output.result('', await proveThrough(found.receipt, outer, output));
}
