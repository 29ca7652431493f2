import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type Address, getAddress, isAddressEqual } from 'viem';

import { createKeystoreFile } from '../../relayer/keys/keystore.ts';
import { generatePrivateKey } from '../../relayer/keys/secp256k1.ts';
import { createSecretFile } from '../../relayer/keys/secret-file.ts';
import { bridgeNamed, relayerSkeleton } from '../deploy/hand-over.ts';
import { openJournal } from '../deploy/journal.ts';
import { readDeployment, recordFolder } from '../deploy/parse-deployment.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { makeFolder } from '../output-file.ts';
import { schemaFor, writeNew } from './ask.ts';
import { systemdUnit } from './systemd-unit.ts';

interface SignerFlags {
  readonly deployment?: string;
  readonly bridge?: string;
  readonly mainRpc?: readonly string[];
  readonly productRpc?: readonly string[];
  readonly public: string;
  readonly private: string;
  readonly dataDir?: string;
  readonly json: boolean;
}

type KeyName = 'attest' | 'pay';

/** `pegway init signer` */
export async function initSigner(dir: string, flags: SignerFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const folder = resolve(dir);
  makeFolder(folder, 0o700);
  const written: string[] = [];
  const [attest, pay] = [await keyIn(folder, 'attest', written), await keyIn(folder, 'pay', written)];
  if (flags.deployment !== undefined) writeConfiguration(folder, attest, flags, flags.deployment, written);

  const config = join(folder, 'relayer.json');
  const next =
    flags.deployment === undefined
      ? [
          'send the attesting address to the author of the deployment file',
          'fund the paying address on both chains',
          `after the deployment: pegway init signer ${dir} --deployment FILE`,
        ]
      : [
          `pegway doctor --config ${config}`,
          `pegway relayer --config ${config}   (or as a service: ${join(folder, 'pegway.service')})`,
          `pegway status --config ${config}`,
        ];
  output.result(
    [
      `attesting key  ${attest}`,
      `paying key     ${pay}`,
      ...written.map((file) => `wrote ${file}`),
      'back up the key files and, elsewhere, their passwords (docs/keys.md); next:',
      ...next.map((step) => `  ${step}`),
    ].join('\n'),
    { attest, pay, written, next },
  );
}

/** Creates a key with a random password of its own, unless it is there. @returns Its address. */
async function keyIn(folder: string, name: KeyName, written: string[]): Promise<Address> {
  const file = join(folder, `${name}.json`);
  if (existsSync(file)) {
    const { address } = JSON.parse(readFileSync(file, 'utf8')) as { readonly address?: string };
    if (address === undefined) throw wrong(`${file} is no keystore with an address`, 'name another folder');
    return getAddress(`0x${address.replace(/^0x/, '')}`);
  }
  const password = randomBytes(24).toString('base64url');
  const passwordFile = join(folder, `${name}-password`);
  createSecretFile(passwordFile, `${password}\n`, 'password file');
  const privateKey = generatePrivateKey();
  try {
    const address = await createKeystoreFile(file, privateKey, password);
    written.push(file, passwordFile);
    return address;
  } finally {
    privateKey.fill(0);
  }
}

function writeConfiguration(
  folder: string,
  attest: Address,
  flags: SignerFlags,
  file: string,
  written: string[],
): void {
  const deployment = readDeployment(file);
  const spec = bridgeNamed(deployment, flags.bridge);
  const record = openJournal(recordFolder(file)).pairs()[spec.name];
  const bridges =
    spec.addresses ??
    (record && { main: record.main.address, product: record.product.address, anchors: record.anchors?.address });
  if (bridges === undefined) {
    throw wrong(
      `${file}: ${spec.name} is not deployed, according to ${recordFolder(file)}`,
      'deploy it first: pegway deploy',
    );
  }
  if (!spec.signers.some((signer) => isAddressEqual(signer, attest))) {
    throw wrong(
      `${attest}, the attesting key in ${folder}, is not a signer of ${spec.name}`,
      'name the folder of a listed signer, or let the signers add it: pegway governance rotate --add',
    );
  }
  const path = join(folder, 'relayer.json');
  const keyOf = (name: string) => `keystore:${join(folder, name)}.json?password-file=${join(folder, name)}-password`;
  const config = {
    $schema: schemaFor(path, 'relayer'),
    ...relayerSkeleton(spec, bridges, attest, { main: flags.mainRpc, product: flags.productRpc }),
    key: keyOf('attest'),
    payingKey: keyOf('pay'),
    listen: { public: flags.public, private: flags.private },
    dataDir: flags.dataDir === undefined ? join(folder, 'data') : resolve(flags.dataDir),
  };
  writeNew(path, `${JSON.stringify(config, undefined, 2)}\n`);
  written.push(path);
  const unit = join(folder, 'pegway.service');
  if (!existsSync(unit)) {
    writeFileSync(unit, systemdUnit(path));
    written.push(unit);
  }
}
