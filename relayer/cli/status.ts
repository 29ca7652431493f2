import type { Command } from 'commander';

import { messageOf } from '../errors.ts';
import { readDevnetFile } from './devnet-file.ts';
import { openOutput } from './output.ts';

interface SideStatus {
  readonly role: 'signer' | 'observer';
  readonly index: number;
  readonly scannedBlock?: string;
}

interface Status {
  readonly address: string;
  readonly bridges: { readonly main: SideStatus; readonly product: SideStatus };
  readonly lanes: readonly { readonly open: number; readonly parked: number }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

async function ask(url: string): Promise<{ url: string; status?: Status; error?: string }> {
  try {
    const response = await fetch(new URL('/v1/status', url), { signal: AbortSignal.timeout(3_000) });
    return { url, status: (await response.json()) as Status };
  } catch (error) {
    return { url, error: messageOf(error) };
  }
}

function line({ url, status, error }: Awaited<ReturnType<typeof ask>>): string {
  if (status === undefined) return `${url}  does not answer: ${error ?? ''}`;
  const { main, product } = status.bridges;
  const open = status.lanes.reduce((sum, lane) => sum + lane.open, 0);
  const heads = `main ${main.scannedBlock ?? '?'}  product ${product.scannedBlock ?? '?'}`;
  const problems = status.problems.map(({ code }) => code).join(', ') || 'no problems';
  return `${url}  ${main.role} ${main.index}  ${status.address}  ${heads}  open ${open}  ${problems}`;
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .summary('signers at a glance')
    .description('Asks each signer’s relayer where it stands. Exit status 1 when one does not answer.')
    .option('--api <url...>', 'public ports of relayers; those of the devnet when left out')
    .option('--data <dir>', 'folder of the devnet', '.pegway')
    .option('--json', 'one line of JSON a signer', false)
    .addHelpText('after', '\nExample:\n  pegway status --api https://signer-a.example https://signer-b.example')
    .action(async (flags: { api?: string[]; data: string; json: boolean }) => {
      const output = openOutput(flags.json);
      const urls = flags.api ?? readDevnetFile(flags.data).signers.map(({ apiUrl }) => apiUrl);
      const answers = await Promise.all(urls.map(ask));
      for (const answer of answers) output.result(line(answer), answer);
      if (answers.some(({ status }) => status === undefined)) process.exitCode = 1;
    });
}
