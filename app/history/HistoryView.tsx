import { useInfiniteQuery } from '@tanstack/react-query';

import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { Notice } from '../parts/Notice.tsx';
import type { SignerNow } from '../signers/useSigners.ts';
import { WalletButton } from '../wallet/WalletButton.tsx';
import { useWallet } from '../wallet/useWallet.ts';
import { useWords } from '../i18n/i18n.ts';
import { csvOf } from './csv.ts';
import { download } from './download.ts';
import { TransferTable } from './TransferTable.tsx';
import { type Cursor, merge, readHistory } from './rows.ts';

interface HistoryViewProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** Everything that an account sent or received across, both ways. */
export default function HistoryView({ overview, signers }: HistoryViewProps) {
  const words = useWords();
  const machine = useMachine();
  const { address: account } = useWallet();
  const tellers = signers.flatMap(({ name, apiUrl, state }) =>
    apiUrl === undefined || state === 'silent' ? [] : [{ name, apiUrl }],
  );
  const history = useInfiniteQuery({
    queryKey: ['history', account],
    enabled: account !== undefined,
    initialPageParam: undefined as Cursor | undefined,
    queryFn: ({ pageParam }) => readHistory(machine, tellers, account ?? '0x', pageParam),
    getNextPageParam: ({ next }) => next,
    refetchInterval: machine.config.pollSeconds * 5_000,
  });
  if (account === undefined) {
    return (
      <section className="history narrow">
        <h1>{words.history.heading}</h1>
        <p>{words.history.connect}</p>
        <WalletButton />
      </section>
    );
  }
  const pages = history.data?.pages ?? [];
  const rows = merge(pages);
  const last = pages.at(-1);
  const left = pages.reduce((sum, page) => sum + page.left, 0);
  const teller = pages[0]?.teller;
  return (
    <section className="history">
      <header>
        <h1>{words.history.heading}</h1>
        <button type="button" disabled={rows.length === 0} onClick={() => download(csvOf(rows, overview.pegs))}>
          {words.history.csv}
        </button>
      </header>
      {history.isPending && <p className="loading">{words.history.reading}</p>}
      {left > 0 && <Notice kind="warning">{words.history.left(left.toString())}</Notice>}
      {rows.length > 0 && <TransferTable rows={rows} overview={overview} />}
      {history.isError && <Notice kind="problem">{words.unread}</Notice>}
      {history.isSuccess && rows.length === 0 && <p>{words.history.empty}</p>}
      {last !== undefined && (
        <p>
          {teller === undefined
            ? words.history.lookBack(`${last.lookedBackTo.main} / ${last.lookedBackTo.product}`)
            : words.history.fromRelayer(teller)}{' '}
          {teller !== undefined && pages[0]?.complete === false && words.history.incomplete}
        </p>
      )}
      {history.hasNextPage && (
        <button type="button" disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {history.isFetchingNextPage ? words.history.reading : words.history.older}
        </button>
      )}
    </section>
  );
}
