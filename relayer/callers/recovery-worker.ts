// A worker thread of the recovery pool: signature in, signer out.
import { parentPort } from 'node:worker_threads';

import { recoverSigner } from '../../protocol/recover-signer.ts';
import type { RecoveryRequest, RecoveryResponse } from './recovery-pool.ts';

parentPort?.on('message', ({ id, digest, signature }: RecoveryRequest) => {
  void recoverSigner(digest, signature).then((signer) =>
    parentPort?.postMessage({ id, signer } satisfies RecoveryResponse),
  );
});
