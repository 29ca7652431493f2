import { useDeferredValue, useState } from 'react';
import type { Hex } from 'viem';

import { type Direction, sourceOf } from '../../protocol/lane.ts';
import { isCoin } from '../../sdk/index.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { Notice } from '../parts/Notice.tsx';
import { Steady } from '../parts/Steady.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import { WalletButton } from '../wallet/WalletButton.tsx';
import { useWallet } from '../wallet/useWallet.ts';
import { type Words, useWords } from '../i18n/i18n.ts';
import type { Checked } from './checks.ts';
import { type Failure, type Step, failureOf, send } from './send-transfer.ts';
import { type DepositConsent, useConsent } from './useConsent.ts';

type ShownStep = Step | 'check';

interface SendButtonProps {
  readonly peg: PegView;
  readonly direction: Direction;
  readonly checked: Checked;
  readonly onSent: (hash: Hex) => void;
}

/** Opens the wallet, once no finding prevents it. */
export function SendButton({ peg, direction, checked, onSent }: SendButtonProps) {
  const words = useWords();
  const machine = useMachine();
  const wallet = useWallet();
  const [step, setStep] = useState<ShownStep | undefined>();
  const [failure, setFailure] = useState<Failure | undefined>();
  const source = sourceOf(direction);
  const chain = machine.config.chains[source];
  const { amount, recipient, arrives, bridgeFee = 0n } = checked;
  const asked = useDeferredValue(amount === undefined || arrives === undefined ? undefined : amount + bridgeFee);
  const consent = useConsent(peg, asked, wallet.address, direction === 'mint');

  if (wallet.address === undefined) return <WalletButton />;

  const isReady =
    amount !== undefined &&
    arrives !== undefined &&
    recipient !== undefined &&
    checked.findings.every(({ level }) => level !== 'error');
  const start = () => {
    if (!isReady || step !== undefined) return;
    setFailure(undefined);
    setStep('check');
    const onStep = (now: Step) => {
      if (now === 'unpermitted') consent.noteUnpermitted();
      setStep(now);
    };
    // Cap the fee at the displayed one.
    const request = { productToken: peg.productToken, amount, recipient, maxFee: bridgeFee };
    send(machine, direction, request, { onStep, permit: !consent.isUnpermitted })
      .then(onSent, (error: unknown) => setFailure(failureOf(error)))
      .finally(() => setStep(undefined));
  };
  const plain = direction === 'mint' ? words.bridge.depositPlain : words.bridge.redeemPlain;
  const withAmount = direction === 'mint' ? words.bridge.deposit : words.bridge.redeem;
  const isShort = checked.findings.some(({ kind }) => kind === 'over-balance');
  const short = words.bridge.insufficient(peg.tokens[source].symbol);
  const idle = isReady ? withAmount(amountOf(peg, source, amount)) : isShort ? short : plain;
  const steps = (Object.keys(words.bridge.steps) as ShownStep[]).map((one) => stepText(one, chain.name, words));

  const elsewhere = words.bridge.switchAndSend(chain.name);
  const notes = notesOf(direction, peg, words);
  const note =
    arrives === undefined
      ? ''
      : wallet.chainId !== chain.chainId
        ? elsewhere
        : direction === 'mint'
          ? consentNote(peg, consent, words)
          : notes[0];
  const withFee =
    isReady && bridgeFee > 0n ? ` ${words.bridge.withFee(amountOf(peg, source, amount + bridgeFee))}` : '';
  return (
    <div className="send">
      <button type="button" className="primary" disabled={!isReady || step !== undefined} onClick={start}>
        <Steady text={step === undefined ? idle : stepText(step, chain.name, words)} others={[idle, ...steps]} />
      </button>
      <p className="note">
        <Steady text={`${note}${withFee}`} others={[elsewhere, ...notes].map((one) => `${one}${withFee}`)} />
      </p>
      {failure !== undefined && <Notice kind="problem">{failureText(failure, words)}</Notice>}
    </div>
  );
}

/** All that the note may say of what the wallet will ask. */
function notesOf(direction: Direction, peg: PegView, words: Words): [string, ...string[]] {
  if (direction === 'withdraw') return [words.bridge.redeemNote];
  const { coin, unpermitted, ...asked } = words.bridge.consents;
  if (isCoin(peg.tokens.main.address)) return [coin];
  const approvals = [asked.approve, asked.reset].map((text) => `${unpermitted} ${text}`);
  return [unpermitted, ...Object.values(asked), ...approvals];
}

function consentNote(peg: PegView, { first, isUnpermitted }: DepositConsent, words: Words): string {
  const { coin, unpermitted, ...asked } = words.bridge.consents;
  if (isCoin(peg.tokens.main.address)) return coin;
  if (!isUnpermitted) return asked[first ?? 'permit'];
  return first === undefined || first === 'none' ? unpermitted : `${unpermitted} ${asked[first]}`;
}

function stepText(step: ShownStep, chain: string, words: Words): string {
  const text = words.bridge.steps[step];
  return typeof text === 'string' ? text : text(chain);
}

export function failureText(failure: Failure, words: Words): string {
  switch (failure.kind) {
    case 'declined':
      return words.bridge.declined[failure.why];
    case 'refused':
      return words.bridge.refused(failure.reason === undefined ? failure.text : words.reasons[failure.reason]);
    case 'failed':
    case 'unsure':
      return words.bridge[failure.kind](failure.text);
  }
}
