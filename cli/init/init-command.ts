import type { Command } from 'commander';

import { FILES } from '../attend.ts';
import type { Run } from '../io.ts';

/** `pegway init …`: writes the files that the other commands read. */
export function registerInit(program: Command, run: Run): void {
  const init = program
    .command('init')
    .summary('write a deployment file, or the files of one signer')
    .description(
      'Writes the files that the other commands read. Never overwrites one. At a terminal, prompts for missing values.',
    )
    .addHelpText('after', '\nExample:\n  pegway init signer /etc/pegway');

  init
    .command('bridge')
    .summary('write a deployment file with one bridge and one peg')
    .description(
      'Reads chain ids and the main token’s decimals from the nodes, and writes a deployment file. Delays, limits and fees have ' +
        'cautious defaults: read the file before you deploy it (docs/deploying.md).',
    )
    .argument('<file>', 'the deployment file to write')
    .option('--main-rpc <url>', 'a node of the main chain')
    .option('--product-rpc <url>', 'a node of the product chain')
    .option('--signer <address=url...>', 'each signer, with the URL of its relayer where it is known: 0x…=https://…')
    .option('--threshold <n>', 'signers that must sign (default: the smallest two thirds)')
    .option('--main-token <address>', 'the token to lock; "coin" for the coin of the main chain')
    .option('--symbol <symbol>', 'symbol of the product token')
    .option('--name <name>', 'name of the product token; never changes (default: its symbol)')
    .option('--rate <main:product>', 'so many main tokens are so many product tokens; never changes (default: 1:1)')
    .option('--minimum <amount>', 'smallest deposit, in main tokens; the smallest redeem is worth as much', '0.01')
    .option('--daily-limit <amount>', 'main tokens that may leave a day, and as many minted (default: no limit)')
    .option('--exits', 'holders are paid without the signers, some weeks after these are lost; cannot be added later')
    .option('--no-exits', 'none; without either option, a terminal prompts for it')
    .option('--trial', 'delays of one minute, for a trial on chains without value', false)
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Example:
  pegway init bridge boat.json \\
    --main-rpc http://127.0.0.1:8545 --product-rpc http://127.0.0.1:9545 \\
    --main-token coin --symbol BOAT --rate 1:2 \\
    --signer 0xA…=https://a.example 0xB…=https://b.example 0xC…`,
    )
    .action(run(async () => (await import('./init-bridge.ts')).initBridge, { waits: 'both nodes', leaves: FILES }));

  init
    .command('signer')
    .summary('write the keys and the configuration of one signer')
    .description(
      'Creates an attesting and a paying key with random passwords, each in a file of its own. With --deployment, after ' +
        'pegway deploy, also writes relayer.json, with the other signers as peers, and a systemd unit. Run it again at any time: it ' +
        'adds the missing files.',
    )
    .argument('<dir>', 'folder for the files, for example /etc/pegway')
    .option('--deployment <file>', 'the deployment file; its record holds the bridges’ addresses')
    .option('--bridge <name>', 'bridge of the file; optional if it has only one')
    .option('--main-rpc <url...>', 'your nodes of the main chain (default: those of the deployment file)')
    .option('--product-rpc <url...>', 'your nodes of the product chain (default: those of the deployment file)')
    .option('--public <host:port>', 'where the public port listens', '0.0.0.0:7300')
    .option('--private <host:port>', 'where the private port listens', '127.0.0.1:7400')
    .option('--data-dir <dir>', 'folder of the relayer’s data (default: data, in the same folder)')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway init signer /etc/pegway\n  pegway init signer /etc/pegway --deployment boat.json --main-rpc http://127.0.0.1:8545',
    )
    .action(
      run(async () => (await import('./init-signer.ts')).initSigner, {
        waits: 'the encryption of the keys',
        leaves: FILES,
      }),
    );
}
