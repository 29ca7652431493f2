import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useWords } from '../i18n/i18n.ts';
import { Notice } from '../parts/Notice.tsx';
import { WalletButton } from '../wallet/WalletButton.tsx';
import { useWallet } from '../wallet/useWallet.ts';
import { BalanceProofs } from './BalanceProofs.tsx';
import { ClaimFacts } from './ClaimFacts.tsx';
import { PayClaims } from './PayClaims.tsx';
import { RegisterClaims } from './RegisterClaims.tsx';
import { type OpenRow, type RegisteredRow, readClaims, rowsOf } from './claims.ts';
import type { DeployedExits } from './useExits.ts';
import { useProofs } from './useProofs.ts';

interface ExitClaimsProps {
  readonly status: DeployedExits;
  readonly overview: Overview;
}

/** Registers the connected account's claims of balances, and has them paid. */
export function ExitClaims({ status, overview }: ExitClaimsProps) {
  const { exitClaims: words } = useWords();
  const { address: account } = useWallet();
  return (
    <section className="card receipt">
      <h2>{words.heading}</h2>
      <p>{words.intro(status.settlement.number.toString())}</p>
      {account === undefined ? (
        <>
          <p>{words.connect}</p>
          <WalletButton />
        </>
      ) : (
        <Claims key={account} account={account} status={status} overview={overview} />
      )}
    </section>
  );
}

function Claims({ account, status, overview }: ExitClaimsProps & { readonly account: Address }) {
  const { exitClaims: words, loading } = useWords();
  const { readers, config } = useMachine();
  const { exits, settlement } = status;
  const { pegs } = overview;
  const claims = useQuery({
    queryKey: ['exit-claims', exits, account, pegs.length],
    refetchInterval: config.pollSeconds * 5_000,
    queryFn: () => readClaims(readers.main, exits, account, pegs),
  });
  const proofs = useProofs(
    settlement,
    account,
    pegs.map(({ productToken }) => productToken),
  );
  if (claims.data === undefined)
    return claims.error === null ? <p>{loading}</p> : <Notice kind="problem">{words.unread}</Notice>;

  const isPaying = status.phase === 'paying';
  const rows = rowsOf(claims.data, proofs.snapshot, account, isPaying);
  const open = rows.filter((row): row is OpenRow => row.state === 'open' || row.state === 'late');
  const payable = isPaying ? rows.filter((row): row is RegisteredRow => row.state === 'registered') : [];
  const refresh = () => void claims.refetch();
  return (
    <>
      {rows.some((row) => !('payment' in row)) && <BalanceProofs block={settlement.number} proofs={proofs} />}
      <h3>{words.balances}</h3>
      <ClaimFacts rows={rows} isPaying={isPaying} />
      {open.length > 0 && proofs.snapshot !== undefined && (
        <RegisterClaims
          {...{ status, overview, account, isPaying, rows: open, snapshot: proofs.snapshot, onSettled: refresh }}
        />
      )}
      {payable.length > 0 && <PayClaims {...{ exits, account, rows: payable, onSettled: refresh }} />}
    </>
  );
}
