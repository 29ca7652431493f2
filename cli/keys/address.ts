import type { Command } from 'commander';

import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import { openSigner } from '../../relayer/keys/open.ts';
import { openOutput } from '../output.ts';

export function registerAddress(keys: Command): void {
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
    .action(async (uri: string, flags: { json: boolean }) => {
      const signer = await openSigner(uri, { allowPlain: false });
      try {
        // No statement of a bridge begins with this byte: the signature is good for nothing.
        await signer.sign('0x00');
        openOutput(flags.json).result(signer.address, { address: signer.address, key: redactKeyUri(uri) });
      } finally {
        await signer.close();
      }
    });
}
