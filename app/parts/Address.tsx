import type { Address as Hex20 } from 'viem';

import { Copy } from './Copy.tsx';

/** An address with its checksum, whole; it breaks into lines where there is no room, and is never cut. */
export function Address({ value, href }: { readonly value: Hex20; readonly href?: string | undefined }) {
  return (
    <span className="address">
      {href === undefined ? (
        <code>{value}</code>
      ) : (
        <a href={href} target="_blank" rel="noreferrer">
          <code>{value}</code>
        </a>
      )}
      <Copy text={value} />
    </span>
  );
}
