import { formatUnits } from 'viem';

import { exitsAbi, mainBridgeAbi } from '../../protocol/abi.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type ExitFlags, type OpenExits, openExits, readStatus } from './open-exits.ts';
import type { ExitStatus } from '../../sdk/read-exits.ts';
import { readTokenInfo } from '../../sdk/token-info.ts';

const timeOf = (seconds: bigint): string => new Date(Number(seconds) * 1_000).toISOString().replace('.000Z', 'Z');

const DAY = 86_400n;

/** `2.5 days`, for people. */
const daysOf = (seconds: bigint): string => `${(Number((seconds * 10n) / DAY) / 10).toFixed(1)} days`;

/** What can be done now, and until when. */
export function describePhase({ phase, now, openableAt, closableAt, claimsFrom, paymentsFrom }: ExitStatus): string {
  switch (phase) {
    case 'silent':
      return now < openableAt
        ? `closed: exits can be announced from ${timeOf(openableAt)}, in ${daysOf(openableAt - now)}, unless the signers show life`
        : 'the signers are silent: anyone can announce the exits with `pegway exit open`';
    case 'announced': {
      const at = closableAt ?? now;
      return now < at
        ? `announced: the bridge can be closed from ${timeOf(at)}, in ${daysOf(at - now)}, unless the signers show life`
        : 'announced: anyone can close the bridge with `pegway exit close`';
    }
    case 'advancing':
      return `closed for ever: claims are registered from ${timeOf(claimsFrom)} on; until then run \`pegway exit advance\``;
    case 'registering':
      return `claims are registered until ${timeOf(paymentsFrom)}: \`pegway exit register\``;
    case 'paying':
      return 'registered claims are paid: `pegway exit claim`; a late claim takes what is left over';
  }
}

/** `pegway exit status`. */
export async function showExitStatus(flags: ExitFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const exits = await openExits(flags, io);
  const status = await readStatus(exits);
  const { anchor, settlement, now, lastLifeAt } = status;
  const pegs = await Promise.all(exits.productTokens.map((token) => readPeg(exits, token)));
  const block = settlement.closedAt === 0n ? anchor : settlement;
  const lines = [
    describePhase(status),
    `signers last alive: ${timeOf(lastLifeAt)}, ${daysOf(now - lastLifeAt)} ago`,
    settlement.closedAt === 0n
      ? `last anchor: block ${block.number} of the product chain; tokens received after it are not covered`
      : `settled as of block ${block.number} of the product chain (${block.blockHash})`,
    ...pegs.map(({ symbol, decimals, collateral, registered }) => {
      const [all, claimed] = [collateral, registered].map((amount) => formatUnits(amount, decimals));
      return `${symbol}: ${claimed} claimed of ${all}`;
    }),
  ];
  output.result(lines.join('\n'), { exits: exits.exits, anchors: exits.anchors, ...status, pegs });
}

async function readPeg({ main: { reader: main, bridge }, exits }: OpenExits, productToken: `0x${string}`) {
  const at = { address: exits, abi: exitsAbi, args: [productToken] } as const;
  const [collateral, registered, { mainToken }, locked] = await Promise.all([
    main.readContract({ ...at, functionName: 'collateral' }),
    main.readContract({ ...at, functionName: 'registered' }),
    main.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] }),
    main.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'locked', args: [productToken] }),
  ]);
  const token = await readTokenInfo(main, mainToken);
  return { productToken, mainToken, symbol: token.symbol, decimals: token.decimals, locked, collateral, registered };
}
