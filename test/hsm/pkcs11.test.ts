import assert from 'node:assert/strict';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';

import pkcs11js from 'pkcs11js';
import { type Hex, keccak256, recoverAddress } from 'viem';

import { KeyError } from '../../relayer/keys/key-error.ts';
import { generateHsmKey } from '../../relayer/keys/pkcs11/ec-key.ts';
import { type OpenOptions, openSigner } from '../../relayer/keys/open-signer.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { eventually } from '../support/wait.ts';
import { library, makeSoftHsm, pin } from './softhsm.ts';

const hsm = makeSoftHsm();
const preimage: Hex = '0x5065677761790a';
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

const noPrompt = () => Promise.reject(new Error('must not be asked'));
const options: OpenOptions = { allowPlain: false, password: noPrompt };

let signer: Signer | undefined;
const open = async (uri: string, more: Partial<OpenOptions> = {}): Promise<Signer> =>
  (signer = await openSigner(uri, { ...options, ...more }));

/** The library itself, as the vendor's driver uses it: its operations on sessions affect the signer's. */
const driver = new pkcs11js.PKCS11();
driver.load(library);

const slotOf = (label: string): Buffer => {
  const slot = driver.C_GetSlotList(true).find((each) => driver.C_GetTokenInfo(each).label.trim() === label);
  assert.ok(slot);
  return slot;
};

/** Checks a KeyError's message, and that it reveals no secret. */
function refusal(message: RegExp, exitCode: 1 | 2) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof KeyError, String(error));
    assert.match(error.message, message);
    assert.equal(error.exitCode, exitCode);
    assert.ok(!`${error.message}${error.hint ?? ''}${String(error.cause)}`.includes(pin));
    return true;
  };
}

async function assertSigns(by: Signer, message: Hex = preimage): Promise<void> {
  const { r, s, yParity } = await by.sign(message);
  assert.ok(BigInt(s) <= halfOrder);
  assert.equal(await recoverAddress({ hash: keccak256(message), signature: { r, s, yParity } }), by.address);
}

/** Creates a key with another tool. Requires a login to the token by a signer of this process that has signed. */
function makeForeignKey(label: string, parameters: string): void {
  const session = driver.C_OpenSession(slotOf('pegway'), pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  const common = [
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_LABEL, value: label },
  ];
  driver.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
    [...common, { type: pkcs11js.CKA_EC_PARAMS, value: Buffer.from(parameters, 'hex') }],
    [...common, { type: pkcs11js.CKA_PRIVATE, value: true }, { type: pkcs11js.CKA_SIGN, value: true }],
  );
  driver.C_CloseSession(session);
}

before(async () => {
  await generateHsmKey(hsm.uri('attest'), options);
});

afterEach(async () => {
  await signer?.close();
  signer = undefined;
});

after(() => {
  hsm.remove();
});

describe('a key in an HSM that cannot be opened', () => {
  it('names the library that is not there', async () => {
    const uri = 'pkcs11:token=pegway;object=attest?module-path=/nowhere/libhsm.so&pin-value=1';
    await assert.rejects(open(uri), refusal(/cannot load the HSM library \/nowhere\/libhsm\.so/, 2));
  });

  it('names a library that is no PKCS#11 library', async () => {
    const uri = `pkcs11:token=pegway;object=attest?module-path=${hsm.pinFile}&pin-value=1`;
    await assert.rejects(open(uri), refusal(/cannot load the HSM library/, 2));
  });

  it('asks for module-path when the URI has none', async () => {
    await assert.rejects(open('pkcs11:token=pegway;object=attest'), refusal(/needs \?module-path=/, 2));
  });

  it('refuses a wrong PIN and does not show it', async () => {
    const uri = `pkcs11:token=pegway;object=attest?module-path=${library}&pin-value=not-the-pin`;
    await assert.rejects(open(uri), (error) => {
      assert.ok(!JSON.stringify(error).includes('not-the-pin'));
      return refusal(/wrong PIN for token "pegway"/, 2)(error);
    });
  });

  it('refuses an empty PIN', async () => {
    const uri = `pkcs11:token=pegway;object=attest?module-path=${library}&pin-value=`;
    await assert.rejects(open(uri), refusal(/the PIN is empty/, 2));
  });

  it('refuses a PIN file that others can read', async () => {
    const file = join(hsm.folder, 'open-pin');
    writeFileSync(file, pin);
    chmodSync(file, 0o644);
    const uri = `pkcs11:token=pegway;object=attest?module-path=${library}&pin-source=file:${file}`;
    await assert.rejects(open(uri), refusal(/others than its owner can use the PIN file/, 2));
  });

  it('names the token that is not there', async () => {
    await assert.rejects(
      open(hsm.uri('attest').replace('token=pegway', 'token=other')),
      refusal(/token "other" is not there/, 2),
    );
  });

  it('names the object that is not there', async () => {
    await assert.rejects(open(hsm.uri('nobody')), refusal(/there is no private key "nobody"/, 2));
  });

  it('refuses a key of another curve', async () => {
    await assertSigns(await open(hsm.uri('attest')));
    makeForeignKey('p256', '06082a8648ce3d030107');
    await assert.rejects(openSigner(hsm.uri('p256'), options), refusal(/"p256" .* is not a secp256k1 key/, 2));
  });

  it('refuses a label that two keys carry', async () => {
    await assertSigns(await open(hsm.uri('attest')));
    makeForeignKey('twice', '06052b8104000a');
    makeForeignKey('twice', '06052b8104000a');
    await assert.rejects(openSigner(hsm.uri('twice'), options), refusal(/several private keys/, 2));
  });

  it('does not know a misspelt attribute, and does not show its value', async () => {
    const uri = `pkcs11:token=pegway;object=attest?module-path=${library}&pin-valeu=${pin}`;
    await assert.rejects(open(uri), refusal(/does not know pin-valeu/, 2));
  });
});

