import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Address } from 'viem';

import { requireSettled } from '../../protocol/exits/balance-claim.ts';
import { balanceSlot } from '../../protocol/exits/slots.ts';
import { type Snapshot, parseSnapshot } from '../../protocol/exits/snapshot.ts';
import { takeSnapshot } from '../../protocol/exits/take-snapshot.ts';
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

/** Proofs of an account's balances at block B: from a file where one was chosen, else from a node with that state. */
export function useProofs(settlement: Settlement, account: Address, productTokens: readonly Address[]): Proofs {
  const machine = useMachine();
  const [read, setRead] = useState<{ readonly snapshot?: Snapshot; readonly error?: unknown }>({});
  const chosen = useRef<File | undefined>(undefined);
  const { blockHash } = settlement;
  const { data, error, isFetching } = useQuery({
    queryKey: ['exit-proofs', blockHash, account, productTokens.join()],
    queryFn: () => proofsByNode(machine, settlement, account, productTokens),
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
  account: Address,
  productTokens: readonly Address[],
): Promise<Snapshot> =>
  takeSnapshot((method, params) => product.request({ method, params } as never), {
    ...{ chainId: config.chains.product.chainId, blockHash },
    slots: new Map(productTokens.map((token) => [token, [balanceSlot(account)]])),
  });

async function snapshotIn(file: Blob, settlement: Settlement): Promise<Snapshot> {
  const snapshot = parseSnapshot(await file.text());
  requireSettled(snapshot, settlement);
  return snapshot;
}
