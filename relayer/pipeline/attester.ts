import { type Address, type Hex, concatHex } from 'viem';

import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { AnchorStatement, BatchStatement, BounceStatement, Statement } from '../state/statement.ts';
import type { SigningHistory } from '../store/signing-history.ts';
import { compactSignature } from '../../protocol/attestation.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import { type Reason, reasons } from '../../protocol/reasons.ts';
import type { Gate } from './signing-gate.ts';

/** The only way to obtain a signature of the attesting key over a statement. */
export interface Attester {
  /** This signer's address. */
  readonly address: Address;
  /**
   * Passes the gate, records the contents, signs, and passes the gate again: a key may take seconds, during which a
   * pause or a broken audit may arrive.
   * @returns 64 bytes, r ‖ yParityAndS (EIP-2098).
   * @throws {PegwayError} with the gate's reason, `second-content` or `disk-full` as its code; any error of the key.
   */
  sign(statement: Statement): Promise<Hex>;
}

export interface AttesterOptions {
  readonly signer: { readonly address: Address; sign(preimage: Hex): Promise<{ r: Hex; s: Hex; yParity: 0 | 1 }> };
  readonly gate: Pick<Gate, 'obstacle'>;
  readonly history: {
    record(...contents: Parameters<SigningHistory['record']>): bigint | undefined | Promise<bigint | undefined>;
  };
  /** Called before `second-content` is thrown, with the nonce of the differing content. */
  readonly onSecondContent: (lane: Lane, nonce: bigint) => void;
  /** Called with each statement that the key has signed; not again when a signature is requested again. */
  readonly onSigned?: (statement: Statement) => void;
}

/** The key of anchors in the signing history; their heights take the place of nonces. */
export const ANCHORS_KEY = 'anchor';

/** Signatures cached by digest, so that a repeated request costs no second use of the key. */
const REMEMBERED = 4_096;

export function createAttester(options: AttesterOptions): Attester {
  const { signer, gate, history, onSecondContent, onSigned } = options;
  const remembered = new BoundedMap<Hex, Promise<Hex>>(REMEMBERED);

  const requireOpen = (statement: Statement): void => {
    const reason = gate.obstacle(statement);
    if (reason !== undefined) throw refused(statement, reason);
  };

  /** Records at once, or resolves when it is recorded for all processes of the signer. */
  const record = (statement: BatchStatement | BounceStatement): Promise<void> | undefined => {
    const { lane, firstNonce, contents } = statement;
    return after(history.record(laneKey(lane), firstNonce, contents), (conflict) => {
      onSecondContent(lane, conflict);
      throw new PegwayError(
        `${laneKey(lane)}: this signer has already signed different content for nonce ${conflict}`,
        {
          code: 'second-content',
          hint: `find out which content is right; then: pegway journal accept ${lane.direction} ${lane.productToken} ${conflict}`,
        },
      );
    });
  };

  /** One hash per height, whenever it was attested. */
  const recordAnchor = ({ anchor: { number, blockHash, historyRoot } }: AnchorStatement): Promise<void> | undefined =>
    after(history.record(ANCHORS_KEY, number, [concatHex([blockHash, historyRoot])]), () => {
      throw new PegwayError(`anchor of block ${number}: this signer has already signed other hashes for this height`, {
        code: 'second-content',
        hint: 'the product chain was rewritten below a final block: see AnchorsStopped in docs/operations.md',
      });
    });

  const rememberedOrSigned = (statement: Statement): Promise<Hex> => {
    const { preimage, digest } = statement;
    const known = remembered.get(digest);
    if (known !== undefined) return known;
    const signature = signer.sign(preimage).then(compactSignature);
    remembered.set(digest, signature);
    signature.then(
      () => onSigned?.(statement),
      () => remembered.delete(digest),
    );
    return signature;
  };

  return {
    address: signer.address,

    async sign(statement) {
      requireOpen(statement);
      // Of a pause nothing can be contradicted; the root of a period is compared with this relayer's own.
      let recording: Promise<void> | undefined;
      if (statement.kind === 'batch' || statement.kind === 'bounce') recording = record(statement);
      if (statement.kind === 'anchor') recording = recordAnchor(statement);
      if (recording !== undefined) {
        await recording;
        requireOpen(statement);
      }
      const signature = await rememberedOrSigned(statement);
      requireOpen(statement);
      return signature;
    },
  };
}

type Recorded = ReturnType<AttesterOptions['history']['record']>;

/** Refuses a conflict that the history has found, at once or when it answers. */
function after(recorded: Recorded, refuse: (conflict: bigint) => never): Promise<void> | undefined {
  const check = (conflict: bigint | undefined): void => {
    if (conflict !== undefined) refuse(conflict);
  };
  if (recorded instanceof Promise) return recorded.then(check);
  check(recorded);
  return undefined;
}

function refused(statement: Statement, reason: Reason): PegwayError {
  return new PegwayError(`${nameOf(statement)} not signed: ${reasons[reason]}`, { code: reason });
}

function nameOf(statement: Statement): string {
  switch (statement.kind) {
    case 'pause':
      return `pause of the ${statement.side} bridge`;
    case 'anchor':
      return `anchor of block ${statement.anchor.number}`;
    case 'rewards':
      return `rewards of ${statement.token} in period ${statement.period}`;
    default:
      return `${statement.kind} of ${laneKey(statement.lane)} from nonce ${statement.firstNonce}`;
  }
}
