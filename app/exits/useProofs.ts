import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { requireSettled } from '../../protocol/exits/balance-claim.ts';
import { type Snapshot, parseSnapshot } from '../../protocol/exits/snapshot.ts';
import { type Slots, takeSnapshot } from '../../protocol/exits/take-snapshot.ts';
import type { ExitStatus } from '../../sdk/read-exits.ts';
import { type Machine, useMachine } from '../context.ts';

export interface Proofs {
  readonly snapshot: Snapshot | undefined;
  /** Where they are from. */
  readonly source: 'node' | 'file';
  readonly isAsking: boolean;
  /** Why the nodes prove nothing. */
  readonly nodeError: Error | null;
  /** Why the chosen file proves nothing. */
  readonly fileError: unknown;
  readonly choose: (file: File | undefined) => void;
}

type Settlement = Pick<ExitStatus['settlement'], 'number' | 'blockHash'>;

/** Proofs of these slots at block B: from a file where one was chosen, else from a node with that state. */
export function useProofs(settlement: Settlement, slots: Slots): Proofs {
  const machine = useMachine();
  const [read, setRead] = useState<{ readonly snapshot?: Snapshot; readonly error?: unknown }>({});
  const chosen = useRef<File | undefined>(undefined);
  const { blockHash } = settlement;
  const { data, error, isFetching } = useQuery({
    queryKey: ['exit-proofs', blockHash, ...[...slots].flat(2)],
    queryFn: () => proofsByNode(machine, settlement, slots),
    // While more is proven, what is proven already stays.
    placeholderData: (previous) => previous,
    // A block's state never changes, and a node that has forgotten it never has it again.
    staleTime: Infinity,
    retry: false,
  });

  const choose = (file: File | undefined): void => {
    chosen.current = file;
    setRead({});
    if (file === undefined) return;
    snapshotIn(file, settlement).then(
      (snapshot) => chosen.current === file && setRead({ snapshot }),
      (problem: unknown) => chosen.current === file && setRead({ error: problem }),
    );
  };
  return {
    ...{ snapshot: read.snapshot ?? data, source: read.snapshot === undefined ? 'node' : 'file', isAsking: isFetching },
    ...{ nodeError: error, fileError: read.error, choose },
  };
}

/** Each answer is checked against the block's hash. @throws when the node lacks the block or its state. */
const proofsByNode = (
  { config, readers: { product } }: Machine,
  { blockHash }: Settlement,
  slots: Slots,
): Promise<Snapshot> =>
  takeSnapshot((method, params) => product.request({ method, params } as never), {
    ...{ chainId: config.chains.product.chainId, blockHash },
    slots,
  });

async function snapshotIn(file: Blob, settlement: Settlement): Promise<Snapshot> {
  const snapshot = parseSnapshot(await file.text());
  requireSettled(snapshot, settlement);
  return snapshot;
}
