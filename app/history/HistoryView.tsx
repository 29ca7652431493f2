import { useInfiniteQuery } from '@tanstack/react-query';

import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { Notice } from '../parts/Notice.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import { linkTo } from '../router.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { WalletButton } from '../wallet/WalletButton.tsx';
import { useWallet } from '../wallet/useWallet.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import { csvOf } from './csv.ts';
import { type Cursor, type Row, merge, readHistory } from './rows.ts';

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
      {rows.length > 0 && <Table rows={rows} overview={overview} />}
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

function Table({ rows, overview }: { readonly rows: readonly Row[]; readonly overview: Overview }) {
  const words = useWords();
  const time = useTime();
  const { columns } = words.history;
  return (
    <div className="card table">
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.what}</th>
            <th scope="col">{columns.time}</th>
            <th scope="col">{columns.gives}</th>
            <th scope="col">{columns.receives}</th>
            <th scope="col">{columns.status}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ transfer, departedAt, status }) => {
            const { direction, productToken } = transfer.lane;
            const peg = overview.pegs.find((one) => one.productToken === productToken);
            if (peg === undefined) return null;
            const link = linkTo({ name: 'transfer', direction, productToken, nonce: transfer.nonce });
            const what = direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
            return (
              <tr key={link}>
                <td>
                  <a href={link}>{words.transfer.heading(what, transfer.nonce.toString())}</a>
                </td>
                <td data-label={columns.time}>{time(departedAt)}</td>
                <td data-label={columns.gives}>{amountOf(peg, sourceOf(direction), transfer.sourceAmount)}</td>
                <td data-label={columns.receives}>{amountOf(peg, destinationOf(direction), transfer.amount)}</td>
                <td>
                  <span className={`badge ${status}`}>{words.status[status]}</span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function download(csv: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'pegway.csv';
  link.click();
  URL.revokeObjectURL(url);
}
