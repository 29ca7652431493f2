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

/** A transaction that is sent; becomes the transfer's own page as soon as it is in a block. */
export function SentView({ direction, hash }: { readonly direction: Direction; readonly hash: Hex }) {
  const words = useWords();
  const { config, readers } = useMachine();
  const source = sourceOf(direction);
  const waiting = useQuery({
    queryKey: ['sent', hash],
    // A node that does not answer, or has waited for long, says nothing of the transaction: it is asked again.
    retry: (_, error) => error instanceof BaseError,
    retryDelay: config.pollSeconds * 1_000,
    staleTime: Infinity,
    queryFn: async () => {
      // It arrives after this block, unless it had departed before somebody opened the link.
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
