import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { namedBy, readOperators, relayersOf } from '../../../cli/status/operators.ts';
import { exampleFile } from '../deploy/deploy-support.ts';
import { keys } from '../../relayer/support.ts';

const [own, peer, another] = keys.map(({ address }) => address);
assert.ok(own !== undefined && peer !== undefined && another !== undefined);
const operators = [
  { signer: own, name: 'Antares', url: 'https://a.example/' },
  { signer: peer, name: 'Bellatrix', contact: '+49 30 1' },
];

describe('the operators of a deployment file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-operators-'));
  after(() => rmSync(folder, { recursive: true }));

  it('name peers by their address, and the own relayer as the one that is no peer', () => {
    const relayers = [{ url: 'http://127.0.0.1:7300' }, { url: 'https://b.example', address: peer, name: 'b' }];
    assert.deepEqual(namedBy(operators, relayers), [
      { url: 'http://127.0.0.1:7300', name: 'Antares', contact: undefined },
      { url: 'https://b.example', address: peer, name: 'Bellatrix', contact: '+49 30 1' },
    ]);
  });

  it('leave the own relayer nameless where several are no peers, and keep names that they do not have', () => {
    const more = [...operators, { signer: another, name: 'Capella' }];
    const relayers = [{ url: 'own' }, { url: 'b', address: peer }];
    assert.equal(namedBy(more, relayers)[0]?.name, undefined);
    assert.equal(namedBy([], [{ url: 'b', address: peer, name: 'b' }])[0]?.name, 'b');
  });

  it('are those of the named bridge, with their relayers', () => {
    const file = join(folder, 'bridge.json');
    const deployment = exampleFile();
    const boat = deployment.bridges['boat']!;
    boat.operators = [
      { signer: boat.signers[0]!, url: 'https://a.example/', name: 'Antares' },
      { signer: boat.signers[1]! },
    ];
    writeFileSync(file, JSON.stringify(deployment));
    assert.deepEqual(
      relayersOf(readOperators(file, undefined)).map(({ url, name }) => [url, name]),
      [['https://a.example', 'Antares']],
    );
    assert.throws(() => readOperators(file, 'ship'), /has the bridges boat/);
  });
});
