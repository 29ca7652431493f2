import type { Command } from 'commander';

import { withBridge } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

const withOutput = (command: Command): Command =>
  withBridge(command).option('--json', 'print one JSON document', false);

/** `pegway webhooks …`: deliveries of events to receivers (docs/webhooks.md). */
export function registerWebhooks(program: Command, run: Run): void {
  const webhooks = program
    .command('webhooks')
    .summary('list, test and repeat deliveries to webhooks')
    .description(
      'Shows and repeats deliveries of the webhooks in a relayer’s configuration. Run it on the relayer’s machine, as its user.',
    )
    .addHelpText('after', '\nExample:\n  pegway webhooks list --config relayer.json');

  withOutput(
    webhooks
      .command('list')
      .summary('show each webhook, with its dead letters')
      .description('Shows how far each webhook is, how many events wait for another attempt, and its dead letters.'),
  )
    .addHelpText('after', '\nExample:\n  pegway webhooks list --config relayer.json')
    .action(run(async () => (await import('./list-webhooks.ts')).listWebhooks));

  withOutput(
    webhooks
      .command('test')
      .summary('send a test message to a receiver')
      .description(
        'Sends one signed message of type `test` from this machine. Exit status 1 unless the receiver answers 2xx.',
      )
      .argument('<name>', 'name of the webhook in the configuration'),
  )
    .addHelpText('after', '\nExample:\n  pegway webhooks test shop --config relayer.json')
    .action(
      run(async () => (await import('./test-webhook.ts')).testWebhook, {
        waits: 'the receiver',
        leaves: 'a test message may have been sent',
      }),
    );

  withOutput(
    webhooks
      .command('replay')
      .summary('deliver dead letters again')
      .description('Makes dead letters due at once, with all attempts left. The running relayer sends them.')
      .argument('<name>', 'name of the webhook in the configuration')
      .argument('[id...]', 'ids of the events (default: all dead letters)'),
  )
    .addHelpText('after', '\nExample:\n  pegway webhooks replay shop --config relayer.json')
    .action(run(async () => (await import('./replay-webhook.ts')).replayWebhook, { waits: 'the relayer’s records' }));

  withOutput(
    webhooks
      .command('enable')
      .summary('resume a webhook that its receiver has ended')
      .description('Resumes deliveries where they ended, after the receiver answered 410 (Gone).')
      .argument('<name>', 'name of the webhook in the configuration'),
  )
    .addHelpText('after', '\nExample:\n  pegway webhooks enable shop --config relayer.json')
    .action(run(async () => (await import('./replay-webhook.ts')).enableWebhook, { waits: 'the relayer’s records' }));
}
