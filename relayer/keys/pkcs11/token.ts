import { usageError } from '../key-error.ts';
import type { Cryptoki, Handle, Library, Pkcs11 } from './cryptoki.ts';
import { nameOfToken, type Pkcs11Uri } from './uri.ts';

const slotNumber = (slot: Handle): number => Number(slot.readBigUInt64LE());

function matches(library: Library, slot: Handle, uri: Pkcs11Uri, pkcs11: Pkcs11): boolean {
  if (uri.slotId !== undefined && slotNumber(slot) !== uri.slotId) return false;
  const info = library.C_GetTokenInfo(slot);
  if ((info.flags & pkcs11.CKF_TOKEN_INITIALIZED) === 0) return false;
  const fits = (wanted: string | undefined, found: string) => wanted === undefined || wanted === found.trimEnd();
  return (
    fits(uri.token, info.label) &&
    fits(uri.serial, info.serialNumber) &&
    fits(uri.manufacturer, info.manufacturerID) &&
    fits(uri.model, info.model)
  );
}

/** The slot of the one token that the URI describes. */
export function findSlot({ pkcs11 }: Cryptoki, library: Library, uri: Pkcs11Uri): Handle {
  const [slot, second] = library.C_GetSlotList(true).filter((each) => matches(library, each, uri, pkcs11));
  if (slot === undefined) {
    throw usageError(`${nameOfToken(uri)} is not there`, {
      code: 'token-not-there',
      hint: 'plugged in, switched on? `pkcs11-tool --module LIBRARY --list-slots` shows what the library sees',
    });
  }
  if (second !== undefined)
    throw usageError(`several tokens are ${nameOfToken(uri)}`, { hint: 'add serial= to the URI' });
  return slot;
}

function explainLogin(cryptoki: Cryptoki, error: unknown, token: string): unknown {
  if (cryptoki.is(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE')) {
    return usageError(`wrong PIN for ${token}`, {
      code: 'wrong-pin',
      hint: 'an HSM locks the PIN after a few wrong ones',
    });
  }
  if (cryptoki.is(error, 'CKR_PIN_LOCKED')) {
    return usageError(`the PIN of ${token} is locked`, {
      code: 'wrong-pin',
      hint: 'its security officer can set a new one',
    });
  }
  if (cryptoki.is(error, 'CKR_USER_PIN_NOT_INITIALIZED', 'CKR_PIN_EXPIRED')) {
    return usageError(`${token} has no valid user PIN`, {
      code: 'wrong-pin',
      hint: 'its security officer can set one',
    });
  }
  return error;
}

/** Opens a session and logs in, unless another key of this process already has. */
export function openSession(cryptoki: Cryptoki, library: Library, uri: Pkcs11Uri, pin: string): Handle {
  const { pkcs11 } = cryptoki;
  const slot = findSlot(cryptoki, library, uri);
  const { flags } = library.C_GetTokenInfo(slot);
  // SECURITY: a relayer that restarts in a loop with a wrong PIN must not lock the HSM.
  if ((flags & pkcs11.CKF_USER_PIN_FINAL_TRY) !== 0) {
    throw usageError(`${nameOfToken(uri)} allows one more PIN before it locks: not tried`, {
      code: 'wrong-pin',
      hint: 'log in once with the HSM’s own tool, then start again',
    });
  }
  const session = library.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION);
  try {
    library.C_Login(session, pkcs11.CKU_USER, pin);
  } catch (error) {
    if (cryptoki.is(error, 'CKR_USER_ALREADY_LOGGED_IN')) return session;
    library.C_CloseSession(session);
    throw explainLogin(cryptoki, error, nameOfToken(uri));
  }
  return session;
}

/** All objects of a class that carry the URI's label and id. */
export function findObjects(
  library: Library,
  session: Handle,
  template: { type: number; value: number | string | Buffer }[],
): Handle[] {
  library.C_FindObjectsInit(session, template);
  try {
    return library.C_FindObjects(session, 16);
  } finally {
    library.C_FindObjectsFinal(session);
  }
}
