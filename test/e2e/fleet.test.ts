import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { FleetMember } from '../../cli/devnet/devnet-fleet.ts';
import type { DevnetBridge } from '../../cli/devnet/start.ts';
import type { BridgesView, Wire } from '../../protocol/api-types.ts';
import { type FleetFile, bridgeIdOf } from '../../relayer/config.ts';
import type { Departure } from '../../sdk/index.ts';
import { type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';
import { type UsedBridge, useBridge } from '../support/use-bridge.ts';
import { eventually } from '../support/wait.ts';

/** The second product chain. */
const FAR = 'chain-31339';

const isReady = { ready: '1' };

/** A process, which takes signals; the other relayers run here, and read an edited file by themselves. */
const PROCESS = 0;

describe('six relayers with four bridges to two product chains', () => {
  let net: TestNet;
  let proxy: RpcProxy;
  /** Two to each product chain. Only the second product chain is behind the proxy. */
  let [first, second, third, fourth]: UsedBridge[] = [];
  before(async () => {
    proxy = await startRpcProxy();
    const behindProxy = (_bridge: unknown, members: readonly FleetMember[]): Promise<void> => {
      for (const member of members) {
        edit(member, ({ chains }) => {
          const chain = chains[FAR];
          if (chain === undefined) throw new RangeError(`no ${FAR}`);
          chain.rpcUrls = chain.rpcUrls.map((node) => proxy.way(FAR, typeof node === 'string' ? node : node.url));
          Object.assign(chain, { requestTimeoutSeconds: 4, staleSeconds: 10 });
        });
      }
      return Promise.resolve();
    };
    net = await startTestNet({ productChains: 2, bridges: 2, processes: [PROCESS], prepare: behindProxy });
    const bridges = [net.devnet.file, ...net.devnet.file.others];
    const isFar = ({ product }: DevnetBridge): boolean => `chain-${product.chainId}` === FAR;
    const sorted = [...bridges.filter((one) => !isFar(one)), ...bridges.filter(isFar)];
    [first, second, third, fourth] = sorted.map((one) => useBridge(net, one));
  });
  after(async () => {
    await net.stop();
    await proxy.close();
  });

  const bridges = () => [first!, second!, third!, fourth!] as const;
  const memberOf = (index: number): FleetMember => net.devnet.members[index]!;
  const edit = ({ configFile }: FleetMember, change: (file: FleetFile) => void): void => {
    const file = JSON.parse(readFileSync(configFile, 'utf8')) as FleetFile;
    change(file);
    writeFileSync(configFile, JSON.stringify(file));
  };
  const summary = async (index: number, name: string) => {
    const { bridges: all } = (await (await fetch(`${memberOf(index).apiUrl}/v1/bridges`)).json()) as Wire<BridgesView>;
    return all.find((one) => one.name === name);
  };
  /** The value of a metric of the process, or of one of its bridges. */
  const metric = async (index: number, name: string, bridge?: string): Promise<string | undefined> => {
    const text = await (await fetch(memberOf(index).metricsUrl)).text();
    const label = bridge === undefined ? '' : `{bridge="${bridge}"`;
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name}${label}`))
      ?.split(' ')
      .at(-1);
  };
  const health = async (index: number) => {
    const response = await fetch(new URL('/health/ready', memberOf(index).metricsUrl));
    return { ok: response.ok, text: await response.text() };
  };
  const isAt = (index: number, { name }: { readonly name: string }, { ready }: { readonly ready: string }) =>
    eventually(
      `${name} at signer ${index}: ready ${ready}`,
      async () => (await metric(index, 'pegway_ready', name)) === ready,
    );
  /** Waits, since a bridge may have a problem of the step before. */
  const has = ({ name }: { readonly name: string }, problems: readonly string[]) =>
    eventually(
      `problems of ${name}: ${problems.join()}`,
      async () => (await summary(0, name))?.problems.join() === problems.join(),
    );
  const removed = new Map<number, FleetFile['bridges'][string]>();
  /** Departed while no relayer had its bridge. */
  let missed: Departure | undefined;

  it('close a bridge that is removed from the file, and carry on with the others', async () => {
    const [kept, gone] = bridges();
    for (const index of allSigners) {
      edit(memberOf(index), (file) => {
        removed.set(index, file.bridges[gone.name]!);
        Reflect.deleteProperty(file.bridges, gone.name);
      });
    }
    for (const index of allSigners)
      await eventually(`signer ${index} without it`, async () => (await summary(index, gone.name)) === undefined);
    missed = await gone.deposit();
    await kept.arrives(await kept.deposit());
    assert.equal(await gone.isOpen(missed), true);
    // No series of it is left over.
    assert.equal(await metric(0, 'pegway_ready', gone.name), undefined);
  });

  it('open it again at SIGHUP, and carry what departed meanwhile', async () => {
    const [, gone] = bridges();
    const { pid } = net.devnet.relayer(PROCESS);
    for (const index of allSigners)
      edit(memberOf(index), (file) => void (file.bridges[gone.name] = removed.get(index)!));
    net.devnet.relayer(PROCESS).kill('SIGHUP');
    await gone.arrives(await gone.deposit());
    await gone.arrives(missed!);
    assert.equal(net.devnet.relayer(PROCESS).pid, pid);
    assert.equal(net.devnet.relayer(PROCESS).isRunning(), true);
  });

  it('refuse a wrong edit as a whole, with the reason, and run on with what they have', async () => {
    const [here, there] = bridges();
    const member = memberOf(0);
    const good = readFileSync(member.configFile, 'utf8');
    edit(member, (file) => {
      // One right change, and one bridge paired with the other side of another.
      Reflect.deleteProperty(file.bridges, here.name);
      file.bridges[there.name]!.product.bridge = here.product.bridge;
    });
    net.devnet.relayer(0).kill('SIGHUP');
    await eventually('the refusal', async () => (await metric(0, 'pegway_config_refused')) === '1');
    const refusal = new RegExp(`reload-refused.*bridges\\.${there.name}: .*other side`);
    await eventually('it works with the configuration that it has, and names the refusal', async () => {
      const { ok, text } = await health(0);
      return ok && refusal.test(text);
    });
    assert.match(net.devnet.relayer(0).log(), /configuration refused/);
    await has(here, ['reload-refused']);
    assert.equal((await summary(0, here.name))?.state, 'open');

    writeFileSync(member.configFile, good);
    await eventually('what runs', async () => (await metric(0, 'pegway_config_refused')) === '0');
  });

  it('carry the others while the nodes of one chain hang, and name its bridges', async () => {
    const [here, , hanging] = bridges();
    const held = Promise.withResolvers<'answered'>();
    proxy.faults.set(FAR, { http: () => held.promise });
    const stuck = await hanging.deposit();
    await here.arrives(await here.deposit());
    await here.arrives(await here.redeem());
    await isAt(0, hanging, { ready: '0' });
    // Once the chain is stale, too, there are more.
    await eventually('the reason', async () =>
      (await summary(0, hanging.name))?.problems.some((code) => code === 'rpc-unreachable'),
    );
    await has(here, []);
    assert.equal((await health(0)).ok, true);

    proxy.faults.delete(FAR);
    held.resolve('answered');
    await hanging.arrives(stuck);
    await isAt(0, hanging, isReady);
  });

  it('carry the others while one chain halts, and name its bridges', async () => {
    const [here, , halted] = bridges();
    const chain = net.devnet.chains.find(({ chainId }) => chainId === halted.product.chainId)!;
    await net.blocks.hold(chain);
    const stuck = await halted.deposit();
    await here.arrives(await here.deposit());
    const isStale = async () => {
      const text = await (await fetch(memberOf(0).metricsUrl)).text();
      return text.includes(`pegway_chain_stale{bridge="${halted.name}",chain="product"} 1`);
    };
    await eventually('the stale chain', isStale);
    await net.blocks.start(chain);
    await halted.arrives(stuck);
  });

  it('carry a bridge while what its neighbour reads makes no sense, on the same nodes', async () => {
    const [, , here, broken] = bridges();
    // Without 0x: merged with others, calls hold it in their data.
    const address = broken.product.bridge.slice(2).toLowerCase();
    proxy.faults.set(FAR, {
      ask({ method, params: [call] }) {
        const isOfBroken = method === 'eth_call' && JSON.stringify(call).toLowerCase().includes(address);
        return Promise.resolve(isOfBroken ? '0x1234' : undefined);
      },
    });
    await isAt(0, broken, { ready: '0' });
    await here.arrives(await here.deposit());
    await here.arrives(await here.redeem());
    await has(here, []);
    await eventually('its problem', async () => (await summary(0, broken.name))?.problems.length !== 0);

    proxy.faults.delete(FAR);
    await isAt(0, broken, isReady);
    await broken.arrives(await broken.deposit());
  });

  it('carry the others when the records of one are corrupt, and open it once the file is moved away', async () => {
    const [here, corrupt] = bridges();
    const id = bridgeIdOf({ main: { chainId: corrupt.main.chainId, bridge: corrupt.main.bridge } });
    const file = join(memberOf(0).dataDir, id, 'pegway.sqlite');
    await net.kill(0, 1, 2);
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    writeFileSync(file, 'not a database, and longer than the header of one would be: '.repeat(100));
    const restarting = net.devnet.restart(0);
    await eventually('the failure', async () => (await summary(0, corrupt.name))?.state === 'failed');
    // Four of six, this one among them.
    await here.arrives(await here.deposit());
    assert.equal((await summary(0, here.name))?.state, 'open');

    rmSync(file);
    await restarting;
    await corrupt.arrives(await corrupt.deposit());
  });
});
