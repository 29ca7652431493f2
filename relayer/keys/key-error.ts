import { PegwayError, type PegwayErrorOptions } from '../../protocol/errors.ts';

/**
 * What went wrong with a key. SECURITY: neither message nor hint nor cause may hold a password, a PIN or a private key;
 * so an error of a library goes in as `cause` only where that library is known not to quote its input.
 */
export class KeyError extends PegwayError {
  override readonly name: string = 'KeyError';
}

/** The operator named or gave something wrong: nothing is gained by trying again. */
export function usageError(message: string, options: Omit<PegwayErrorOptions, 'exitCode'> = {}): KeyError {
  return new KeyError(message, { ...options, exitCode: 2 });
}
