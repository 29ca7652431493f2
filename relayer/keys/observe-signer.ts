import type { Signer } from './signer.ts';

export interface Signing {
  readonly seconds: number;
  readonly outcome: 'ok' | 'error';
}

/** Wraps a signer and reports the duration and outcome of each signature, never its contents. */
export function observeSigner(signer: Signer, observe: (signing: Signing) => void): Signer {
  return {
    address: signer.address,
    sign: async (preimage) => {
      const started = performance.now();
      let outcome: Signing['outcome'] = 'error';
      try {
        const signature = await signer.sign(preimage);
        outcome = 'ok';
        return signature;
      } finally {
        observe({ seconds: (performance.now() - started) / 1000, outcome });
      }
    },
    close: () => signer.close(),
  };
}
