import type { ReactNode } from 'react';

import type { TransferName } from '../../relayer/sdk.ts';
import { destinationOf, sourceOf } from '../../relayer/transfer/lane.ts';
import { expectedSeconds } from '../bridge/expected.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { Transaction } from '../parts/Transaction.tsx';
import { amountOf } from '../parts/tokens.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { useTime, useWords } from '../words/words.ts';
import type { TransferFacts } from './facts.ts';
import { type StepName, finalityOf, lightOf, obstacleOf, stepNames, stepsOf } from './journey.ts';
import { Lights } from './Lights.tsx';
import { useReports } from './useTransfer.ts';

interface StepsProps {
  readonly name: TransferName;
  readonly facts: TransferFacts;
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
  readonly peg: PegView;
}

/** Where the transfer is: what the chains say, and for what is between them, what relayers say. */
export function Steps({ name, facts, overview, signers, peg }: StepsProps) {
  const words = useWords();
  const time = useTime();
  const source = sourceOf(name.direction);
  const destination = destinationOf(name.direction);
  const { transfer, arrival, status } = facts;
  const reports = useReports(name, signers, status === 'open' || arrival === undefined);
  const said = reports.map(({ data }) => data);

  const finality = finalityOf(overview.sides[source], transfer.blockNumber);
  const { threshold, pausedUntil, head, final } = overview.sides[destination];
  const isSubmitted = said.some(
    (report) => report?.reason === 'waiting-for-inclusion' || report?.reason === 'waiting-for-finality',
  );
  const isThereFinal = arrival !== undefined && arrival.blockNumber <= final.number;
  const states = stepsOf(facts, finality.isFinal, isSubmitted, isThereFinal);
  const alive = signers.filter(({ state }) => state === 'in-sync' || state === 'behind' || state === 'unknown').length;
  const obstacle = obstacleOf(
    ...([status, pausedUntil > head.timestamp, facts.refused !== undefined, alive, threshold, said] as const),
  );
  const lights = signers.map((signer, place) => ({
    ...signer,
    light: lightOf(signer, facts, said[place], reports[place]?.isError === true),
  }));
  const signed = lights.filter(({ light }) => light === 'signed' || light === 'says-signed').length;

  const details: Readonly<Record<StepName, ReactNode>> = {
    departed: (
      <>
        {words.transfer.inBlock(transfer.blockNumber.toString())}, {time(facts.departedAt)}
        <Transaction side={source} hash={transfer.transactionHash} />
      </>
    ),
    final: finality.isFinal
      ? words.transfer.finalBlock
      : words.transfer.blockOf(finality.reached.toString(), finality.of.toString()),
    // The event of a release or a bounce does not say who had signed.
    signed:
      status === 'open' || arrival?.signerMask !== undefined ? (
        <>
          {words.transfer.signers(signed.toString(), threshold.toString())}
          <Lights lights={lights} />
        </>
      ) : (
        words.transfer.quorum
      ),
    submitted:
      arrival !== undefined ? (
        <Transaction side={destination} hash={arrival.transactionHash} />
      ) : status === 'open' ? (
        finality.isFinal && (
          <span>{obstacle === undefined ? words.transfer.waitingForExecution : words.reasons[obstacle]}</span>
        )
      ) : status === 'parked' ? null : (
        words.transfer.notFound
      ),
    done: (
      <>
        {arrival !== undefined &&
          status === 'executed' &&
          `${words.transfer.inBlock(arrival.blockNumber.toString())}: ${isThereFinal ? words.transfer.executedFinal : words.transfer.waitingForFinality}`}
        {facts.balance !== undefined && (
          <span>
            {words.transfer.balance(
              amountOf(peg, destination, facts.balance.before),
              amountOf(peg, destination, facts.balance.after),
            )}
          </span>
        )}
        {status === 'open' &&
          facts.refused === undefined &&
          words.transfer.expected(words.duration(expectedSeconds(overview, name.direction)))}
      </>
    ),
  };
  return (
    <ol className="steps">
      {stepNames.map((step) => (
        <li
          key={step}
          className={states[step]}
          data-step={step}
          aria-current={states[step] === 'now' ? 'step' : undefined}
        >
          <h2>{states[step] === 'stopped' ? words.status[status] : words.transfer.steps[step]}</h2>
          <div className="detail">{details[step]}</div>
        </li>
      ))}
    </ol>
  );
}
