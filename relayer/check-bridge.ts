import { checkChain, checkPair } from './chain/chain-client.ts';
import { openChainClient } from './chain/chain-reader.ts';
import type { Config } from './config.ts';

/** Runs an action, which may be repeated; `part` is what has a problem while it fails. */
export type Patiently = <T>(part: string, action: () => Promise<T>) => Promise<T>;

/**
 * Asserts that the nodes serve the configured chains, and that the two bridges name each other. Uses connections of its own.
 * @throws {PegwayError} exit code 2 when the nodes contradict the configuration; otherwise what `patiently` lets through.
 */
export async function checkBridge(config: Config, patiently: Patiently): Promise<void> {
  const quiet = { request: () => undefined, disagreement: () => undefined };
  await using main = openChainClient('main', config.main, quiet);
  await using product = openChainClient('product', config.product, quiet);
  for (const side of [main, product]) await patiently(`${side.side} chain`, () => checkChain(side));
  await patiently('main bridge', () => checkPair(main, product));
  await patiently('product bridge', () => checkPair(product, main));
}
