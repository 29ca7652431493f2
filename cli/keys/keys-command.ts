import type { Command } from 'commander';

import type { Run } from '../io.ts';

/** `pegway keys …`: everything an operator does with keys. None of it talks to a chain. */
export function registerKeys(program: Command, run: Run): void {
  const keys = program
    .command('keys')
    .summary('make, import and look after keys')
    .description('Makes, imports and looks after the keys that attest and pay. docs/keys.md tells which to choose.')
    .addHelpText('after', '\nExample:\n  pegway keys new /etc/pegway/attest.json');

  keys
    .command('new')
    .summary('make a new key')
    .description('Makes a new key: in a keystore file, in an HSM (--hsm), or in an envelope file (--domain).')
    .argument('[file]', 'the file to make; one that is there is never overwritten')
    .option('--password-file <file>', 'the new password is in this file (mode 0600)')
    .option('--password-fd <n>', 'the new password comes from this file descriptor')
    .option('--hsm <uri>', 'make the key in the HSM that this pkcs11: URI names, under its object=')
    .option('--domain <uri>', 'make an envelope under the domain key that this pkcs11: URI names')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  pegway keys new /etc/pegway/attest.json
  pegway keys new --hsm 'pkcs11:token=pegway;object=attest?module-path=/usr/lib/softhsm/libsofthsm2.so'`,
    )
    .action(run(async () => (await import('./new-key.ts')).makeKey));

  keys
    .command('import')
    .summary('put a key that is there into a keystore')
    .description(
      'Puts a private key into a new keystore, or an envelope (--domain). The key is asked for without echo; it is never an argument, because other users can see arguments.',
    )
    .argument('<file>', 'the file to make; one that is there is never overwritten')
    .option('--private-key-file <file>', 'the private key is in this file (mode 0600), as hex')
    .option('--from-keystore <file>', 'the private key is in this keystore')
    .option('--from-password-file <file>', 'the password of --from-keystore is in this file (mode 0600)')
    .option('--password-file <file>', 'the new password is in this file (mode 0600)')
    .option('--password-fd <n>', 'the new password comes from this file descriptor')
    .option('--domain <uri>', 'make an envelope under the domain key that this pkcs11: URI names')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  pegway keys import /etc/pegway/attest.json --from-keystore UTC--2026-01-01--0123',
    )
    .action(run(async () => (await import('./import-key.ts')).importKey));

  keys
    .command('address')
    .summary('open a key and tell its address')
    .description('Opens a key as the relayer would, makes it sign once, and tells its address.')
    .argument('<uri>', 'keystore:FILE, pkcs11:…, web3signer:URL, awskms:KEY or envelope:FILE')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      "\nExample:\n  pegway keys address 'keystore:/etc/pegway/attest.json?password-file=/etc/pegway/password'",
    )
    .action(run(async () => (await import('./existing-keys.ts')).showAddress));

  keys
    .command('change-password')
    .summary('give a keystore another password')
    .description('Gives a keystore another password. Backups keep the old one, and so must be made anew.')
    .argument('<file>', 'the keystore')
    .option('--password-file <file>', 'the password of now is in this file (mode 0600)')
    .option('--password-fd <n>', 'the password of now comes from this file descriptor')
    .option('--new-password-file <file>', 'the new password is in this file (mode 0600)')
    .option('--json', 'one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway keys change-password /etc/pegway/attest.json')
    .action(run(async () => (await import('./existing-keys.ts')).changeKeyPassword));

  keys
    .command('domain')
    .summary('make a domain key in an HSM')
    .description('Makes an AES-256 key in an HSM, under which envelope files are sealed. It never leaves the HSM.')
    .argument('<uri>', 'pkcs11: URI of the HSM; object= is the new key’s label')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      "\nExample:\n  pegway keys domain 'pkcs11:token=pegway;object=domain-1?module-path=/usr/lib/softhsm/libsofthsm2.so'",
    )
    .action(run(async () => (await import('./envelope-keys.ts')).makeDomainKey));

  keys
    .command('rewrap')
    .summary('rotate the keys around a signing key')
    .description(
      'Seals an envelope under a new tenant key (--tenant) or another domain key (--domain). The signing key stays the same, and is not opened.',
    )
    .argument('<file>', 'the envelope')
    .option('--tenant', 'make a new tenant key', false)
    .option('--domain <uri>', 'the domain key from now on, a pkcs11: URI')
    .option('--pin-source <file>', 'the PIN for the domain key of now: file:FILE or fd:N')
    .option('--json', 'one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway keys rewrap /etc/pegway/attest.envelope --tenant')
    .action(run(async () => (await import('./envelope-keys.ts')).rewrapKeys));
}
