import type { TransferName } from '../../sdk/index.ts';
import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Overview } from '../chain/overview.ts';
import { Address } from '../parts/Address.tsx';
import { Copy } from '../parts/Copy.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import { useMachine } from '../context.ts';
import { linkTo } from '../router.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { useWords } from '../i18n/i18n.ts';
import { Receipt } from '../receipt/Receipt.tsx';
import { Next } from './Next.tsx';
import { Outcome } from './Outcome.tsx';
import { Steps } from './Steps.tsx';
import { useTransfer } from './useTransfer.ts';

interface TransferViewProps {
  readonly name: TransferName;
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** One transfer on its way; what it shows follows from direction, token and nonce alone. */
export function TransferView({ name, overview, signers }: TransferViewProps) {
  const words = useWords();
  const { config } = useMachine();
  const { data: facts, isError } = useTransfer(name);
  const peg = overview.pegs.find(({ productToken }) => productToken === name.productToken);
  const what = name.direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
  const heading = words.transfer.heading(what, name.nonce.toString());

  if (peg !== undefined && facts === undefined) {
    return (
      <p className="loading" role="status">
        {isError ? words.unread : words.loading}
      </p>
    );
  }
  if (peg === undefined || !facts) {
    return (
      <section className="card narrow">
        <h1>{heading}</h1>
        <p>{words.transfer.unknown}</p>
        <a href={linkTo({ name: 'bridge' })}>{words.toBridge}</a>
      </section>
    );
  }
  const { transfer } = facts;
  const hasEnded = facts.status === 'executed' || facts.status === 'bounced';
  const source = sourceOf(name.direction);
  const destination = destinationOf(name.direction);
  const link = `${window.location.origin}${window.location.pathname}${linkTo({ name: 'transfer', ...name })}`;
  return (
    <section className={`card narrow journey ${name.direction}`}>
      <header>
        <h1>
          <small>{heading}</small>
          <span className={source}>{amountOf(peg, source, transfer.sourceAmount)}</span>
          <i aria-hidden="true">→</i>
          <span className={destination}>{amountOf(peg, destination, transfer.amount)}</span>
        </h1>
        <span className={`badge ${facts.status}`} role="status">
          {words.status[facts.status]}
        </span>
      </header>
      <p className="chains">
        <span className={source}>{config.chains[source].name}</span>
        <i aria-hidden="true" />
        <span className={destination}>{config.chains[destination].name}</span>
      </p>
      <Outcome name={name} facts={facts} overview={overview} />
      <Steps name={name} facts={facts} overview={overview} signers={signers} peg={peg} />
      <dl className="facts">
        <div>
          <dt>{words.transfer.recipient}</dt>
          <dd>
            <Address value={transfer.recipient} />
          </dd>
        </div>
        <div>
          <dt>{words.transfer.sender}</dt>
          <dd>
            <Address value={transfer.sender} />
          </dd>
        </div>
        <div>
          <dt>{words.transfer.link}</dt>
          <dd>
            {words.transfer.linkText} <Copy text={link} label={words.transfer.link} />
          </dd>
        </div>
      </dl>
      {hasEnded && <Receipt name={name} />}
      {facts.status === 'executed' && <Next name={name} peg={peg} link={link} />}
    </section>
  );
}
