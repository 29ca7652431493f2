import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { wordsOf } from '../bridge/send-transfer.ts';
import { useWords } from '../i18n/i18n.ts';
import { Notice } from '../parts/Notice.tsx';
import type { Proofs } from './useProofs.ts';

/** Where the proofs of the balances are from; a snapshot file can always be chosen. */
export function BalanceProofs({ block, proofs }: { readonly block: bigint; readonly proofs: Proofs }) {
  const { exitClaims: words } = useWords();
  const { snapshot, source, isAsking, nodeError, fileError, choose } = proofs;
  const number = block.toString();
  return (
    <>
      {snapshot !== undefined ? (
        <p role="status">{words.proven[source](number)}</p>
      ) : isAsking ? (
        <p role="status">{words.proving(number)}</p>
      ) : (
        nodeError !== null && <Notice kind="warning">{words.unproven(number, wordsOf(nodeError))}</Notice>
      )}
      <label>
        {words.file}
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => choose(event.currentTarget.files?.[0])}
        />
      </label>
      {fileError !== undefined && (
        <Notice kind="problem">
          {words.badFile(messageOf(fileError))}
          {fileError instanceof PegwayError && fileError.hint !== undefined && ` ${words.hint(fileError.hint)}`}
        </Notice>
      )}
    </>
  );
}
