import type { ReactNode } from 'react';

import type { TransferName } from '../../sdk/index.ts';
import { type Status, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { expectedSeconds } from '../bridge/expected.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { Steady } from '../parts/Steady.tsx';
import { Transaction } from '../parts/Transaction.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { type Words, useTime, useWords } from '../i18n/i18n.ts';
import type { TransferFacts } from './facts.ts';
import {
  type Light,
  type Obstacle,
  type StepName,
  type StepState,
  finalityOf,
  lightOf,
  obstacleOf,
  seenFinal,
  stepNames,
  stepsOf,
} from './journey.ts';
import { useTitle } from '../parts/useTitle.ts';
import { Lights } from './Lights.tsx';
import { useReports } from './useTransfer.ts';

interface StepsProps {
  readonly name: TransferName;
  readonly facts: TransferFacts;
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
  readonly peg: PegView;
}

/** Progress of the transfer: from the chains, and from relayers for the steps off chain. */
export function Steps({ name, facts, overview, signers, peg }: StepsProps) {
  const words = useWords();
  const what = name.direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
  const time = useTime();
  const source = sourceOf(name.direction);
  const destination = destinationOf(name.direction);
  const { transfer, arrival, status } = facts;
  const reports = useReports(name, signers, transfer, status === 'open' || arrival === undefined);
  const said = reports.map(({ data }) => data);

  const { threshold, pausedUntil, head, final } = overview.sides[destination];
  const seen = seenFinal(
    signers.map((signer) => signer.status?.scanned[source]),
    threshold,
  );
  const finality = finalityOf(overview.sides[source], transfer.blockNumber, seen);
  const isThereFinal = arrival !== undefined && arrival.blockNumber <= final.number;
  const alive = signers.filter(({ state }) => state === 'in-sync' || state === 'behind' || state === 'unknown').length;
  const obstacle = obstacleOf(
    ...([status, pausedUntil > head.timestamp, facts.refused !== undefined, alive, threshold, said] as const),
  );
  const lights = signers.map((signer, place) => ({
    ...signer,
    light: lightOf(signer, facts, said[place], reports[place]?.isError === true),
  }));
  const counted = (wanted: Light) => lights.filter(({ light }) => light === wanted).length;
  const signed = counted('signed');
  const saySigned = counted('says-signed');
  const isSigned = signed + saySigned >= threshold;
  const isFinal = finality.isFinal || isSigned || status !== 'open';
  const states = stepsOf(facts, isFinal, isSigned, isThereFinal);
  useTitle(titleOf(states, status, words.transfer.heading(what, name.nonce.toString()), words));

  const details: Readonly<Record<StepName, ReactNode>> = {
    departed: (
      <>
        {words.transfer.inBlock(transfer.blockNumber.toString())}, {time(facts.departedAt)}
        <Transaction side={source} hash={transfer.transactionHash} />
      </>
    ),
    final: (
      <Steady
        text={
          isFinal
            ? words.transfer.finalBlock
            : words.transfer.blockOf(finality.reached.toString(), finality.of.toString())
        }
        others={[words.transfer.finalBlock]}
      />
    ),
    // The event of a release or a bounce does not list the signers.
    signed:
      status === 'open' || arrival?.signerMask !== undefined ? (
        <>
          <Steady text={signedText(signed, saySigned, threshold, words)} others={longestSigned(threshold, words)} />
          <Lights lights={lights} />
        </>
      ) : (
        words.transfer.quorum
      ),
    submitted:
      arrival !== undefined ? (
        <Transaction side={destination} hash={arrival.transactionHash} />
      ) : status === 'open' ? (
        isFinal && (
          <span>
            {obstacle === undefined ? words.transfer.waitingForExecution : obstacleText(obstacle, signers, words)}
          </span>
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

/** The progress in the tab's title: the step in progress of all, or how it ended. */
function titleOf(
  states: Readonly<Record<StepName, StepState>>,
  status: Status,
  heading: string,
  { transfer, status: statuses }: Words,
): string {
  const place = stepNames.findIndex((step) => states[step] === 'now');
  const step = stepNames[place];
  if (status !== 'open' || step === undefined) return `${statuses[status]} · ${heading}`;
  return `${place + 1}/${stepNames.length} ${transfer.steps[step]} · ${heading}`;
}

/** Signatures on chain, and separately those reported by relayers. */
function signedText(signed: number, say: number, threshold: number, { transfer }: Words): string {
  const needed = threshold.toString();
  if (say === 0) return transfer.signers(signed.toString(), needed);
  return signed === 0
    ? transfer.saySigned(say.toString(), needed)
    : transfer.signersAndSay(signed.toString(), say.toString(), needed);
}

/** Texts that take the most lines while signatures arrive. */
const longestSigned = (threshold: number, { transfer }: Words): readonly string[] => {
  const needed = threshold.toString();
  return [transfer.saySigned(needed, needed), transfer.signersAndSay('1', needed, needed)];
};

/** The reason, with its source where that is not the chains. */
function obstacleText({ reason, saidBy }: Obstacle, signers: readonly SignerNow[], words: Words): string {
  const text = words.reasons[reason];
  const first = signers[saidBy[0] ?? -1];
  if (first === undefined) return text;
  const others = saidBy.length - 1;
  return others === 0 ? words.transfer.says(first.name, text) : words.transfer.say(first.name, others.toString(), text);
}
