import { useState } from 'react';

import type { TransferName } from '../../sdk/index.ts';
import { useMachine } from '../context.ts';
import { save } from '../history/download.ts';
import { useWords } from '../i18n/i18n.ts';
import { linkTo } from '../router.ts';
import { Notice } from '../parts/Notice.tsx';
import type { Fetched } from './fetch-receipt.ts';
import { receiptProblem } from './receipt-problem.ts';

/** Of a transfer that has ended: downloads its receipt, and leads to where receipts are verified. */
export function Receipt({ name }: { readonly name: TransferName }) {
  const words = useWords();
  const { config } = useMachine();
  const [state, setState] = useState<'asking' | Pick<Fetched, 'error' | 'liars'> | undefined>();

  const download = async (): Promise<void> => {
    setState('asking');
    try {
      // Verification is not part of the first view.
      const { fetchReceipt } = await import('./fetch-receipt.ts');
      const { text, ...fetched } = await fetchReceipt(config, name);
      if (text !== undefined) {
        save(text, `receipt-${name.direction}-${name.productToken}-${name.nonce}.json`, 'application/json');
      }
      setState(fetched);
    } catch (error) {
      setState({ error, liars: [] });
    }
  };
  return (
    <div className="afterwards">
      <button type="button" disabled={state === 'asking'} onClick={() => void download()}>
        {state === 'asking' ? words.receipt.asking : words.receipt.download}
      </button>
      <a className="button" href={linkTo({ name: 'receipt' })}>
        {words.receipt.heading}
      </a>
      <p className="note" role="status">
        {typeof state !== 'object'
          ? ''
          : state.error === undefined
            ? words.receipt.saved
            : receiptProblem(state.error, words)}
      </p>
      {typeof state === 'object' && state.liars.length > 0 && (
        <Notice kind="problem">{words.receipt.falseFrom(state.liars.join(', '))}</Notice>
      )}
    </div>
  );
}
