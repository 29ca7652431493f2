import type { Token } from '../chain/token-calls.ts';
import { useMachine } from '../context.ts';

/** A token's symbol, with the logo that the configuration names for it. */
export function TokenName({ token: { address, symbol } }: { readonly token: Token }) {
  const logo = useMachine().config.logos.get(address);
  return (
    <b className="token">
      {logo !== undefined && <img src={logo} alt="" width="20" height="20" />}
      {symbol}
    </b>
  );
}
