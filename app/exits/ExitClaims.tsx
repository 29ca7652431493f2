import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Address } from 'viem';

import { addressProblem, parseAddress } from '../../protocol/address.ts';
import { slotsOf } from '../../sdk/exits/candidates.ts';
import type { ExitSources } from '../../sdk/exits/sources.ts';
import { wordsOf } from '../bridge/send-transfer.ts';
import type { Overview } from '../chain/overview.ts';
import { useWords } from '../i18n/i18n.ts';
import { Notice } from '../parts/Notice.tsx';
import { WalletButton } from '../wallet/WalletButton.tsx';
import { useWallet } from '../wallet/useWallet.ts';
import { BalanceProofs } from './BalanceProofs.tsx';
import { ClaimFacts } from './ClaimFacts.tsx';
import { PayClaims } from './PayClaims.tsx';
import { RegisterClaims } from './RegisterClaims.tsx';
import { type RegisteredRow, isOpen, mayBeOwed, rowsOf } from './claims.ts';
import { consentsOf } from './consent.ts';
import { useCandidates, useClaims, useIsContract, useSources } from './useClaims.ts';
import type { DeployedExits } from './useExits.ts';
import { useProofs } from './useProofs.ts';

interface ExitClaimsProps {
  readonly status: DeployedExits;
  readonly overview: Overview;
}

/** Registers the claims of the connected account, or of a contract that named a recipient, and has them paid. */
export function ExitClaims({ status, overview }: ExitClaimsProps) {
  const { exitClaims: words } = useWords();
  const { address: own } = useWallet();
  return (
    <section className="card receipt">
      <h2>{words.heading}</h2>
      <p>{words.intro(status.settlement.number.toString())}</p>
      {own === undefined ? (
        <>
          <p>{words.connect}</p>
          <WalletButton />
        </>
      ) : (
        <Accounts key={own} own={own} status={status} overview={overview} />
      )}
    </section>
  );
}

/** The account of the claims: the wallet's, or another one that is typed. */
function Accounts({ own, status, overview }: ExitClaimsProps & { readonly own: Address }) {
  const { exitClaims: words, loading, findings } = useWords();
  const [typed, setTyped] = useState('');
  const sources = useSources();
  const isContract = useIsContract(own);
  if (sources.data === undefined || isContract.data === undefined) {
    const error = sources.error ?? isContract.error;
    return error === null ? <p>{loading}</p> : <Notice kind="problem">{words.unread}</Notice>;
  }
  const isTyped = typed.trim() !== '';
  const isAddress = isTyped && addressProblem(typed) === undefined;
  const account = isAddress ? parseAddress(typed) : own;
  return (
    <>
      <label>
        {words.contract}
        <input
          className="addressfield"
          placeholder={own}
          value={typed}
          maxLength={60}
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      {isTyped && !isAddress ? (
        <p className="finding error">{findings['not-an-address']}</p>
      ) : (
        <Claims
          key={account}
          {...{ account, own, status, overview, sources: sources.data, isContract: isContract.data }}
        />
      )}
    </>
  );
}

interface ClaimsProps extends ExitClaimsProps {
  readonly account: Address;
  readonly own: Address;
  readonly sources: ExitSources;
  readonly isContract: boolean;
}

function Claims({ account, own, status, overview, sources, isContract }: ClaimsProps) {
  const { exitClaims: words, loading } = useWords();
  const queries = useQueryClient();
  // Claims that are found later have to be proven first, and the typed recipient must outlast that.
  const [typed, setTyped] = useState<string | undefined>();
  const { exits, settlement } = status;
  const { candidates, isSearching, searchError } = useCandidates(sources, account, status);
  const proofs = useProofs(settlement, slotsOf(sources, account, candidates));
  const productBridge = sources.product.bridge;
  const unsettled = candidates.filter((one) => mayBeOwed(one, proofs.snapshot, productBridge));
  const claims = useClaims(status, overview, unsettled);
  if (claims.data === undefined)
    return claims.error === null ? <p>{loading}</p> : <Notice kind="problem">{words.unread}</Notice>;

  const { snapshot } = proofs;
  const isPaying = status.phase === 'paying';
  const consents = consentsOf({ account, own, isContract, snapshot, registry: sources.registry });
  const rows = rowsOf(claims.data, { account, productBridge, snapshot, isAsking: proofs.isAsking, consents, isPaying });
  const open = rows.filter(isOpen);
  const payable = isPaying ? rows.filter((row): row is RegisteredRow => row.state === 'registered') : [];
  const refresh = () => {
    void claims.refetch();
    // Block B may have been shown to the contract.
    void queries.invalidateQueries({ queryKey: ['exits'] });
  };
  return (
    <>
      {rows.some((row) => !('payment' in row)) && <BalanceProofs block={settlement.number} proofs={proofs} />}
      <h3>{words.claims}</h3>
      {isSearching && <p role="status">{words.searching}</p>}
      {searchError !== null && <Notice kind="warning">{words.unsearched(wordsOf(searchError))}</Notice>}
      <ClaimFacts rows={rows} isPaying={isPaying} />
      {open.length > 0 && snapshot !== undefined && !proofs.isAsking && (
        <RegisterClaims
          {...{ status, overview, sources, account, own, consents, isPaying, rows: open, snapshot, onSettled: refresh }}
          {...{ typed, onTyped: setTyped }}
        />
      )}
      {payable.length > 0 && <PayClaims {...{ exits, own, rows: payable, onSettled: refresh }} />}
    </>
  );
}
