import type { Command } from 'commander';

import type { Run } from '../io.ts';

/** `pegway keys …`: everything an operator does with keys. None of it talks to a chain. */
export function registerKeys(program: Command, run: Run): void {
  const keys = program
    .command('keys')
    .summary('create, import and manage keys')
    .description('Creates, imports and manages the keys that attest and pay. Choosing a kind of key: docs/keys.md.')
    .addHelpText('after', '\nExample:\n  pegway keys new /etc/pegway/attest.json');

  keys
    .command('new')
    .summary('create a key')
    .description('Creates a key in a keystore file, in an HSM (--hsm), or in an envelope file (--domain).')
    .argument('[file]', 'file to create; an existing file is never overwritten')
    .option('--password-file <file>', 'file with the new password (mode 0600)')
    .option('--password-fd <n>', 'file descriptor with the new password')
    .option('--hsm <uri>', 'create the key in the HSM of this pkcs11: URI, labelled by its object=')
    .option('--domain <uri>', 'create an envelope under the domain key of this pkcs11: URI')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Examples:
  pegway keys new /etc/pegway/attest.json
  pegway keys new --hsm 'pkcs11:token=pegway;object=attest?module-path=/usr/lib/softhsm/libsofthsm2.so'`,
    )
    .action(
      run(async () => (await import('./new-key.ts')).makeKey, {
        waits: 'the key',
        leaves: 'a key file is written whole or not at all',
      }),
    );

  keys
    .command('import')
    .summary('import an existing key')
    .description(
      'Imports a private key into a new keystore or envelope (--domain). Prompts for the key without echo; it is never an argument, since other users can see arguments.',
    )
    .argument('<file>', 'file to create; an existing file is never overwritten')
    .option('--private-key-file <file>', 'file with the private key as hex (mode 0600)')
    .option('--from-keystore <file>', 'keystore with the private key')
    .option('--from-password-file <file>', 'file with the password of --from-keystore (mode 0600)')
    .option('--password-file <file>', 'file with the new password (mode 0600)')
    .option('--password-fd <n>', 'file descriptor with the new password')
    .option('--domain <uri>', 'create an envelope under the domain key of this pkcs11: URI')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      '\nExample:\n  pegway keys import /etc/pegway/attest.json --from-keystore UTC--2026-01-01--0123',
    )
    .action(
      run(async () => (await import('./import-key.ts')).importKey, {
        waits: 'the key',
        leaves: 'a key file is written whole or not at all',
      }),
    );

  keys
    .command('address')
    .summary('open a key and print its address')
    .description('Opens a key exactly as the relayer does, checks one signature of it, and prints its address.')
    .argument('<uri>', 'keystore:FILE, pkcs11:…, web3signer:URL, awskms:KEY or envelope:FILE')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      "\nExample:\n  pegway keys address 'keystore:/etc/pegway/attest.json?password-file=/etc/pegway/password'",
    )
    .action(
      run(async () => (await import('./existing-keys.ts')).showAddress, {
        waits: 'the key',
        leaves: 'a key file is written whole or not at all',
      }),
    );

  keys
    .command('change-password')
    .summary('change the password of a keystore')
    .description('Changes the password of a keystore. Backups keep the old password: replace them.')
    .argument('<file>', 'the keystore')
    .option('--password-file <file>', 'file with the current password (mode 0600)')
    .option('--password-fd <n>', 'file descriptor with the current password')
    .option('--new-password-file <file>', 'file with the new password (mode 0600)')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway keys change-password /etc/pegway/attest.json')
    .action(
      run(async () => (await import('./existing-keys.ts')).changeKeyPassword, {
        waits: 'the key',
        leaves: 'a key file is written whole or not at all',
      }),
    );

  keys
    .command('domain')
    .summary('create a domain key in an HSM')
    .description('Creates an AES-256 key in an HSM. It seals envelope files and never leaves the HSM.')
    .argument('<uri>', 'pkcs11: URI of the HSM; object= is the new key’s label')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      "\nExample:\n  pegway keys domain 'pkcs11:token=pegway;object=domain-1?module-path=/usr/lib/softhsm/libsofthsm2.so'",
    )
    .action(
      run(async () => (await import('./envelope-keys.ts')).makeDomainKey, {
        waits: 'the key',
        leaves: 'a key file is written whole or not at all',
      }),
    );

  keys
    .command('rewrap')
    .summary('rotate the keys around a signing key')
    .description(
      'Seals an envelope under a new tenant key (--tenant) or another domain key (--domain). The signing key stays the same, and is not opened.',
    )
    .argument('<file>', 'the envelope')
    .option('--tenant', 'create a new tenant key', false)
    .option('--domain <uri>', 'pkcs11: URI of the new domain key')
    .option('--pin-source <file>', 'PIN for the current domain key: file:FILE or fd:N')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway keys rewrap /etc/pegway/attest.envelope --tenant')
    .action(
      run(async () => (await import('./envelope-keys.ts')).rewrapKeys, {
        waits: 'the key',
        leaves: 'a key file is written whole or not at all',
      }),
    );
}
