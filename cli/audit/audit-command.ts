import { styleText } from 'node:util';

import type { Command } from 'commander';

import { checkChain, checkPair } from '../../relayer/chain/chain-client.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { type HistoryAudit, auditHistory } from './history.ts';
import type { PegAudit } from './peg.ts';
import type { Progress } from './read.ts';
import { type PlaceFlags, openSides, placeOf, withPlace } from '../inspect/target.ts';
import { nameOf } from '../inspect/tokens.ts';
import { type TokenName, amountOf } from '../inspect/format.ts';
import { openOutput } from '../output.ts';

interface AuditFlags extends PlaceFlags {
  readonly json: boolean;
}

async function audit(flags: AuditFlags): Promise<void> {
  const output = openOutput(flags.json);
  const { config } = placeOf(flags);
  await using chains = openSides(config);
  await Promise.all(sides.map((side) => checkChain(chains[side])));
  await checkPair(chains.main, chains.product);
  await checkPair(chains.product, chains.main);

  const bar = createBar();
  const found = await auditHistory(chains, (side, progress) => bar.show(side, progress)).finally(() => bar.end());
  const names = new Map(
    await Promise.all(
      found.pegs.map(async ({ productToken }) => [productToken, await nameOf(chains.product, productToken)] as const),
    ),
  );
  output.result(report(found, names), found);
  if (found.mistakes.length > 0) process.exitCode = 1;
}

/** One line that is written over; quiet when nobody watches. */
function createBar() {
  const { isTTY } = process.stderr;
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
      if (isTTY) process.stderr.write(`\r\u001b[K${line}`);
    },
    end(): void {
      if (isTTY) process.stderr.write('\r\u001b[K');
    },
  };
}

function report({ at, pegs, mistakes, undecided }: HistoryAudit, names: ReadonlyMap<string, TokenName>): string {
  const lines = pegs.map((peg) => pegLine(peg, names.get(peg.productToken)));
  const mark = (good: boolean) => styleText(good ? 'green' : 'red', good ? '✔' : '✖', { stream: process.stdout });
  const all = mistakes.length === 0 ? 'every product token is backed' : `${mistakes.length} mistakes`;
  return [
    ...lines.map((line, index) => `${mark(pegs[index]?.mistakes.length === 0)} ${line}`),
    ...mistakes.map((mistake) => `    ${mistake}`),
    ...(undecided === 0
      ? []
      : [`! ${undecided} executions are ahead of the source’s final block here: audit again later`]),
    `${mark(mistakes.length === 0)} audited to main block ${at.main} and product block ${at.product}: ${all}`,
  ].join('\n');
}

function pegLine(
  { deposits, redeems, open, bounced, supply, productToken }: PegAudit,
  name: TokenName | undefined,
): string {
  const token = name ?? { address: productToken, symbol: productToken, decimals: 0 };
  const back = bounced === 0 ? '' : `, ${bounced} bounced`;
  return `${token.symbol}: ${deposits} deposits, ${redeems} redeems, ${open} open${back}; ${amountOf(supply, token)} minted`;
}

export function registerAudit(program: Command): void {
  const command = program
    .command('audit')
    .summary('check a bridge’s whole history')
    .description(
      'Reads everything that both bridges ever said, proven as configured, and checks it: nonces without a gap, exact amounts, each ' +
        'execution once and of what departed, collateral and supply event by event and as the chains say, parked and bounced ' +
        'transfers. Exit status 1 on any mismatch.',
    )
    .option('--json', 'the result as one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway audit --config /etc/pegway/relayer.json');
  withPlace(command).action(audit);
}