describe('making a key in an HSM', () => {
  it('never makes a second key of the same name', async () => {
    await assert.rejects(generateHsmKey(hsm.uri('attest'), options), refusal(/there is a private key "attest"/, 2));
  });

  it('makes a key that the HSM does not give out', async () => {
    await assertSigns(await open(hsm.uri('attest')));
    const session = driver.C_OpenSession(slotOf('pegway'), pkcs11js.CKF_SERIAL_SESSION);
    driver.C_FindObjectsInit(session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
      { type: pkcs11js.CKA_LABEL, value: 'attest' },
    ]);
    const key = driver.C_FindObjects(session);
    driver.C_FindObjectsFinal(session);
    assert.ok(key);
    assert.throws(() => driver.C_GetAttributeValue(session, key, [{ type: pkcs11js.CKA_VALUE }]), /SENSITIVE/);
    driver.C_CloseSession(session);
  });
});

describe('a key in an HSM', () => {
  it('signs keccak256 of the preimage, low-s, recoverable to its address', async () => {
    const opened = await open(hsm.uri('attest'));
    for (let index = 0; index < 32; index++) await assertSigns(opened, `0x${index.toString(16).padStart(2, '0')}`);
  });

  it('signs many at once', async () => {
    const opened = await open(hsm.uri('attest'));
    await Promise.all(Array.from({ length: 64 }, (_, index) => assertSigns(opened, `0x${(index + 16).toString(16)}`)));
  });

  it('asks for the PIN when the URI names no place for it', async () => {
    const questions: string[] = [];
    const password = (question: string) => {
      questions.push(question);
      return Promise.resolve(pin);
    };
    await assertSigns(await open(`pkcs11:token=pegway;object=attest?module-path=${library}`, { password }));
    assert.deepEqual(questions, ['PIN of token "pegway"']);
  });

  it('can be opened twice in one process, and outlives the closing of the other', async () => {
    const first = await open(hsm.uri('attest'));
    const second = await openSigner(hsm.uri('attest'), options);
    await second.close();
    await assertSigns(first);
  });

  it('signs nothing after close', async () => {
    const opened = await open(hsm.uri('attest'));
    await opened.close();
    await assert.rejects(opened.sign(preimage), refusal(/is closed/, 1));
  });
});

describe('an HSM that goes away while running', () => {
  it('goes on when all sessions were closed behind its back', async () => {
    const opened = await open(hsm.uri('attest'));
    await assertSigns(opened);
    driver.C_CloseAllSessions(slotOf('pegway'));
    await assertSigns(opened);
  });

  it('goes on when it was logged out', async () => {
    const opened = await open(hsm.uri('attest'));
    await assertSigns(opened);
    const session = driver.C_OpenSession(slotOf('pegway'), pkcs11js.CKF_SERIAL_SESSION);
    driver.C_Logout(session);
    driver.C_CloseSession(session);
    await assertSigns(opened);
  });

  it('goes on when the library was started over', async () => {
    const opened = await open(hsm.uri('attest'));
    await assertSigns(opened);
    driver.C_Finalize();
    await assertSigns(opened);
  });

  it('loses no signature of bursts between which all sessions are closed', async () => {
    const opened = await open(hsm.uri('attest'));
    for (let burst = 0; burst < 10; burst++) {
      await Promise.all(Array.from({ length: 10 }, () => assertSigns(opened)));
      // Not during a signature: SoftHSM would free a session in use, and crash the process.
      driver.C_CloseAllSessions(slotOf('pegway'));
    }
    await assertSigns(opened);
  });

  it('says so while the token is removed, and signs again when it is back', async () => {
    const opened = await open(hsm.uri('attest'));
    await assertSigns(opened);
    renameSync(hsm.tokens, `${hsm.tokens}.away`);
    try {
      await assert.rejects(opened.sign(preimage), refusal(/cannot sign/, 1));
      await assert.rejects(opened.sign(preimage), refusal(/cannot sign/, 1));
    } finally {
      renameSync(`${hsm.tokens}.away`, hsm.tokens);
    }
    // A failed module is not reopened at once.
    await eventually('it signs again', () => assertSigns(opened).then(() => true));
  });

  it('tries a PIN that was refused only once, however much there is to sign', async () => {
    const setPin = (from: string, to: string) => {
      const session = driver.C_OpenSession(slotOf('pegway'), pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
      driver.C_SetPIN(session, from, to);
      driver.C_CloseSession(session);
    };
    const opened = await open(hsm.uri('attest'));
    await assertSigns(opened);
    setPin(pin, 'another-pin');
    driver.C_CloseAllSessions(slotOf('pegway'));
    try {
      await assert.rejects(opened.sign(preimage), refusal(/wrong PIN for token "pegway"/, 1));
    } finally {
      setPin('another-pin', pin);
    }
    // The old PIN would be correct again: a refusal proves that the token was not queried.
    await Promise.all(
      Array.from({ length: 8 }, () =>
        assert.rejects(opened.sign(preimage), refusal(/wrong PIN for token "pegway"/, 1)),
      ),
    );
  });
});
