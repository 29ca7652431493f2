import { KeyError } from './key-error.ts';

/**
 * Imports a package that only some signers need, and that is therefore an optional peer dependency.
 * @throws {KeyError} exit code 2, naming what to install, when the package is missing or does not load.
 */
export async function importOptional<T>(
  load: () => Promise<T>,
  { name, scheme, hint = '' }: { readonly name: string; readonly scheme: string; readonly hint?: string },
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const found = isMissing ? 'is not installed' : 'is installed, but does not load';
    throw new KeyError(`keys with ${scheme} need the package ${name}, which ${found}`, {
      cause,
      exitCode: 2,
      hint: `install it beside pegway: npm install ${name}${hint}`,
    });
  }
}
