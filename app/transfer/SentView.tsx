import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { BaseError, type Hex } from 'viem';

import { departed } from '../../sdk/index.ts';
import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { noteJourney } from '../sent-transfers.ts';
import { useMachine } from '../context.ts';
import { Notice } from '../parts/Notice.tsx';
import { Transaction } from '../parts/Transaction.tsx';
import { linkTo, replaceRoute } from '../router.ts';
import { useWords } from '../i18n/i18n.ts';

/** A transaction in flight; replaced by the transfer's own page once it is mined. */
export function SentView({ direction, hash }: { readonly direction: Direction; readonly hash: Hex }) {
  const words = useWords();
  const { config, readers } = useMachine();
  const source = sourceOf(direction);
  const waiting = useQuery({
    queryKey: ['sent', hash],
    // An RPC failure or timeout reveals nothing about the transaction: retry.
    retry: (_, error) => error instanceof BaseError,
    retryDelay: config.pollSeconds * 1_000,
    staleTime: Infinity,
    queryFn: async () => {
      // Lower bound of the arrival block, unless the transfer departed before the link was opened.
      const newest = await readers[destinationOf(direction)].getBlockNumber();
      const hasDeparted = await readers[source].getTransactionReceipt({ hash }).then(
        () => true,
        () => false,
      );
      const destinationBlock = hasDeparted ? undefined : newest;
      const bridge = { bridge: config.chains[source].bridge, reader: readers[source] };
      return { ...(await departed(bridge, direction, hash)), destinationBlock };
    },
  });
  const departure = waiting.data;
  useEffect(() => {
    if (departure === undefined) return;
    const { productToken, nonce, blockNumber: block, destinationBlock } = departure;
    noteJourney({ direction, productToken, nonce, block, destinationBlock, arrived: false });
    replaceRoute({ name: 'transfer', direction, productToken, nonce });
  }, [departure, direction]);
  return (
    <section className="card narrow sent">
      <h1>{words.transfer.sending}</h1>
      {waiting.isError ? (
        <>
          <Notice kind="problem">{words.transfer.reverted}</Notice>
          <a href={linkTo({ name: 'bridge' })}>{words.toBridge}</a>
        </>
      ) : (
        <p>{words.transfer.sendingText}</p>
      )}
      <Transaction side={source} hash={hash} />
    </section>
  );
}
