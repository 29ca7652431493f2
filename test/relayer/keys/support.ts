import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { inspect } from 'node:util';

import { type Hex, hexToBytes, keccak256, recoverAddress } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { KeyError } from '../../../relayer/keys/key-error.ts';
import type { Signer } from '../../../relayer/keys/signer.ts';

export const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

export const preimage: Hex = '0x5065677761790a';

export const noPrompt = () => Promise.reject(new Error('must not be asked for a password'));

export function makeKey(privateKey = generatePrivateKey()) {
  return {
    privateKey,
    address: privateKeyToAccount(privateKey).address,
    publicKey: privateKeyToAccount(privateKey).publicKey,
  };
}

/** A folder that is deleted after the test file. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-keys-'));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function writeFile(folder: string, name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Copies a file of fixtures/tls with its intended mode, which a checkout does not preserve. */
export function copyTls(folder: string, name: string): string {
  const path = join(folder, name);
  copyFileSync(new URL(`fixtures/tls/${name}`, import.meta.url), path);
  chmodSync(path, 0o600);
  return path;
}

/** Matches an error by message and exit code, and checks that no representation of it contains a secret. */
export function refusal(message: RegExp, exitCode: 1 | 2, ...secrets: readonly string[]) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof KeyError, inspect(error));
    assert.match(error.message, message);
    assert.equal(error.exitCode, exitCode, error.message);
    const shown = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${error.hint ?? ''}`;
    for (const secret of secrets) assert.ok(!shown.includes(secret), `shows the secret: ${error.message}`);
    return true;
  };
}

/** The common behaviour of all signers, whatever their back end. */
export async function assertSigns(signer: Signer, message: Hex = preimage): Promise<void> {
  const { r, s, yParity } = await signer.sign(message);
  assert.equal(hexToBytes(r).length, 32);
  assert.equal(hexToBytes(s).length, 32);
  assert.ok(BigInt(s) <= halfOrder, 's is in the upper half');
  assert.equal(await recoverAddress({ hash: keccak256(message), signature: { r, s, yParity } }), signer.address);
}
