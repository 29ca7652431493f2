import { Fragment, useRef, useState } from 'react';

import type { ReceiptVerdict } from '../../sdk/index.ts';
import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { ExplorerTabs } from '../explorer/ExplorerTabs.tsx';
import { useTime, useWords } from '../i18n/i18n.ts';
import { Address } from '../parts/Address.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import { Notice } from '../parts/Notice.tsx';
import { type Compared, type Read, readReceipt } from './read-receipt.ts';

/** Verifies a receipt from a file, in this browser. */
export default function ReceiptView({ overview }: { readonly overview: Overview }) {
  const words = useWords();
  const { config, readers } = useMachine();
  const [read, setRead] = useState<Read | 'reading' | undefined>();
  const chosen = useRef<File | undefined>(undefined);

  const open = async (file: File | undefined): Promise<void> => {
    chosen.current = file;
    setRead(file === undefined ? undefined : 'reading');
    if (file === undefined) return;
    const result = await readReceipt(file, config, readers);
    // A node may answer after another file was chosen.
    if (chosen.current === file) setRead(result);
  };
  return (
    <section className="card narrow receipt">
      <ExplorerTabs current="receipt" />
      <h1>{words.receipt.heading}</h1>
      <p>{words.receipt.intro}</p>
      <label>
        {words.receipt.file}
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => void open(event.currentTarget.files?.[0])}
        />
      </label>
      {read === 'reading' && <p role="status">{words.receipt.asking}</p>}
      {typeof read === 'object' && read.kind === 'refused' && (
        <Notice kind="problem">
          <p>{words.receipt.refused}</p>
          <p>
            <code>{read.problem}</code>
          </p>
        </Notice>
      )}
      {typeof read === 'object' && read.kind === 'holds' && <Verdict {...read} pegs={overview.pegs} />}
    </section>
  );
}

interface VerdictProps {
  readonly verdict: ReceiptVerdict;
  readonly isOurs: boolean;
  readonly restsOn: readonly Compared[];
  readonly anchorsMatch: Compared['match'];
  readonly pegs: readonly PegView[];
}

function Verdict({ verdict, isOurs, restsOn, anchorsMatch, pegs }: VerdictProps) {
  const words = useWords();
  const time = useTime();
  const { transfer, outcome, attestation, execution, departure } = verdict;
  const { signedBy, signers, threshold } = attestation;
  const peg = isOurs ? pegs.find(({ productToken }) => productToken === transfer.productToken) : undefined;
  const [source, destination] = [sourceOf(transfer.direction), destinationOf(transfer.direction)];
  const amounts: readonly [string, string] =
    peg === undefined
      ? [transfer.sourceAmount, transfer.amount]
      : [amountOf(peg, source, BigInt(transfer.sourceAmount)), amountOf(peg, destination, BigInt(transfer.amount))];
  const what = transfer.direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
  const isOther = restsOn.some(({ match }) => match === 'other');
  const rows: readonly (readonly [string, React.ReactNode])[] = [
    [words.receipt.transfer, words.transfer.heading(what, transfer.nonce)],
    [words.receipt.amounts, `${amounts[0]} → ${amounts[1]}`],
    [words.transfer.sender, <Address key="sender" value={transfer.sender} />],
    [words.transfer.recipient, <Address key="recipient" value={transfer.recipient} />],
    [words.receipt.departed, time(departure.timestamp)],
    [words.receipt.ended[outcome], time(execution.timestamp)],
    [words.receipt.signatures, words.receipt.signed(`${signedBy.length}`, `${signers.length}`, `${threshold}`)],
    [words.receipt.mainBridge, <Address key="main" value={verdict.main.bridge} />],
    [words.receipt.productBridge, <Address key="product" value={verdict.product.bridge} />],
    ...(verdict.anchor === undefined
      ? []
      : [
          [
            words.receipt.anchors,
            <Fragment key="anchors">
              <Address value={verdict.anchor.contract} />
              <br />
              {words.receipt.anchorsMatch[anchorsMatch]}
            </Fragment>,
          ] as const,
        ]),
    ...(verdict.through ?? []).map(
      ({ contract }) => [words.receipt.outerAnchors, <Address key={contract} value={contract} />] as const,
    ),
  ];
  return (
    <>
      {isOther || anchorsMatch === 'other' ? (
        <Notice kind="problem">{isOther ? words.receipt.otherBlock : words.receipt.otherAnchors}</Notice>
      ) : (
        <Notice kind="note">{words.receipt.holds}</Notice>
      )}
      {!isOurs && <Notice kind="warning">{words.receipt.otherBridge}</Notice>}
      <dl className="facts">
        {rows.map(([label, value], index) => (
          <div key={`${index} ${label}`}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h2>{words.receipt.restsOn}</h2>
      <dl className="facts blocks">
        {restsOn.map(({ of, chainId, number, hash, match }) => (
          <div key={of}>
            <dt>
              {words.receipt.blocks[of]}:{' '}
              {chainId === undefined
                ? words.receipt.outerBlock(`${number}`)
                : words.receipt.blockOf(`${number}`, `${chainId}`)}
            </dt>
            <dd>
              <code>{hash}</code>
              <br />
              <span className={match}>{words.receipt.match[match]}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
