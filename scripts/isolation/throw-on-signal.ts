// Preloaded into a relayer by bench-isolation.ts: SIGUSR2 makes the code of one bridge throw in a timer, where nothing catches
// it. The process attributes exceptions by one handler for each bridge, entered first in the order of the configuration.
import { AsyncLocalStorage } from 'node:async_hooks';

type Handler = (error: unknown) => void;
type Scopes = AsyncLocalStorage<Handler>;
type Enter = (this: Scopes, store: Handler, ...rest: unknown[]) => unknown;

const place = Number(process.env['PEGWAY_BENCH_THROW_IN']);
const prototype = AsyncLocalStorage.prototype as unknown as { run: Enter };
const enter = prototype.run;
const scopesOf = new Map<Handler, Scopes>();

prototype.run = function (store, ...rest) {
  if (typeof store === 'function' && store.name === 'onFault') scopesOf.set(store, this);
  return enter.call(this, store, ...rest);
};

process.on('SIGUSR2', () => {
  const [handler, scopes] = [...scopesOf][place] ?? [];
  if (handler === undefined || scopes === undefined) return;
  const fail = () => {
    throw new Error('thrown by the benchmark');
  };
  enter.call(scopes, handler, () => setTimeout(fail));
});
