import type { Overview } from '../chain/overview.ts';
import { ExitDistance } from '../exits/ExitDistance.tsx';
import { Governance } from '../governance/Governance.tsx';
import { Address } from '../parts/Address.tsx';
import { type Words, useTime, useWords } from '../i18n/i18n.ts';
import { Limits } from './Limits.tsx';
import { Parked } from './Parked.tsx';
import { useLastSignatures } from './useLastSignatures.ts';
import { type SignerRecord, useSigningRecords } from './useSigningRecords.ts';
import type { SignerNow } from './useSigners.ts';

interface SignersViewProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** The signers, their liveness, and the margin above the threshold. */
export default function SignersView({ overview, signers }: SignersViewProps) {
  const words = useWords();
  const { main, product } = overview.sides;
  const threshold = Math.max(main.threshold, product.threshold);
  const alive = signers.filter(({ state }) => state === 'in-sync').length;
  const margin = alive - threshold;
  const asked = signers.some(({ state }) => state !== 'unknown');
  const isHeard = signers.some(({ state }) => state === 'in-sync' || state === 'behind');
  const last = useLastSignatures();
  const records = useSigningRecords(signers);
  // Its line is there from the first moment on, so that nothing below it moves.
  const isCounted =
    records === undefined
      ? signers.some(({ apiUrl, state }) => apiUrl !== undefined && state !== 'silent')
      : records.tellers.length > 0;
  const time = useTime();
  return (
    <section className="signers">
      <h1>{words.signers.heading}</h1>
      <p>{words.signers.intro(threshold.toString(), signers.length.toString())}</p>
      {asked && !isHeard && (
        <p className="margin warn" role="status">
          {words.signers.marginUnknown}
        </p>
      )}
      {isHeard && (
        <p className={`margin ${margin < 0 ? 'bad' : margin === 0 ? 'warn' : 'good'}`} role="status">
          {margin < 0
            ? words.signers.marginShort(alive.toString(), (-margin).toString())
            : margin === 0
              ? words.signers.marginNone(alive.toString())
              : words.signers.margin(alive.toString(), margin.toString())}
        </p>
      )}
      {main.signers.join() !== product.signers.join() && <p className="margin warn">{words.signers.differ}</p>}
      <ExitDistance />
      <ul className="cards">
        {signers.map(({ index, address, name, state }) => {
          const seen = last?.found.get(index);
          const record = records?.of(address);
          const at = seen?.timestamp ?? record?.lastSignatureAt;
          // Each is also its element's key: when the text of an element changes, what is beside it moves.
          const when =
            last === undefined ? '…' : at === undefined ? words.signers.never(last.blocks.toString()) : time(at);
          const where = seen && words.signers.block(seen.block.toString(), seen.chain);
          const signed = record === undefined ? (isCounted ? '…' : '–') : signedText(record, words);
          const latency =
            record?.latencySeconds === undefined ? '–' : words.signers.seconds(record.latencySeconds.toFixed(2));
          return (
            <li key={address} className="card">
              <header>
                <h2>{name}</h2>
                <span className={`state ${state}`}>
                  <i aria-hidden="true" />
                  {words.signers.states[state]}
                </span>
              </header>
              <Address value={address} />
              <p className="last">
                <small>{words.signers.lastSignature}</small>{' '}
                <span key={`${when} ${where ?? ''}`}>
                  {when} {where !== undefined && <small>{where}</small>}
                </span>
              </p>
              <dl className="facts">
                <div>
                  <dt>{words.signers.signed}</dt>
                  <dd key={signed}>{signed}</dd>
                </div>
                <div>
                  <dt>{words.signers.latency}</dt>
                  <dd key={latency}>{latency}</dd>
                </div>
              </dl>
            </li>
          );
        })}
      </ul>
      {isCounted && (
        <p className="note">
          {records === undefined ? '…' : words.signers.countedBy(records.tellers.join(', '), threshold.toString())}
        </p>
      )}
      <Limits overview={overview} />
      <Parked overview={overview} signers={signers} />
      <Governance overview={overview} signers={signers} />
    </section>
  );
}

const signedText = ({ batches, share }: SignerRecord, { signers }: Words): string =>
  share === undefined ? batches.toString() : signers.batches(batches.toString(), `${(share * 100).toFixed(0)} %`);
