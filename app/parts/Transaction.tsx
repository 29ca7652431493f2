import type { Hex } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { useMachine } from '../context.ts';
import { Copy } from './Copy.tsx';

/** A transaction's hash, whole, with a link where there is an explorer. */
export function Transaction({ side, hash }: { readonly side: Side; readonly hash: Hex }) {
  const { explorer } = useMachine().config.chains[side];
  return (
    <span className="address">
      {explorer === undefined ? (
        <code>{hash}</code>
      ) : (
        <a href={`${explorer}tx/${hash}`} target="_blank" rel="noreferrer">
          <code>{hash}</code>
        </a>
      )}
      <Copy text={hash} />
    </span>
  );
}
