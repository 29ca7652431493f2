import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { zeroAddress } from 'viem';

import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import { parseDeployment } from '../../../cli/deploy/parse-deployment.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import { type FileBridge, type FilePeg, addressOf, bridgeOf, exampleFile, pegOf } from './deploy-support.ts';

const boatOf = (file: DeploymentFile): FileBridge => file.bridges['boat']!;
const firstPeg = (file: DeploymentFile): FilePeg => boatOf(file).pegs[0]!;

describe('a deployment file', () => {
  const refuses = (what: string, says: RegExp, change: (file: DeploymentFile) => void): void => {
    it(`refuses ${what}, with the field's path`, () => {
      const file = exampleFile();
      change(file);
      assert.throws(
        () => parseDeployment(file),
        (error: PegwayError) => error instanceof PegwayError && error.exitCode === 2 && says.test(error.message),
      );
    });
  };

  for (const threshold of [0, 3, 7]) {
    refuses(`a threshold of ${threshold} for 6 signers`, /bridges\.boat\.threshold: .*4 to 6; found \d/, (file) => {
      boatOf(file).threshold = threshold;
    });
  }
  refuses('a repeated signer', /bridges\.boat\.signers\[5\]: .*signers\[1\]/, (file) => {
    boatOf(file).signers[5] = addressOf(1);
  });
  refuses('the same signer in other letters', /bridges\.boat\.signers\[5\]: .*signers\[0\]/, (file) => {
    boatOf(file).signers[0] = `0x${'ab'.repeat(20)}`;
    boatOf(file).signers[5] = `0x${'AB'.repeat(20)}`;
  });
  const mistyped = '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
  refuses(
    'a signer with a wrong checksum',
    /bridges\.boat\.signers\[3\]: wrong EIP-55 checksum: expected 0x5aA/,
    (file) => {
      boatOf(file).signers[3] = mistyped;
    },
  );
  refuses(
    'a main token with a wrong checksum',
    /pegs\[0\]\.mainToken\.address: wrong EIP-55 checksum: expected 0x5aA/,
    (file) => {
      firstPeg(file).mainToken = { address: mistyped, decimals: 18 };
    },
  );
  refuses('a bridge with a wrong checksum', /boat\.addresses\.main: wrong EIP-55 checksum: expected 0x5aA/, (file) => {
    boatOf(file).addresses = { main: mistyped, product: addressOf(1) };
  });
  refuses('the zero address as signer', /bridges\.boat\.signers\[2\]: .*zero address/, (file) => {
    boatOf(file).signers[2] = zeroAddress;
  });
  for (const side of ['main', 'product'] as const) {
    refuses(
      `a zero rate (${side})`,
      new RegExp(`bridges\\.boat\\.pegs\\[0\\]\\.rate\\.${side}: .*above zero`),
      (file) => {
        firstPeg(file).rate[side] = '0.0';
      },
    );
  }
  refuses('equal chain ids', /chains\.product\.chainId: expected another chain than chains\.main\.chainId/, (file) => {
    Object.assign(file.chains['product'] ?? {}, { chainId: 51_337 });
  });
  refuses('one chain on both sides', /bridges\.boat\.product: expected another chain/, (file) => {
    boatOf(file).product = 'main';
  });
  refuses(
    'a chain that is not in the file',
    /bridges\.boat\.main: expected one of main, product; found "moon"/,
    (file) => {
      boatOf(file).main = 'moon';
    },
  );
  refuses('more decimals than the token has', /pegs\[0\]\.minimumDeposit: .*6 decimals/, (file) => {
    firstPeg(file).mainToken = { address: addressOf(99), decimals: 6 };
    firstPeg(file).minimumDeposit = '0.0000001';
  });
  refuses(
    'a minimum that does not convert',
    /pegs\[0\]\.minimumRedeem: expected a multiple of 3 base units/,
    (file) => {
      firstPeg(file).rate = { main: '1', product: '3' };
      firstPeg(file).minimumRedeem = '0.01';
    },
  );
  refuses('a minimum of zero', /pegs\[0\]\.minimumDeposit: expected more than zero/, (file) => {
    firstPeg(file).minimumDeposit = '0';
  });
  refuses('a limit of zero', /pegs\[0\]\.withdrawLimit\.capacity: expected more than zero/, (file) => {
    firstPeg(file).withdrawLimit = { capacity: '0', refillPerSecond: '1' };
  });
  refuses('a limit that is left out', /pegs\[0\]\.mintLimit: expected "unlimited"/, (file) => {
    Reflect.deleteProperty(firstPeg(file), 'mintLimit');
  });
  for (const delay of ['governanceDelay', 'parkDelay', 'pauseDuration', 'bounceDelay'] as const) {
    refuses(`a ${delay} of 0`, new RegExp(`delays\\.${delay}: expected at least 1 second.*found 0`), (file) => {
      boatOf(file).delays[delay] = 0;
    });
  }
  refuses('a delay above 30 days', /delays\.governanceDelay: expected at most 30 days/, (file) => {
    boatOf(file).delays.governanceDelay = 31 * 86_400;
  });
  refuses(
    'a flat fee above its immutable maximum',
    /pegs\[0\]\.depositFee\.flat: expected at most maximumFlat, 1, which can never be raised; found "1\.5"/,
    (file) => {
      firstPeg(file).depositFee = { flat: '1.5', maximumFlat: '1' };
    },
  );
  refuses('a flat fee without a maximum', /pegs\[0\]\.redeemFee\.flat: expected at most maximumFlat, 0/, (file) => {
    firstPeg(file).redeemFee = { flat: '0.1' };
  });
  refuses('a maximum that no bridge can store', /redeemFee\.maximumFlat: expected less than 2\^112/, (file) => {
    firstPeg(file).redeemFee = { maximumFlat: '10000000000000000' };
  });
  refuses('more than a hundred basis points', /redeemFee\.basisPoints: expected at most 100 basis points/, (file) => {
    firstPeg(file).redeemFee = { basisPoints: 101 };
  });
  refuses('a smallest fee pot of zero', /depositFee\.departMinimum: expected more than zero/, (file) => {
    firstPeg(file).depositFee = { departMinimum: '0' };
  });
  refuses('a fee with more decimals than its token has', /redeemFee\.flat: .*18 decimals/, (file) => {
    firstPeg(file).redeemFee = { flat: '0.0000000000000000001', maximumFlat: '1' };
  });
  refuses(
    'a fee of a bridge without a rewards contract',
    /bridges\.boat\.rewards: expected true, since bridges\.boat\.pegs\[0\]\.depositFee is above zero/,
    (file) => {
      boatOf(file).rewards = false;
      firstPeg(file).depositFee = { basisPoints: 1 };
    },
  );
  refuses('two pegs of one symbol', /pegs\[1\]\.productToken\.symbol: expected each symbol once/, (file) => {
    boatOf(file).pegs.push(firstPeg(file));
  });
  refuses(
    'a name with other characters',
    /bridges\.Boat 2: expected a name of a–z, 0–9 and -.*; found "Boat 2"/,
    (file) => {
      file.bridges['Boat 2'] = boatOf(file);
    },
  );
  refuses('a field it does not know', /bridges\.boat\.treshold: no such setting/, (file) => {
    Object.assign(boatOf(file), { treshold: 4 });
  });
  refuses("another bridge's peg that is not there", /pegs\[0\]\.mainToken\.peg: expected one of BOAT/, (file) => {
    file.chains['outer'] = { chainId: 7, rpcUrl: 'http://127.0.0.1:3' };
    file.bridges['raft'] = bridgeOf('product', 'outer', [pegOf({ bridge: 'boat', peg: 'SHIP' }, 'RAFT')]);
  });
  refuses(
    'bridges that lock what each other mints',
    /mainToken\.bridge: expected a bridge that does not itself lock/,
    (file) => {
      file.bridges['raft'] = bridgeOf('product', 'main', [pegOf({ bridge: 'boat', peg: 'BOAT' }, 'RAFT')]);
      firstPeg(file).mainToken = { bridge: 'raft', peg: 'RAFT' };
    },
  );

  it('names every wrong field at once', () => {
    const file = exampleFile();
    boatOf(file).threshold = 0;
    boatOf(file).signers[5] = addressOf(1);
    assert.throws(() => parseDeployment(file), /signers\[5\][\s\S]*threshold/);
  });

  it('turns whole tokens into base units, and reduces the rate', () => {
    const file = exampleFile();
    firstPeg(file).mainToken = { address: addressOf(99), decimals: 6 };
    firstPeg(file).rate = { main: '2', product: '5' };
    firstPeg(file).minimumDeposit = '0.5';
    firstPeg(file).minimumRedeem = '0.000005';
    const peg = parseDeployment(file).bridges[0]?.pegs[0];
    // 2 · 10^6 become 5 · 10^18.
    assert.equal(peg?.numerator, 2_500_000_000_000n);
    assert.equal(peg.denominator, 1n);
    assert.equal(peg.minimumDeposit, 500_000n);
    assert.equal(peg.minimumRedeem, 5_000_000_000_000n);
    assert.deepEqual(peg.withdrawLimit, { capacity: 1_000_000_000n, refillPerSecond: 500_000n });
    assert.deepEqual(peg.mintLimit, { capacity: 2n ** 128n - 1n, refillPerSecond: 0n });
  });

  it('turns fees into base units; without any, nothing is taken and every pot may leave', () => {
    const file = exampleFile();
    firstPeg(file).mainToken = { address: addressOf(99), decimals: 6 };
    firstPeg(file).depositFee = { flat: '0.5', basisPoints: 7, maximumFlat: '2', departMinimum: '3' };
    delete firstPeg(file).redeemFee;
    const { depositFee, redeemFee } = parseDeployment(file).bridges[0]!.pegs[0]!;
    const base = { flat: 500_000n, basisPoints: 7, maximumFlat: 2_000_000n, departMinimum: 3_000_000n };
    assert.deepEqual(depositFee, base);
    assert.deepEqual(redeemFee, { flat: 0n, basisPoints: 0, maximumFlat: 0n, departMinimum: 1n });
  });

  it('puts a bridge after the one whose product token it locks', () => {
    const file = exampleFile();
    file.chains['outer'] = { chainId: 7, rpcUrl: 'http://127.0.0.1:3' };
    const { boat } = file.bridges;
    const raft = bridgeOf('product', 'outer', [pegOf({ bridge: 'boat', peg: 'BOAT' }, 'RAFT')]);
    file.bridges = { raft, boat: boat! };
    const names = parseDeployment(file).bridges.map(({ name }) => name);
    assert.deepEqual(names, ['boat', 'raft']);
  });
});
