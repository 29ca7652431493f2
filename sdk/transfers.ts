import type { Address, Hex } from 'viem';

import type { TransferView, Wire } from '../protocol/api-types.ts';
import { type Direction, type Status, directions, statuses } from '../protocol/lane.ts';
import { RelayerError, askRelayer, readText } from './ask-relayer.ts';
import { pause } from './pace.ts';

export interface TransfersOptions {
  /** Public port of one relayer, or `https://signer.example/bridges/NAME` of one that serves several bridges. */
  readonly relayer: string;
  /** Sender or recipient. */
  readonly account?: Address | undefined;
  /** A peg; not together with `account`. */
  readonly productToken?: Address | undefined;
  readonly direction?: Direction | undefined;
  readonly status?: Status | undefined;
  /** The digest of a batch: the transfers that it executed. Not together with another filter. */
  readonly batch?: Hex | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PER_PAGE = 200;
const TIMEOUT_SECONDS = 15;
const DEFAULT_PAUSE_SECONDS = 1;

/**
 * Transfers, newest departure first, page by page as they are consumed. Waits where the relayer limits requests.
 *
 * SECURITY: the list is what one relayer claims.
 * @throws {RelayerError} when the relayer does not answer, or not with transfers.
 */
export async function* transfers({ relayer, signal, ...filter }: TransfersOptions): AsyncGenerator<TransferView> {
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(PER_PAGE) });
    for (const [name, value] of Object.entries({ ...filter, cursor })) if (value !== undefined) query.set(name, value);
    const page = await pageOf(relayer, `/v1/transfers?${query.toString()}`, signal);
    yield* page.transfers.map(parseTransfer);
    // SECURITY: a page without transfers that names a next one would never end.
    cursor = page.transfers.length === 0 ? undefined : page.cursor;
  } while (cursor !== undefined);
}

interface Page {
  readonly transfers: readonly unknown[];
  readonly cursor: string | undefined;
}

async function pageOf(relayer: string, path: string, signal: AbortSignal | undefined): Promise<Page> {
  for (;;) {
    const timeout = AbortSignal.timeout(TIMEOUT_SECONDS * 1_000);
    try {
      const within = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const response = await askRelayer(relayer, path, { accept: 'application/json', signal: within });
      const { transfers: list, cursor } = Object(JSON.parse(await readText(response))) as Record<string, unknown>;
      if (!Array.isArray(list)) throw new RelayerError('a relayer answered without transfers');
      return { transfers: list, cursor: typeof cursor === 'string' ? cursor : undefined };
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw new RelayerError(`no answer within ${TIMEOUT_SECONDS} s`, { cause: error });
      if (!(error instanceof RelayerError) || error.status !== 429) throw error;
      await pause(error.retryAfterSeconds ?? DEFAULT_PAUSE_SECONDS, signal);
    }
  }
}

/** SECURITY: only its form is checked. */
function parseTransfer(value: unknown): TransferView {
  const wire = Object(value) as Wire<TransferView>;
  const { direction, status, nonce, sourceAmount, amount, blockNumber, departedAt, executedBlock, executedAt } = wire;
  try {
    if (!directions.includes(direction) || !statuses.includes(status)) throw new RangeError('direction or status');
    return {
      ...wire,
      ...{ nonce: BigInt(nonce), sourceAmount: BigInt(sourceAmount), amount: BigInt(amount) },
      ...{ blockNumber: BigInt(blockNumber), departedAt: bigintOf(departedAt) },
      ...{ executedBlock: bigintOf(executedBlock), executedAt: bigintOf(executedAt) },
    };
  } catch (cause) {
    throw new RelayerError('a relayer sent a transfer with an invalid field', { cause });
  }
}

const bigintOf = (text: string | undefined): bigint | undefined => (text === undefined ? undefined : BigInt(text));
