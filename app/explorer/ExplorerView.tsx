import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type Address, getAddress, isAddress, isHash } from 'viem';

import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { csvOf } from '../history/csv.ts';
import { download } from '../history/download.ts';
import { type Row, mergeRows } from '../history/rows.ts';
import { TransferTable } from '../history/TransferTable.tsx';
import { useWords } from '../i18n/i18n.ts';
import type { TransferName } from '../../sdk/index.ts';
import { Notice } from '../parts/Notice.tsx';
import { linkTo } from '../router.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { ExplorerTabs } from './ExplorerTabs.tsx';
import { Filters, type Wanted } from './Filters.tsx';
import { FoundBatch } from './FoundBatch.tsx';
import { transfersOf } from './find-transfer.ts';
import { type ListCursor, type ListFilter, listTransfers } from './list-transfers.ts';
import { useHeldBack } from './useHeldBack.ts';
import { useNews } from './useNews.ts';

interface ExplorerViewProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

const ALL: Wanted = { direction: undefined, status: undefined, productToken: undefined, age: undefined };

/** All transfers of the bridge, for anyone: newest first, searched and filtered. */
export default function ExplorerView({ overview, signers }: ExplorerViewProps) {
  const words = useWords();
  const machine = useMachine();
  const [wanted, setWanted] = useState(ALL);
  const [account, setAccount] = useState<Address | undefined>();
  const [sought, setSought] = useState<'searching' | 'nothing' | 'unread' | undefined>();
  const [batch, setBatch] = useState<readonly TransferName[]>([]);
  const settled = useRef(new Map<string, Row>());
  const table = useRef<HTMLDivElement>(null);
  const tellers = signers.flatMap(({ name, apiUrl, state }) =>
    apiUrl === undefined || state === 'silent' ? [] : [{ name, apiUrl }],
  );
  // Relayers list an account's transfers of all pegs; the table then shows those of the chosen one.
  const { direction, status, productToken, age } = wanted;
  const filter: ListFilter = {
    account,
    direction,
    status,
    productToken: account === undefined ? productToken : undefined,
  };
  const list = useInfiniteQuery({
    queryKey: ['explorer', account, filter.productToken, direction, status],
    enabled: tellers.length > 0,
    initialPageParam: undefined as ListCursor | undefined,
    queryFn: ({ pageParam }) => listTransfers(machine, tellers, filter, pageParam, settled.current),
    getNextPageParam: ({ next }) => next,
    refetchInterval: machine.config.pollSeconds * 2_000,
  });
  useNews(
    tellers.map(({ apiUrl }) => apiUrl),
    overview,
    () => list.refetch({ cancelRefetch: false }),
  );
  const pages = list.data?.pages ?? [];
  const now = overview.sides.main.head.timestamp;
  const oldest = age === undefined ? 0n : now - BigInt(age);
  const rows = mergeRows(pages.flatMap((page) => page.rows)).filter(
    ({ transfer, departedAt }) =>
      departedAt >= oldest && (productToken === undefined || transfer.lane.productToken === productToken),
  );
  const { shown, held, show } = useHeldBack(rows, [account, direction, status, productToken, age].join());
  // Pages are ordered by age: older ones than asked for hold nothing more.
  const isPastAge = pages.some((page) => page.rows.some(({ departedAt }) => departedAt < oldest));
  const lies = Map.groupBy(
    pages.flatMap((page) => page.lies),
    ({ name }) => name,
  );

  const search = async (text: string) => {
    setSought(undefined);
    setAccount(undefined);
    setBatch([]);
    if (text === '') return;
    if (isAddress(text, { strict: false })) return setAccount(getAddress(text));
    if (/^\d{1,15}$/.test(text) && productToken !== undefined && direction !== undefined) {
      window.location.hash = linkTo({ name: 'transfer', direction, productToken, nonce: BigInt(text) });
      return;
    }
    if (!isHash(text)) return setSought('nothing');
    setSought('searching');
    try {
      const found = await transfersOf(machine, tellers, text);
      setSought(found.length === 0 ? 'nothing' : undefined);
      if (found.length > 1) return setBatch(found);
      if (found[0] !== undefined) window.location.hash = linkTo({ name: 'transfer', ...found[0] });
    } catch {
      setSought('unread');
    }
  };
  return (
    <section className="history explorer">
      <header>
        <h1>{words.explorer.heading}</h1>
        <button type="button" disabled={rows.length === 0} onClick={() => download(csvOf(rows, overview.pegs))}>
          {words.history.csv}
        </button>
      </header>
      <ExplorerTabs current="explorer" />
      <p>{words.explorer.intro}</p>
      <Filters pegs={overview.pegs} wanted={wanted} onChange={setWanted} onSearch={(text) => void search(text)} />
      {sought !== undefined && (
        <p className="finding" role="status">
          {words.explorer.sought[sought]}
        </p>
      )}
      {batch.length > 0 && <FoundBatch transfers={batch} pegs={overview.pegs} />}
      {[...lies].map(([name, found]) => (
        <Notice key={name} kind="warning">
          {words.explorer.lie(name, found.reduce((sum, { count }) => sum + count, 0).toString())}
        </Notice>
      ))}
      {tellers.length === 0 && <Notice kind="warning">{words.explorer.noRelayer}</Notice>}
      {list.isError && <Notice kind="problem">{words.unread}</Notice>}
      {list.isPending && tellers.length > 0 && <p className="loading">{words.history.reading}</p>}
      <div className="held" role="status">
        {held > 0 && (
          <button
            type="button"
            className="primary"
            onClick={() => {
              show();
              table.current?.scrollIntoView();
            }}
          >
            {words.explorer.held(held)}
          </button>
        )}
      </div>
      <div ref={table}>{shown.length > 0 && <TransferTable rows={shown} overview={overview} />}</div>
      {list.isSuccess && rows.length === 0 && <p>{words.explorer.empty}</p>}
      {pages[0] !== undefined && (
        <p className="by">
          {words.explorer.by(pages[0].tellers.join(', '))} {!pages[0].complete && words.history.incomplete}
        </p>
      )}
      {list.hasNextPage && !isPastAge && (
        <button type="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {list.isFetchingNextPage ? words.history.reading : words.history.older}
        </button>
      )}
    </section>
  );
}
