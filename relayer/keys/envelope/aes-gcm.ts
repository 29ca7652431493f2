import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** The output of AES-256-GCM, in hex: 12 bytes of nonce, the ciphertext, 16 bytes of tag. */
export interface Sealed {
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

export const newIv = (): Buffer => randomBytes(12);

/** @param context what the ciphertext belongs to: it opens nowhere else. */
export function seal(key: Uint8Array, plain: Uint8Array, context: string): Sealed {
  const iv = newIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { iv: iv.toString('hex'), ciphertext: ciphertext.toString('hex'), tag: cipher.getAuthTag().toString('hex') };
}

/** @throws when key, context or ciphertext is another than was sealed. */
export function unseal(key: Uint8Array, sealed: Sealed, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'hex'), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(context)).setAuthTag(Buffer.from(sealed.tag, 'hex'));
  return Buffer.concat([decipher.update(Buffer.from(sealed.ciphertext, 'hex')), decipher.final()]);
}
