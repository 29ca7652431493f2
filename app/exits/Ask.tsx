import { useState } from 'react';

import { failureOf } from '../bridge/send-transfer.ts';
import { useMachine } from '../context.ts';
import { type Words, useWords } from '../i18n/i18n.ts';
import { Notice } from '../parts/Notice.tsx';
import type { ClaimStep } from './send-claims.ts';

interface AskProps {
  /** All that the wallet will ask for, in order. */
  readonly asks: readonly string[];
  readonly button: string;
  /** Block B, where it may have to be shown. */
  readonly block?: string;
  /** Undefined while the recipient is none. */
  readonly send: ((onStep: (step: ClaimStep) => void) => Promise<void>) | undefined;
  /** It was sent, or has failed, perhaps halfway. */
  readonly onSettled: () => void;
}

/** Lists what the wallet will ask for before anything is signed, and sends it. */
export function Ask({ asks, button, block = '', send, onSettled }: AskProps) {
  const { exitClaims: words } = useWords();
  const { chains } = useMachine().config;
  const [step, setStep] = useState<string | undefined>();
  const [problem, setProblem] = useState<string | undefined>();

  const start = async (): Promise<void> => {
    if (send === undefined || step !== undefined) return;
    let current = button;
    const show = (text: string) => setStep((current = text));
    show(button);
    setProblem(undefined);
    try {
      await send((next) => show(stepText(next, chains.main.name, block, words)));
    } catch (error) {
      setProblem(words.failedAt(current, reasonFor(error, words)));
    }
    setStep(undefined);
    onSettled();
  };
  return (
    <>
      <h3>{words.willAsk}</h3>
      <ol className="asks">
        {asks.map((ask) => (
          <li key={ask}>{ask}</li>
        ))}
      </ol>
      <p className="note">{words.gas(chains.main.name)}</p>
      <button
        type="button"
        className="primary"
        disabled={send === undefined || step !== undefined}
        onClick={() => void start()}
      >
        {step ?? button}
      </button>
      {problem !== undefined && <Notice kind="problem">{problem}</Notice>}
    </>
  );
}

function stepText(step: ClaimStep, chain: string, block: string, { steps }: Words['exitClaims']): string {
  switch (step.kind) {
    case 'switch':
      return steps.switch(chain);
    case 'fix':
      return steps.fix(block);
    case 'sign':
    case 'prepare':
      return steps[step.kind];
    case 'register':
    case 'pay':
      return steps[step.kind](step.symbol);
  }
}

function reasonFor(error: unknown, words: Words['exitClaims']): string {
  const failure = failureOf(error);
  if (failure.kind === 'declined' && failure.why === 'rejected') return words.declined;
  if (failure.kind === 'refused') {
    const known: Readonly<Record<string, string>> = words.refusals;
    return known[failure.text] ?? words.refusedAs(failure.text);
  }
  return words.otherFailure(failure.kind === 'declined' ? failure.why : failure.text.replace(/\.$/, ''));
}
