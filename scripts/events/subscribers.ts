// Subscribers of `npm run bench:events`, in a process of their own: streams, and receivers of webhooks. Prints the URLs of the
// receivers, then, at SIGTERM, each delivery as [subscriber, id, time] in milliseconds since the epoch.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [count = '10'] = process.argv.slice(2);
const deliveries: [string, string, number][] = [];
const record = (subscriber: string, id: string): void => {
  deliveries.push([subscriber, id, performance.timeOrigin + performance.now()]);
};

const urls: string[] = [];
for (let index = 0; index < Number(count); index++) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      record(`webhook ${index}`, String(request.headers['webhook-id']));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}
process.send?.(urls);

process.on('message', (relayer: string) => {
  for (let index = 0; index < Number(count); index++) void follow(`stream ${index}`, relayer);
});

async function follow(subscriber: string, relayer: string): Promise<void> {
  const { body } = await fetch(`${relayer}/v1/events/stream`);
  let text = '';
  for await (const part of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    const messages = (text + part).split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const [, id] = /"id":"([\d-]+)"/.exec(message) ?? [];
      if (id !== undefined) record(subscriber, id);
    }
  }
}

process.on('SIGTERM', () => process.send?.(deliveries, () => process.exit(0)));
