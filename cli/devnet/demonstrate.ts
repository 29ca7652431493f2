import { setTimeout as sleep } from 'node:timers/promises';

import { formatUnits } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { type Departure, type Direction, type TransferRequest, deposit, redeem, wait } from '../../sdk/index.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { at } from '../deploy/creation.ts';
import type { Output } from '../output.ts';
import { auditAtRest } from './audit.ts';
import { departMany } from './bulk.ts';
import { type Holder, holderOf } from './devnet-holder.ts';
import type { DevnetFile } from './start.ts';

/** Longer than that on an idle devnet, and something is broken. */
const PATIENCE_SECONDS = 120;

/** One peg as the demonstration uses it: whole tokens there and back. */
interface Example {
  readonly peg: DevnetFile['pegs'][number];
  readonly mainAmount: bigint;
  readonly productAmount: bigint;
}

const exampleOf = (peg: DevnetFile['pegs'][number]): Example => {
  const mainAmount = 10n ** BigInt(peg.mainDecimals);
  return { peg, mainAmount, productAmount: (mainAmount * BigInt(peg.numerator)) / BigInt(peg.denominator) };
};

/** One deposit and one redeem, each step printed; then the audit. */
export async function demonstrate(file: DevnetFile, output: Output): Promise<void> {
  const one = prepare(file);
  await depositOne(one, output);
  await redeemOne(one, output);
  await auditAtRest(file, one.holder);
  output.result(output.green('audit: every product token is backed'), { step: 'audit', ok: true });
}

/** Deposits from the first chain to the last one, and redeems all the way back. @param files Each bridge locks what the one before mints. */
export async function demonstrateChain(files: readonly DevnetFile[], output: Output): Promise<void> {
  const all = files.map(prepare);
  for (const one of all) await depositOne(one, output);
  for (const one of all.toReversed()) await redeemOne(one, output);
  for (const { file, holder } of all) await auditAtRest(file, holder);
  output.result(output.green('audit: every product token is backed'), { step: 'audit', ok: true });
}

interface Prepared extends Example {
  readonly file: DevnetFile;
  readonly holder: Holder;
  /** With units. */
  readonly main: string;
  readonly product: string;
}

function prepare(file: DevnetFile): Prepared {
  const [peg] = file.pegs;
  const [key] = file.holders;
  if (peg === undefined || key === undefined) throw new PegwayError('the devnet has no peg or no holder');
  const example = exampleOf(peg);
  return {
    ...{ ...example, file, holder: holderOf(file, key.privateKey) },
    main: `${formatUnits(example.mainAmount, peg.mainDecimals)} ${peg.mainSymbol}`,
    product: `${formatUnits(example.productAmount, peg.productDecimals)} ${peg.symbol}`,
  };
}

async function depositOne({ file, holder, peg, mainAmount, main, product }: Prepared, output: Output): Promise<void> {
  output.say(output.bold(`Deposit: ${main} become ${product}`));
  await follow(file, holder, output, () =>
    deposit(holder.main, { productToken: peg.productToken, amount: mainAmount, recipient: holder.address }),
  );
}

async function redeemOne({ file, holder, peg, productAmount, main, product }: Prepared, output: Output): Promise<void> {
  output.say(output.bold(`Redeem: ${product} become ${main}`));
  await follow(file, holder, output, () =>
    redeem(holder.product, { productToken: peg.productToken, amount: productAmount, recipient: holder.address }),
  );
}

/** Prints each step of one transfer. */
async function follow(file: DevnetFile, holder: Holder, output: Output, send: () => Promise<Departure>): Promise<void> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1_000).toFixed(1)} s`.padStart(7);
  const step = (name: string, text: string, value: object) => {
    output.say(`  ${output.dim(seconds())}  ${text}`);
    if (output.json) output.result('', { step: name, seconds: (performance.now() - started) / 1_000, ...value });
  };

  const departure = await send();
  const { direction, nonce, productToken, blockNumber, transactionHash } = departure;
  const source = direction === 'mint' ? holder.main : holder.product;
  const destination = direction === 'mint' ? holder.product : holder.main;
  const from = await destination.reader.getBlockNumber();
  step('departed', `departed in block ${blockNumber} as nonce ${nonce}  ${output.dim(transactionHash)}`, departure);

  const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1_000);
  const arriving = wait(destination, departure, { signal, fromBlock: from });
  // Awaited below; until then, a chain that ends must not end this process.
  arriving.catch(() => undefined);
  let final = 0n;
  while (final < blockNumber) {
    signal.throwIfAborted();
    final = (await source.reader.getBlock({ blockTag: 'finalized' })).number;
    if (final < blockNumber) await sleep(100);
  }
  step('final', `final: block ${final} is`, { final });

  const arrival = await arriving.catch((cause: unknown) => {
    throw new PegwayError(
      `nonce ${nonce} of ${direction} ${productToken} has not arrived after ${PATIENCE_SECONDS} s`,
      {
        cause,
        hint: `ask a signer: ${file.signers[0]?.apiUrl}/v1/transfers/${direction}/${productToken}/${nonce}`,
      },
    );
  });
  const signers = indicesOf(arrival.signerMask ?? 0);
  const lights = file.signers.map(({ index }) => (signers.includes(index) ? '●' : '○')).join(' ');
  step('signed', `signed by ${lights}  ${output.dim(`signers ${signers.join(', ')}`)}`, { signers });
  step(
    'executed',
    `${output.green(arrival.status)} in block ${arrival.blockNumber}  ${output.dim(arrival.transactionHash ?? '')}`,
    arrival,
  );
  if (arrival.status !== 'executed') throw new PegwayError(`the transfer was ${arrival.status}, not executed`);
}

/** So many deposits, then as many redeems, over all pegs. */
export async function transferMany(file: DevnetFile, count: number, output: Output): Promise<void> {
  const [key] = file.holders;
  if (key === undefined) throw new PegwayError('the devnet has no holder');
  const holder = holderOf(file, key.privateKey);
  const examples = file.pegs.map(exampleOf);
  const recipient = holder.address;
  const each = async (name: string, from: Holder['main'], to: Holder['main'], direction: Direction) => {
    const signal = AbortSignal.timeout((PATIENCE_SECONDS + count) * 1_000);
    const requests = Array.from({ length: count }, (_, index): TransferRequest => {
      const { peg, mainAmount, productAmount } = at(examples, index % examples.length);
      // Half of what the deposit brought: the rest pays the fees of the redeems.
      const amount = direction === 'mint' ? mainAmount : productAmount / 2n;
      return { productToken: peg.productToken, amount, recipient };
    });
    const departures = await departMany(from, direction, requests, signal);
    output.say(`${count} ${name} departed`);
    for (const departure of departures) await wait(to, departure, { signal });
    output.result(`${count} ${name} arrived`, { step: name, count });
  };
  await each('deposits', holder.main, holder.product, 'mint');
  await each('redeems', holder.product, holder.main, 'withdraw');
  await auditAtRest(file, holder);
}
