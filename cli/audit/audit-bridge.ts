import { styleText } from 'node:util';

import type { Address } from 'viem';

import { type Side, sides } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import { checkChain, checkPair } from '../../relayer/chain/chain-client.ts';
import { amountOf, counted } from '../inspect/format.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { openAnsweringClients, targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type HistoryAudit, auditHistory } from './audit-history.ts';
import type { PegAudit } from './audit-peg.ts';
import { BASE_UNIT_TOKENS, type PegTokens, readPegTokens } from './peg-tokens.ts';
import type { Progress } from './read.ts';

interface AuditFlags extends PlaceFlags {
  readonly json: boolean;
}

export async function auditBridge(flags: AuditFlags, io: Io): Promise<number> {
  const output = openOutput(flags.json, io);
  const { config } = targetOf(flags, io);
  await using chains = await openAnsweringClients(config);
  await Promise.all(sides.map((side) => checkChain(chains[side])));
  await checkPair(chains.main, chains.product);
  await checkPair(chains.product, chains.main);

  const bar = createBar(io.stderr);
  const named = new Map<Address, PegTokens>();
  const tokensOf = async (peg: Peg): Promise<PegTokens> => {
    const tokens = flags.json ? BASE_UNIT_TOKENS : await readPegTokens(chains, peg);
    named.set(peg.productToken, tokens);
    return tokens;
  };
  const found = await auditHistory(chains, tokensOf, (side, progress) => bar.show(side, progress)).finally(() =>
    bar.end(),
  );
  output.result(report(found, named, io), found);
  return found.mistakes.length > 0 ? 1 : 0;
}

/** A progress line that is overwritten; silent without a terminal. */
function createBar(stderr: Io['stderr']) {
  const { isTTY = false } = stderr;
  const now: Partial<Record<Side, Progress>> = {};
  const text = ({ found, wanted, block }: Progress): string => {
    const share = wanted === 0 ? 1 : Math.min(1, found / wanted);
    const bar = '█'.repeat(Math.floor(share * 20)).padEnd(20, '░');
    return `${bar} ${Math.floor(share * 100)} % of ${wanted}, down to block ${block}`;
  };
  return {
    show(side: Side, progress: Progress): void {
      now[side] = progress;
      const line = sides.flatMap((one) => (now[one] === undefined ? [] : [`${one} ${text(now[one])}`])).join('  ');
      if (isTTY) stderr.write(`\r\u001b[K${line}`);
    },
    end(): void {
      if (isTTY) stderr.write('\r\u001b[K');
    },
  };
}

function report(
  { at, pegs, mistakes, undecided }: HistoryAudit,
  named: ReadonlyMap<Address, PegTokens>,
  { stdout }: Io,
): string {
  const lines = pegs.map((peg) => pegLine(peg, named.get(peg.productToken)?.product));
  const mark = (good: boolean) => styleText(good ? 'green' : 'red', good ? '✔' : '✖', { stream: stdout });
  const all = mistakes.length === 0 ? 'every product token is backed' : counted(mistakes.length, 'mistake');
  return [
    ...lines.map((line, index) => `${mark(pegs[index]?.mistakes.length === 0)} ${line}`),
    ...mistakes.map((mistake) => `    ${mistake}`),
    ...(undecided === 0
      ? []
      : [`! ${counted(undecided, 'execution')} ahead of the source’s final block here: audit again later`]),
    `${mark(mistakes.length === 0)} audited to main block ${at.main} and product block ${at.product}: ${all}`,
  ].join('\n');
}

function pegLine(
  { deposits, redeems, open, bounced, supply, productToken }: PegAudit,
  name: PegTokens['product'] | undefined,
): string {
  const token = name ?? { symbol: productToken, decimals: 0 };
  const back = bounced === 0 ? '' : `, ${bounced} bounced`;
  return `${token.symbol}: ${counted(deposits, 'deposit')}, ${counted(redeems, 'redeem')}, ${open} open${back}; ${amountOf(supply, token)} minted`;
}
