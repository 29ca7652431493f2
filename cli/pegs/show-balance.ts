import { type Address, erc20Abi } from 'viem';

import { type Side, sides } from '../../protocol/lane.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import { isCoin, pegs } from '../../sdk/index.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { amountOf, table } from '../inspect/format.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';
import { openPair } from '../transfer/open-holder.ts';

interface BalanceFlags extends PlaceFlags {
  readonly key?: string;
  readonly json: boolean;
}

interface Held {
  readonly side: Side;
  /** Undefined for the chain's coin. */
  readonly token: Address | undefined;
  readonly symbol: string;
  readonly decimals: number;
  readonly balance: bigint;
}

/** `pegway balance` */
export async function showBalance(text: string | undefined, flags: BalanceFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const { file, pair, devnetKeys } = await output.waiting('both nodes to answer', openPair(flags, io));
  const address = await accountOf(text, flags.key ?? devnetKeys[0], file.devnet);
  const held = await output.waiting(
    'both chains',
    pegs(pair).then(async (known): Promise<Held[]> => {
      const tokens = known.flatMap(({ main, product }) => [
        { side: 'main' as const, ...main },
        { side: 'product' as const, ...product },
      ]);
      // A main token of several pegs is shown once.
      const once = new Map(
        tokens.filter((one) => !isCoin(one.address)).map((one) => [`${one.side}${one.address}`, one]),
      );
      const coins = sides.map(async (side): Promise<Held> => {
        const { symbol, decimals } = pair[side].reader.chain?.nativeCurrency ?? { symbol: 'COIN', decimals: 18 };
        return { side, token: undefined, symbol, decimals, balance: await pair[side].reader.getBalance({ address }) };
      });
      const balances = [...once.values()].map(async ({ side, address: token, symbol, decimals }): Promise<Held> => {
        const call = { address: token, abi: erc20Abi, functionName: 'balanceOf', args: [address] } as const;
        return { side, token, symbol, decimals, balance: await pair[side].reader.readContract(call) };
      });
      return Promise.all([...coins, ...balances]);
    }),
  );
  const rows = sides.flatMap((side) => held.filter((one) => one.side === side).map((one) => rowOf(one)));
  output.result(`${address}\n${table(rows)}`, { address, balances: held });
}

const rowOf = ({ side, token, symbol, decimals, balance }: Held): string[] => [
  `  ${side}`,
  amountOf(balance, { symbol, decimals }),
  token ?? 'the coin, which pays for gas',
];

async function accountOf(text: string | undefined, uri: string | undefined, allowPlain: boolean): Promise<Address> {
  if (text !== undefined) return addressAt('address', text);
  if (uri === undefined) throw wrong('no account is named', 'name its address, or its key with --key URI');
  const signer = await openSigner(uri, { allowPlain });
  await signer.close();
  return signer.address;
}
