import { type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { nameOf } from '../inspect/token-name.ts';
import { amountOf, moment, short, table } from '../inspect/format.ts';
import type { Facts, FactSources, Witness } from './read-facts.ts';
import { type Verdict, signedBy, sinceWords } from './verdict.ts';

/** Text: the status first, then the known facts. */
export async function report(
  facts: Facts,
  verdict: Verdict,
  { chains, states }: Pick<FactSources, 'chains' | 'states'>,
): Promise<string> {
  const { lane, nonce, departure } = facts;
  const peg = states.product.pegs.get(lane.productToken) ?? states.main.pegs.get(lane.productToken);
  const [mainToken, productToken] = await Promise.all([
    peg === undefined ? undefined : nameOf(chains.main, peg.mainToken),
    nameOf(chains.product, lane.productToken),
  ]);
  const of: Record<Side, typeof mainToken> = { main: mainToken, product: productToken };
  const [given, got] = [of[sourceOf(lane.direction)], of[destinationOf(lane.direction)]];

  const code = verdict.reason === undefined ? '' : ` · ${verdict.reason}${sinceWords(verdict)}`;
  const rows: (readonly [string, string])[] = [
    ['', verdict.words],
    ['next', verdict.next],
  ];
  const { parked } = facts.destination;
  if (departure !== undefined && given !== undefined && got !== undefined) {
    const what = `${amountOf(departure.sourceAmount, given)} from ${departure.sender}`;
    rows.push(['departed', `${what} ${where(sourceOf(lane.direction), departure.blockNumber, departure.at)}`]);
    rows.push(['', departure.transactionHash]);
    rows.push(['arrives as', `${amountOf(departure.amount, got)} for ${departure.recipient}`]);
  }
  if (parked !== undefined && got !== undefined) {
    rows.push(['parked as', `${amountOf(parked.amount, got)} for ${parked.recipient}`]);
  }
  rows.push(...arrivalRows(facts));
  rows.push(['signed by', signers(facts)]);
  // Before it is final at the source, none of them knows of it.
  if (verdict.status !== 'unknown' && verdict.reason !== 'not-final') rows.push(...relayers(facts));
  return `${lane.direction} ${productToken.symbol} ${nonce}: ${verdict.status}${code}\n${table(rows.map(([a, b]) => [`  ${a}`, b]))}`;
}

const where = (side: Side, block: bigint, at: bigint | undefined): string =>
  `in ${side} block ${block}${at === undefined ? '' : `, ${moment(at)}`}`;

function arrivalRows({ arrival, lane, destination }: Facts): (readonly [string, string])[] {
  if (arrival === undefined) {
    const unknown = destination.status === 'executed' || destination.status === 'bounced';
    return unknown ? [['executed', 'in which block no relayer asked has read yet']] : [];
  }
  const line = where(destinationOf(lane.direction), arrival.block, arrival.at);
  return [
    [destination.status === 'bounced' ? 'sent back' : 'executed', line],
    ['', arrival.transaction],
  ];
}

/** `● ○ ● ● ○ ●  signers 0, 2, 3, 5; 4 of 6 must` */
function signers(facts: Facts): string {
  const { signers: all, threshold } = facts.destination.state;
  const signed = facts.arrival?.signers ?? signedBy(facts);
  const dots = all.map((_, index) => (signed.includes(index) ? '●' : '○')).join(' ');
  const names = signed.length === 0 ? 'none that is known' : `signers ${signed.join(', ')}`;
  return `${dots}  ${names}; ${threshold} of ${all.length} must`;
}

function relayers({ witnesses, destination }: Facts): (readonly [string, string])[] {
  if (destination.finalStatus !== 'open') return [];
  return witnesses.map((witness, index) => [
    index === 0 ? 'relayers' : '',
    relayer(witness, destination.state.signers),
  ]);
}

function relayer({ url, address, status, transfer }: Witness, all: readonly string[]): string {
  const index = address === undefined ? -1 : all.indexOf(address);
  const name = address === undefined ? url : index < 0 ? `observer ${short(address)}` : `signer ${index}`;
  if ('error' in status) return `${name} does not answer (${status.error})`;
  if ('error' in transfer) return `${name} does not answer (${transfer.error})`;
  const said = 'value' in transfer ? (transfer.value.reason ?? transfer.value.status) : transfer.reason;
  return `${name} reports ${said}${'value' in transfer && transfer.value.signed ? ', has signed' : ''}`;
}
