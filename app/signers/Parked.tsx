import { useQuery } from '@tanstack/react-query';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { destinationOf } from '../../protocol/lane.ts';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { listTransfers } from '../explorer/list-transfers.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import { amountOf } from '../parts/format-tokens.ts';
import { linkTo } from '../router.ts';
import type { SignerNow } from './useSigners.ts';

const filter = { account: undefined, productToken: undefined, direction: undefined, status: 'parked' } as const;

interface ParkedProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** Transfers over a limit, and when each can be released. Relayers name them; the rest is read from the chains. */
export function Parked({ overview, signers }: ParkedProps) {
  const words = useWords();
  const time = useTime();
  const machine = useMachine();
  const tellers = signers.flatMap(({ name, apiUrl, state }) =>
    apiUrl === undefined || state === 'silent' ? [] : [{ name, apiUrl }],
  );
  const { data } = useQuery({
    queryKey: ['parked'],
    enabled: tellers.length > 0,
    refetchInterval: machine.config.pollSeconds * 4_000,
    queryFn: async () => {
      const { rows, next } = await listTransfers(machine, tellers, filter, undefined, new Map());
      const parked = await Promise.all(
        rows.map(async ({ transfer }) => {
          const { direction, productToken } = transfer.lane;
          const side = destinationOf(direction);
          const call = { address: machine.config.chains[side].bridge, abi: mainBridgeAbi } as const;
          const args = [productToken, transfer.nonce] as const;
          const { releasableAt } = await machine.readers[side].readContract({ ...call, functionName: 'parked', args });
          return { transfer, side, releasableAt: BigInt(releasableAt) };
        }),
      );
      // Released or voided meanwhile: the contract has none.
      return { parked: parked.filter(({ releasableAt }) => releasableAt !== 0n), isMore: next !== undefined };
    },
  });
  if (data === undefined || data.parked.length === 0) return null;
  return (
    <section className="card limits">
      <h2>{words.signers.parked}</h2>
      <p>{words.signers.parkedText}</p>
      <dl className="facts">
        {data.parked.map(({ transfer, side, releasableAt }) => {
          const { direction, productToken } = transfer.lane;
          const { nonce } = transfer;
          const peg = overview.pegs.find((one) => one.productToken === productToken);
          const link = linkTo({ name: 'transfer', direction, productToken, nonce });
          const what = direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
          const missing = Number(releasableAt - overview.sides[side].head.timestamp);
          return (
            <div key={link}>
              <dt>
                <a href={link}>{words.transfer.heading(what, nonce.toString())}</a>
                {peg !== undefined && ` · ${amountOf(peg, side, transfer.amount)}`}
              </dt>
              <dd>
                {missing > 0 ? words.transfer.releaseIn(words.duration(missing)) : words.signers.releasable}{' '}
                {missing > 0 && <small>{time(releasableAt)}</small>}
              </dd>
            </div>
          );
        })}
      </dl>
      {data.isMore && <p>{words.signers.parkedMore}</p>}
    </section>
  );
}
