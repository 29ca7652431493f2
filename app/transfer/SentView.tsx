import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { BaseError, type Hex } from 'viem';

import { CancelledError, UnsureError, departed, receiptOf, transactionOf } from '../../sdk/index.ts';
import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { findSent, noteJourney } from '../sent-transfers.ts';
import { useMachine } from '../context.ts';
import { Notice } from '../parts/Notice.tsx';
import { Transaction } from '../parts/Transaction.tsx';
import { linkTo, replaceRoute } from '../router.ts';
import { type Words, useWords } from '../i18n/i18n.ts';

class UnseenError extends BaseError {}

/**
 * A transaction in flight; replaced by the transfer's own page once it is mined. Where the wallet replaced or cancelled it, or
 * returned the hash of none, the view shows what became of it.
 */
export function SentView({ direction, hash }: { readonly direction: Direction; readonly hash: Hex }) {
  const words = useWords();
  const { config, readers } = useMachine();
  const source = sourceOf(direction);
  const sent = findSent(hash);
  const waiting = useQuery({
    queryKey: ['sent', hash],
    // An RPC failure or timeout reveals nothing about the transaction: retry.
    retry: (_, error) => error instanceof BaseError && !(error instanceof CancelledError),
    retryDelay: config.pollSeconds * 1_000,
    staleTime: Infinity,
    queryFn: async () => {
      // Lower bound of the arrival block, unless the transfer departed before the link was opened.
      const newest = await readers[destinationOf(direction)].getBlockNumber();
      const hasDeparted = (await receiptOf(readers[source], hash)) !== undefined;
      const { bridge, logRange: range } = config.chains[source];
      const departing = departed({ bridge, reader: readers[source] }, direction, hash, { sent, range });
      const departure = await departing.catch(async (error: unknown) => {
        const isUnseen = error instanceof UnsureError && (await transactionOf(readers[source], hash)) === undefined;
        throw isUnseen ? new UnseenError('no node has the transaction', { cause: error }) : error;
      });
      const isOwn = departure.transactionHash === hash;
      return { ...departure, isOwn, destinationBlock: hasDeparted || !isOwn ? undefined : newest };
    },
  });
  const departure = waiting.data;
  useEffect(() => {
    if (departure === undefined) return;
    const { productToken, nonce, blockNumber: block, destinationBlock, isOwn } = departure;
    noteJourney({ direction, productToken, nonce, block, destinationBlock, arrived: false });
    if (isOwn) replaceRoute({ name: 'transfer', direction, productToken, nonce });
  }, [departure, direction]);
  if (departure?.isOwn === false) {
    const { productToken, nonce, transactionHash } = departure;
    return (
      <section className="card narrow sent">
        <h1>{words.transfer.steps.departed}</h1>
        <Transaction side={source} hash={hash} />
        <Notice kind="warning">
          {sent !== undefined && sent.nonce === undefined ? words.transfer.executedAs : words.transfer.replaced}
          <Transaction side={source} hash={transactionHash} />
        </Notice>
        <a href={linkTo({ name: 'transfer', direction, productToken, nonce })}>{words.transfer.toTransfer}</a>
      </section>
    );
  }
  return (
    <section className="card narrow sent">
      <h1>{words.transfer.sending}</h1>
      {waiting.isError ? (
        <>
          <Notice kind="problem">{endOf(waiting.error, words)}</Notice>
          <a href={linkTo({ name: 'bridge' })}>{words.toBridge}</a>
        </>
      ) : (
        <p>{waiting.failureReason instanceof UnseenError ? words.transfer.unseen : words.transfer.sendingText}</p>
      )}
      <Transaction side={source} hash={hash} />
    </section>
  );
}

const endOf = (error: Error, { transfer }: Words): string =>
  error instanceof CancelledError ? transfer.cancelled(error.nonce.toString()) : transfer.reverted;
