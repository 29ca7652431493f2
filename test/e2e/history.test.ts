import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { erc20Abi } from 'viem';
import type { z } from 'zod';

import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import { verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { type Notice, mainBridgeAbi, watch } from '../../sdk/index.ts';
import type * as view from '../../protocol/api-types.ts';
import * as schemas from '../support/api-schemas.ts';
import { pegway } from '../support/cli.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

describe('the history of a relayer that starts late', () => {
  const LATE = 5;
  let net: TestNet;
  before(async () => {
    net = await startTestNet();
  });
  after(() => net.stop());

  const ask = async <T>(path: string, signer = LATE): Promise<view.Wire<T>> => {
    const response = await fetch(new URL(path, net.devnet.members[signer]?.apiUrl));
    assert.equal(response.status, 200, path);
    return (await response.json()) as view.Wire<T>;
  };
  const transfers = (query = '', signer = LATE) => ask<view.TransfersView>(`/v1/transfers?${query}`, signer);
  const completeAt = (signer: number, transfersThere: number) =>
    eventually(`signer ${signer} has all of its history`, async () => {
      const answer = await transfers('limit=200', signer);
      const settled = answer.transfers.every((transfer) => transfer.executedAt !== undefined);
      return answer.complete && settled && answer.transfers.length === transfersThere ? answer : undefined;
    });

  /** Strips the fields specific to one relayer. */
  const shared = ({ signed: _, ...rest }: view.Wire<view.TransferView>) => rest;
  const nameOf = ({ direction, productToken, nonce }: view.Wire<view.TransferView>) =>
    [direction, productToken, nonce].join();
  /** By name: transfers of the same second are listed as each relayer came to index them. */
  const contents = (answer: view.Wire<view.TransfersView>) =>
    new Map(answer.transfers.map((transfer) => [nameOf(transfer), shared(transfer)]));
  const times = (answer: view.Wire<view.TransfersView>) => answer.transfers.map(({ departedAt }) => departedAt);

  /** Sums over all periods, as far as relayers agree on them: receipts are read later. */
  const figures = async (signer: number) => {
    const { totals } = schemas.analytics.parse(await ask('/v1/analytics', signer));
    return totals.map(({ gas: _, priced: __, ...rest }) => rest);
  };

  it('is the history that the others have, read back from the chains', async () => {
    await net.kill(LATE);
    net.wipe(LATE);
    await net.depositMany(30);
    for (const index of [1, 2]) {
      const { mainDecimals } = net.devnet.file.pegs[index] ?? { mainDecimals: 0 };
      await net.arrives(await net.deposit(10n ** BigInt(mainDecimals), index));
    }
    await net.arrives(await net.redeem(ONE));
    await net.arrives(await net.redeem(ONE / 2n));
    const witness = await completeAt(0, 34);

    // A small block range per query, for many queries.
    net.configure(LATE, (config) => Object.assign(config.main, { logRange: 5 }));
    await net.restart(LATE);
    const late = await completeAt(LATE, 34);

    assert.deepEqual(contents(late), contents(witness));
    assert.deepEqual(times(late), times(witness), 'in the same order of time');
    assert.deepEqual(await figures(LATE), await figures(0), 'adds up the same transfers');
    const records = await Promise.all([0, 1, 2, 3, 4].map((signer) => ask('/v1/signers', signer)));
    const signing = records.map((record) => schemas.signing.parse(record));
    assert.ok(signing.every(({ batches, signers }) => batches > 0 && signers[LATE]?.batches === 0));
    assert.ok(signing.some(({ signers }) => signers.some(({ latencySeconds }) => latencySeconds !== undefined)));
    for (const transfer of late.transfers) {
      assert.equal(transfer.status, 'executed');
      assert.ok((transfer.signers ?? []).length >= 4, 'four signers and more');
      assert.ok(!transfer.signers?.includes(LATE), 'it was not there');
      assert.ok(BigInt(transfer.departedAt ?? 0) <= BigInt(transfer.executedAt ?? 0), JSON.stringify(transfer));
    }
    assert.deepEqual(
      Object.values(late.fromNonce).map(Number),
      Object.values(late.fromNonce).map(() => 0),
    );
  });

  it('survives its process, and goes on with what came meanwhile', async () => {
    await net.kill(LATE);
    await net.arrives(await net.deposit());
    await net.restart(LATE);
    const late = await completeAt(LATE, 35);
    const witness = await completeAt(0, 35);
    assert.deepEqual(contents(late), contents(witness));
    assert.deepEqual(times(late), times(witness), 'in the same order of time');
  });

  it('continues from a cursor of another relayer after it has lost its data, without a gap or a repeat', async () => {
    interface Events {
      readonly events: readonly { readonly id: string; readonly kind: string; readonly cursor: string }[];
      readonly cursor: string;
      readonly more: boolean;
    }
    const page = async (signer: number, after: string | undefined, limit: number) => {
      const query = `limit=${limit}${after === undefined ? '' : `&after=${after}`}`;
      const response = await fetch(new URL(`/v1/events?${query}`, net.devnet.members[signer]?.apiUrl));
      if (response.status === 503) return undefined;
      assert.equal(response.status, 200);
      return (await response.json()) as Events;
    };
    const servedBy = (signer: number, after: string | undefined, limit: number) =>
      eventually(`signer ${signer} serves events`, () => page(signer, after, limit));
    const withoutCursors = ({ events }: Events) => events.map(({ cursor: _, ...event }) => event);
    const byId = (events: readonly object[]) => new Map(events.map((event) => [(event as { id: string }).id, event]));

    const whole = await servedBy(0, undefined, 1_000);
    assert.equal(whole.more, false);
    assert.equal(whole.events.filter(({ kind }) => kind === 'departed').length, 35);
    assert.equal(whole.events.filter(({ kind }) => kind === 'executed').length, 35);
    assert.ok(
      whole.events.some(({ kind }) => kind === 'peg'),
      'from the deployment on',
    );

    const seen: object[] = [];
    let cursor: string | undefined;
    const read = async (signer: number) => {
      const found = await servedBy(signer, cursor, 7);
      seen.push(...withoutCursors(found));
      cursor = found.cursor;
      return found.more;
    };
    await read(LATE);
    await net.kill(LATE);
    net.wipe(LATE);
    await read(0);
    await net.restart(LATE);
    for (let turn = 0; await read(turn % 2 === 0 ? LATE : 0); turn++) assert.ok(turn < 100);

    assert.equal(byId(seen).size, seen.length, 'each once');
    assert.deepEqual(byId(seen), byId(withoutCursors(whole)), 'all of them, with the same content');
  });

  it('streams an event as it becomes final, from a cursor of another relayer, and what each relayer does before', async () => {
    const { cursor } = (await (
      await fetch(new URL('/v1/events?limit=1000', net.devnet.members[0]?.apiUrl))
    ).json()) as {
      cursor: string;
    };
    const ending = new AbortController();
    const response = await fetch(new URL('/v1/events/stream', net.devnet.members[LATE]?.apiUrl), {
      headers: { 'last-event-id': cursor },
      signal: ending.signal,
    });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const notices = new Set<string>();
    const following = net.devnet.members.map(async ({ apiUrl }) => {
      const onNotice = ({ kind }: Notice, relayer: string) => void notices.add(`${kind} ${relayer}`);
      for await (const _ of watch({ relayers: [apiUrl], after: cursor, onNotice, signal: ending.signal }));
    });
    const ended = Promise.allSettled(following);
    await net.arrives(await net.redeem(ONE));
    const relayersWith = (kind: Notice['kind']) => [...notices].filter((one) => one.startsWith(kind)).length;
    await eventually('a quorum has signed', () => relayersWith('signed') >= 4);
    await eventually('all have audited', () => relayersWith('audit') === net.devnet.members.length);
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('"kind":"executed"')) break;
    }
    ending.abort();
    await ended;
    assert.match(text, /^retry: 1000\n\n/);
    assert.equal([...text.matchAll(/"kind":"departed"/g)].length, 1);
    for (const signer of [0, LATE]) await completeAt(signer, 36);
  });

  it('finds the transfers of any batch by its digest', async () => {
    const events = (await (await fetch(new URL('/v1/events?limit=1000', net.devnet.members[0]?.apiUrl))).json()) as {
      readonly events: readonly { kind: string; direction: string; nonce: string; args: { digest: string } }[];
    };
    const nonces = Map.groupBy(
      events.events.filter(({ kind }) => kind === 'executed'),
      ({ args }) => args.digest,
    );
    assert.ok(nonces.size > 1 && [...nonces.values()].some((of) => of.length > 1), 'one with several transfers');
    for (const [digest, of] of nonces) {
      const { transfers: found, cursor } = await transfers(`batch=${digest}`);
      const lanes = (list: readonly { direction: string; nonce: string }[]) =>
        list.map(({ direction, nonce }) => `${direction} ${nonce}`);
      assert.deepEqual(lanes(found), lanes(of));
      assert.equal(cursor, undefined);
    }
    assert.deepEqual((await transfers(`batch=0x${'5a'.repeat(32)}`)).transfers, []);
  });

  it('pages through everything once, newest first', async () => {
    const seen: view.Wire<view.TransferView>[] = [];
    let cursor: string | undefined;
    do {
      const page = await transfers(`limit=8${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.transfers);
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.equal(seen.length, 36);
    assert.equal(new Set(seen.map(nameOf)).size, 36);
    const times = seen.map(({ departedAt }) => Number(departedAt));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );

    const account = net.holder.address.toLowerCase();
    assert.equal((await transfers(`limit=200&account=${account}&direction=withdraw`)).transfers.length, 3);
    assert.equal((await transfers('limit=200&status=parked')).transfers.length, 0);
  });

  it('proves a deposit, a redeem and one of a batch by receipts, which verify offline', async () => {
    const receiptOf = async (signer: number, path: string) => {
      const response = await fetch(new URL(`/v1/transfers/${path}/receipt`, net.devnet.members[signer]?.apiUrl));
      return { status: response.status, text: await response.text() };
    };
    const [token = ''] = net.tokens;
    for (const path of [`mint/${token}/0`, `mint/${token}/20`, `withdraw/${token}/1`]) {
      const { status, text } = await receiptOf(0, path);
      assert.equal(status, 200, text);
      const { main, product, transfer } = await verifyReceipt(parseReceiptText(text));
      assert.deepEqual([main.bridge, product.bridge], [net.devnet.file.main.bridge, net.devnet.file.product.bridge]);
      assert.equal(path, `${transfer.direction}/${transfer.productToken}/${transfer.nonce}`);
      assert.equal((await receiptOf(LATE, path)).text, text, 'at a relayer that has lost its data, the same');

      const file = join(net.directory, 'receipt.json');
      writeFileSync(file, text);
      const [{ rpcUrl: first }, { rpcUrl: second }] = [net.devnet.file.main, net.devnet.file.product];
      const verified = await pegway('verify', file, '--rpc', first, second);
      assert.equal(verified.status, 0, verified.stderr);
      assert.match(verified.stdout, /confirmed by the node/);
    }
    assert.equal((await receiptOf(0, `mint/${token}/999`)).status, 404);

    const { transactionHash } = (await transfers('limit=1&direction=withdraw')).transfers[0]!;
    const printed = await pegway('receipt', transactionHash, '--data', net.directory);
    assert.equal(printed.status, 0, printed.stderr);
    assert.equal((await verifyReceipt(parseReceiptText(printed.stdout))).transfer.direction, 'withdraw');
    const missing = await pegway('receipt', 'deposit', token, '999', '--data', net.directory);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /no transfer with this nonce/);
  });

  it('tells what every peg held, as the chains say it', async () => {
    for (const { productToken } of await ask<readonly view.PegView[]>('/v1/pegs')) {
      const { main, product } = net.holder;
      const peg = { address: main.bridge, abi: mainBridgeAbi, args: [productToken] } as const;
      const locked = await main.reader.readContract({ ...peg, functionName: 'locked' });
      const token = { address: productToken, abi: erc20Abi } as const;
      const supply = await product.reader.readContract({ ...token, functionName: 'totalSupply' });

      for (const resolution of ['minute', 'hour', 'day']) {
        const path = `/v1/pegs/${productToken}/history?resolution=${resolution}`;
        const of = async (signer: number) => (await ask<view.PegHistoryView>(path, signer)).points;
        // The current amount, from which the series is computed backwards, is read separately and may arrive after the
        // history.
        const points = await eventually('what the peg held is known', async () => {
          const known = await of(LATE);
          return known.length > 0 ? known : undefined;
        });
        assert.deepEqual(points, await of(0), 'a signer that was there from the start says the same');
        const newest = points.at(-1);
        assert.equal(newest?.locked ?? '0', locked.toString());
        assert.equal(newest?.supply ?? '0', supply.toString());
      }
    }
  });

  it('knows who signed last, and who answers', async () => {
    const { signers, bridges } = await ask<view.StatusView>('/v1/status', 0);
    assert.deepEqual(
      signers.map(({ address }) => address),
      net.devnet.members.map(({ address }) => address),
    );
    const { scannedAt } = bridges.product;
    const signed = signers.filter(({ lastSignatureAt }) => lastSignatureAt !== undefined);
    assert.ok(signed.length >= 4);
    for (const { lastSignatureAt } of signed) assert.ok(BigInt(lastSignatureAt ?? 0) <= BigInt(scannedAt ?? 0));
  });

  it('answers as docs/api.md tells it, everything and nothing else', async () => {
    const [token = ''] = net.tokens;
    const answers: readonly (readonly [string, z.ZodType])[] = [
      ['/v1/status', schemas.status],
      ['/v1/pegs', schemas.pegs],
      [`/v1/pegs/${token}/history`, schemas.pegHistory],
      ['/v1/transfers', schemas.transfers],
      [`/v1/transfers/mint/${token}/0`, schemas.transfer],
    ];
    for (const signer of [0, LATE]) for (const [path, schema] of answers) schema.parse(await ask(path, signer));
  });

  it('refuses what it cannot answer, with the reason', async () => {
    const refused = async (path: string) => {
      const response = await fetch(new URL(path, net.devnet.members[LATE]?.apiUrl));
      return [response.status, ((await response.json()) as { reason: string }).reason];
    };
    const [token] = net.tokens;
    const stranger = `0x${'12'.repeat(20)}`;
    assert.deepEqual(await refused(`/v1/pegs/${stranger}/history`), [404, 'peg-mismatch']);
    assert.deepEqual(await refused(`/v1/pegs/${token}/history?resolution=year`), [400, 'bad-request']);
    assert.deepEqual(await refused('/v1/transfers?cursor=31'), [400, 'bad-request']);
    assert.deepEqual(await refused(`/v1/transfers/mint/${token}/9999`), [404, 'unknown-nonce']);
    assert.deepEqual(await refused(`/v1/transfers/mint/${token}/-1`), [400, 'bad-request']);
  });
});
