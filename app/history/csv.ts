import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import { plainAmount } from '../chain/amount.ts';
import type { PegView } from '../chain/overview.ts';
import type { Row } from './rows.ts';

const columns = [
  'time',
  'direction',
  'product token',
  'nonce',
  'sender',
  'recipient',
  'gave',
  'gave token',
  'receives',
  'receives token',
  'status',
  'source block',
  'source transaction',
] as const;

/** RFC 4180, amounts exact in whole tokens, times in UTC. */
export function csvOf(rows: readonly Row[], pegs: readonly PegView[]): string {
  const lines = rows.flatMap(({ transfer, departedAt, status }) => {
    const peg = pegs.find(({ productToken }) => productToken === transfer.lane.productToken);
    if (peg === undefined) return [];
    const gives = peg.tokens[sourceOf(transfer.lane.direction)];
    const receives = peg.tokens[destinationOf(transfer.lane.direction)];
    const time = new Date(Number(departedAt) * 1_000).toISOString();
    const what = [time, transfer.lane.direction, transfer.lane.productToken, transfer.nonce.toString()];
    const gave = [plainAmount(transfer.sourceAmount, gives.decimals), gives.symbol];
    const received = [plainAmount(transfer.amount, receives.decimals), receives.symbol];
    const where = [status, transfer.blockNumber.toString(), transfer.transactionHash];
    return [[...what, transfer.sender, transfer.recipient, ...gave, ...received, ...where]];
  });
  return csvOfLines([columns, ...lines]);
}

/** RFC 4180. */
export const csvOfLines = (lines: readonly (readonly string[])[]): string =>
  lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';

/** SECURITY: a symbol is a stranger's text, and a spreadsheet runs what begins like a formula. */
function cell(text: string): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
