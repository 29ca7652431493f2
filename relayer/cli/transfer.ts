import type { Command } from 'commander';
import { type Address, formatUnits, getAddress, isAddress, parseUnits } from 'viem';

import { PegwayError, messageOf } from '../errors.ts';
import { deposit, quote, redeem, wait } from '../sdk.ts';
import type { Direction } from '../transfer/lane.ts';
import { reasons } from '../transfer/reasons.ts';
import { readDevnetFile } from './devnet-file.ts';
import { holderOf } from './devnet/holder.ts';
import type { DevnetFile } from './devnet/start.ts';
import { openOutput } from './output.ts';

interface TransferFlags {
  readonly data: string;
  readonly holder: string;
  readonly recipient?: string;
  readonly timeout: string;
  readonly json: boolean;
}

const wrong = (message: string, hint: string) => new PegwayError(message, { exitCode: 2, hint });

function pegOf(file: DevnetFile, symbol: string): DevnetFile['pegs'][number] {
  const peg = file.pegs.find((one) => one.symbol === symbol || one.productToken.toLowerCase() === symbol.toLowerCase());
  if (peg !== undefined) return peg;
  throw wrong(`no peg is named ${symbol}`, `expected one of ${file.pegs.map((one) => one.symbol).join(', ')}`);
}

function amountOf(text: string, decimals: number): bigint {
  if (!/^\d+(\.\d+)?$/.test(text)) throw wrong(`amount: expected a number, found ${text}`, 'for example 12.5');
  if ((text.split('.')[1] ?? '').length > decimals) {
    throw wrong(`amount: ${text} has more than the token's ${decimals} decimals`, 'nothing is rounded here');
  }
  return parseUnits(text, decimals);
}

function recipientOf(text: string | undefined, self: Address): Address {
  if (text === undefined) return self;
  if (!isAddress(text))
    throw wrong(`--recipient: expected an address, found ${text}`, '0x and 40 hex digits; mind the checksum');
  return getAddress(text);
}

async function transfer(direction: Direction, symbol: string, text: string, flags: TransferFlags): Promise<void> {
  const output = openOutput(flags.json);
  const file = readDevnetFile(flags.data);
  const peg = pegOf(file, symbol);
  const key = file.holders[Number(flags.holder)];
  if (key === undefined) throw wrong(`--holder: expected 0 to ${file.holders.length - 1}, found ${flags.holder}`, '');
  const holder = holderOf(file, key.privateKey);
  const given = direction === 'mint' ? peg.mainDecimals : peg.productDecimals;
  const amount = amountOf(text, given);
  const rate = { ...peg, numerator: BigInt(peg.numerator), denominator: BigInt(peg.denominator) };
  const quoted = quote(rate, direction, amount, 1n);
  if (!quoted.ok) {
    throw wrong(
      `amount: ${reasons[quoted.reason]}`,
      `the nearest that would do: ${formatUnits(quoted.suggestion, given)}`,
    );
  }

  const request = { productToken: peg.productToken, amount, recipient: recipientOf(flags.recipient, holder.address) };
  const send = direction === 'mint' ? deposit(holder.main, request) : redeem(holder.product, request);
  const departure = await send.catch((cause: unknown) => {
    throw new PegwayError(messageOf(cause), {
      cause,
      hint: 'nothing was sent, or it reverted; correct it and try again',
    });
  });
  output.say(`departed in block ${departure.blockNumber} as ${direction} ${peg.symbol} ${departure.nonce}`);
  const signal = AbortSignal.timeout(Number(flags.timeout) * 1_000);
  const arrival = await wait(direction === 'mint' ? holder.product : holder.main, departure, { signal }).catch(
    (cause: unknown) => {
      throw new PegwayError(`not there after ${flags.timeout} s: ${direction} ${peg.symbol} ${departure.nonce}`, {
        cause,
        hint: 'it is not lost; look again with: pegway status',
      });
    },
  );
  output.result(`${arrival.status} in block ${arrival.blockNumber}`, { departure, arrival });
}

export function registerTransfers(program: Command): void {
  const commands = [
    { name: 'deposit', direction: 'mint', summary: 'lock main tokens, get product tokens' },
    { name: 'redeem', direction: 'withdraw', summary: 'burn product tokens, get main tokens' },
  ] as const;
  for (const { name, direction, summary } of commands) {
    program
      .command(name)
      .summary(summary)
      .description(`As a holder of the running devnet: ${summary}, and wait until they are there.`)
      .argument('<peg>', 'symbol or address of the product token')
      .argument('<amount>', 'in whole tokens of what is given')
      .option('--recipient <address>', 'on the other chain; the holder itself when left out')
      .option('--holder <index>', 'which holder of the devnet', '0')
      .option('--timeout <seconds>', 'how long to wait', '120')
      .option('--data <dir>', 'folder of the devnet', '.pegway')
      .option('--json', 'the result as JSON on stdout', false)
      .addHelpText('after', `\nExample:\n  pegway ${name} BOAT 12.5`)
      .action((peg: string, amount: string, flags: TransferFlags) => transfer(direction, peg, amount, flags));
  }
}
