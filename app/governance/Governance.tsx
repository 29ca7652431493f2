import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { describeCall } from './describe-call.ts';
import { type Known, type ProposalRow, readGovernance } from './read-governance.ts';

interface GovernanceProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** Changes of the bridges that a quorum has accepted: pending ones with the time left, and past ones. */
export function Governance({ overview, signers }: GovernanceProps) {
  const words = useWords();
  const machine = useMachine();
  const known = useRef(new Map<string, Known>());
  const tellers = signers.flatMap(({ name, apiUrl, state }) =>
    apiUrl === undefined || state === 'silent' ? [] : [{ name, apiUrl }],
  );
  const { data: rows } = useQuery({
    queryKey: ['governance', tellers.length > 0],
    refetchInterval: machine.config.pollSeconds * 5_000,
    queryFn: () => readGovernance(machine, tellers, known.current),
  });
  if (rows === undefined) return null;
  return (
    <section className="card limits">
      <h2>{words.governance.heading}</h2>
      <p>{words.governance.text}</p>
      {tellers.length === 0 && <p>{words.governance.noRelayer}</p>}
      {rows.length === 0 && tellers.length > 0 && <p>{words.governance.none}</p>}
      <ul className="proposals">
        {rows.map((row) => (
          <Proposal key={`${row.side}-${row.nonce}`} row={row} overview={overview} />
        ))}
      </ul>
    </section>
  );
}

function Proposal({ row, overview }: { readonly row: ProposalRow; readonly overview: Overview }) {
  const words = useWords();
  const time = useTime();
  const { config } = useMachine();
  const { governance } = words;
  const { side, nonce, content, executableAt, executedAt = 0n, stage } = row;
  const left = words.duration(Number(executableAt - overview.sides[side].head.timestamp));
  const stageText =
    stage === 'waiting'
      ? governance.stages.waiting(time(executableAt), left)
      : stage === 'executed'
        ? governance.stages.executed(time(executedAt))
        : governance.stages[stage]();
  const isPending = stage === 'waiting' || stage === 'executable';
  return (
    <li>
      <h3>{governance.proposal(nonce.toString(), config.chains[side].name)}</h3>
      <p className={isPending ? 'pending' : undefined}>{stageText}</p>
      {content === undefined ? (
        <p>{governance.unread}</p>
      ) : (
        <ul>
          {content.calls.length === 0 && <li>{governance.cancel}</li>}
          {content.calls.map((data, place) => (
            <li key={place}>{describeCall(side, data, { words, pegs: overview.pegs, time })}</li>
          ))}
        </ul>
      )}
      {content !== undefined && <small>{governance.accepted(time(content.acceptedAt))}</small>}
    </li>
  );
}
