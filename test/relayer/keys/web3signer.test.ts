import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { openSigner } from '../../../relayer/keys/open-signer.ts';
import type { Signer } from '../../../relayer/keys/signer.ts';
import { assertSigns, copyTls, makeFolder, makeKey, noPrompt, preimage, refusal } from './support.ts';
import { startWeb3Signer, type Web3SignerServer } from './web3signer-server.ts';

const options = { allowPlain: false, password: noPrompt };
const folder = makeFolder();
let server: Web3SignerServer;
let signer: Signer | undefined;

const open = async (uri: string): Promise<Signer> => (signer = await openSigner(uri, options));
const uri = (query = ''): string => `web3signer:${server.url}?address=${server.address}${query}`;

const answer =
  (status: number, headers: Record<string, string> = {}, text = '') =>
  (response: ServerResponse) => {
    response.writeHead(status, headers).end(text);
  };
const never = () => undefined;
const hangUp = (response: ServerResponse) => {
  response.socket?.destroy();
};

afterEach(async () => {
  await signer?.close();
  signer = undefined;
  await server.stop();
});

describe('web3signer', () => {
  beforeEach(async () => {
    server = await startWeb3Signer();
  });

  it('needs an address', async () => {
    await assert.rejects(open(`web3signer:${server.url}`), refusal(/needs \?address=0x…/, 2));
  });

  it('does not know a misspelt option', async () => {
    await assert.rejects(open(uri('&timeuot=3')), refusal(/has no option timeuot/, 2));
  });

  it('speaks in the clear to no other machine, unless told to', async () => {
    const other = `web3signer:http://192.0.2.1:9000?address=${server.address}`;
    await assert.rejects(open(other), refusal(/would speak to 192\.0\.2\.1:9000 in the clear/, 2));
  });

  it('takes no password in the URL, and does not show it', async () => {
    const withUser = uri().replace('//', '//me:hunter2@');
    await assert.rejects(open(withUser), refusal(/takes no user and password/, 2, 'hunter2'));
  });

  it('refuses a server that does not have the key', async () => {
    const { address } = makeKey();
    await assert.rejects(open(`web3signer:${server.url}?address=${address}`), refusal(/has no key of 0x/, 2));
  });

  it('says that nobody answers there', async () => {
    const gone = await startWeb3Signer();
    await gone.stop();
    await assert.rejects(
      open(`web3signer:${gone.url}?address=${gone.address}`),
      refusal(/no connection .* ECONNREFUSED/, 1),
    );
  });

  it('says that what answers is not Web3Signer', async () => {
    server.trouble.push(answer(200, {}, '<html>'));
    await assert.rejects(open(uri()), refusal(/does not answer as Web3Signer does/, 1));
  });

  it('refuses a signature by another key', async () => {
    const opened = await open(uri());
    server.signWith = makeKey().privateKey;
    await assert.rejects(opened.sign(preimage), refusal(/the signature is not by 0x/, 1));
  });

  it('refuses an answer that is no signature', async () => {
    const opened = await open(uri());
    server.trouble.push(answer(200, {}, '0x1234'));
    await assert.rejects(opened.sign(preimage), refusal(/no signature of 65 bytes/, 1));
  });

  it('refuses an answer without end', async () => {
    const opened = await open(uri());
    server.trouble.push(answer(200, {}, '0'.repeat(2 ** 21)));
    await assert.rejects(opened.sign(preimage), refusal(/the answer is too long/, 1));
  });

  it('gives up after the timeout', async () => {
    const opened = await open(uri('&timeout=0.3'));
    server.trouble.push(never);
    await assert.rejects(opened.sign(preimage), refusal(/has not answered for 0\.3 seconds/, 1));
  });

  it('names what the server refuses', async () => {
    const opened = await open(uri());
    server.trouble.push(answer(403), answer(404), answer(500));
    await assert.rejects(opened.sign(preimage), refusal(/refuses this client \(status 403\)/, 1));
    await assert.rejects(opened.sign(preimage), refusal(/does not have the key \(status 404\)/, 1));
    await assert.rejects(opened.sign(preimage), refusal(/answered with status 500/, 1));
  });

  it('waits for a server that is throttling, and gives up when it goes on', async () => {
    const opened = await open(uri());
    server.trouble.push(answer(429), answer(503, { 'retry-after': '0' }));
    await assertSigns(opened);
    server.trouble.push(answer(429), answer(429), answer(429));
    await assert.rejects(opened.sign(preimage), refusal(/is overloaded \(status 429\)/, 1));
    server.trouble.push(answer(429, { 'retry-after': '3600' }));
    await assert.rejects(opened.sign(preimage), refusal(/is overloaded \(status 429\)/, 1));
  });

  it('tries again when the server has closed the connection', async () => {
    const opened = await open(uri());
    server.trouble.push(hangUp);
    await assertSigns(opened);
  });

  it('signs keccak256 of the preimage, and many at once', async () => {
    const opened = await open(uri());
    assert.equal(opened.address, server.address);
    await Promise.all(Array.from({ length: 40 }, (_, index) => assertSigns(opened, `0x${(index + 16).toString(16)}`)));
  });

  it('gives up what is under way when the relayer stops', async () => {
    const stop = new AbortController();
    signer = await openSigner(uri(), { ...options, signal: stop.signal });
    server.trouble.push(never);
    const signing = signer.sign(preimage);
    stop.abort();
    await assert.rejects(signing, refusal(/no connection/, 1));
  });
});

describe('web3signer with client certificates', () => {
  const pem = (name: string) => readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url));
  const file = (name: string) => copyTls(folder, name);
  const own = () => `&ca=${file('ca.crt')}&client-cert=${file('client.crt')}&client-key=${file('client.key')}`;

  beforeEach(async () => {
    const tls = { cert: pem('server.crt'), key: pem('server.key'), ca: pem('ca.crt') };
    server = await startWeb3Signer({ tls: { ...tls, requestCert: true, rejectUnauthorized: true } });
  });

  it('is refused without a certificate', async () => {
    await assert.rejects(open(uri(`&ca=${file('ca.crt')}`)), refusal(/Web3Signer at 127\.0\.0\.1/, 1));
  });

  it('is refused with a stranger’s certificate', async () => {
    const stranger = `&ca=${file('ca.crt')}&client-cert=${file('stranger.crt')}&client-key=${file('stranger.key')}`;
    await assert.rejects(open(uri(stranger)), refusal(/Web3Signer at 127\.0\.0\.1/, 1));
  });

  it('refuses a server whose certificate nobody it knows has signed', async () => {
    const unknown = own().replace(file('ca.crt'), file('stranger.crt'));
    await assert.rejects(open(uri(unknown)), refusal(/no TLS with Web3Signer/, 1));
  });

  it('wants certificate and key together', async () => {
    await assert.rejects(
      open(uri(`&client-cert=${file('client.crt')}`)),
      refusal(/client-cert and client-key together/, 2),
    );
  });

  it('signs', async () => {
    await assertSigns(await open(uri(own())));
  });
});
