import { PegwayError, type PegwayErrorOptions } from '../../protocol/errors.ts';

/**
 * An error of a key or its back end. SECURITY: message, hint and cause must not hold a password, a PIN or a private
 * key; an error of a library becomes the `cause` only where that library never quotes its input.
 */
export class KeyError extends PegwayError {
  override readonly name: string = 'KeyError';
}

/** A mistake of the operator: exit code 2, and a retry cannot help. */
export function usageError(message: string, options: Omit<PegwayErrorOptions, 'exitCode'> = {}): KeyError {
  return new KeyError(message, { ...options, exitCode: 2 });
}
