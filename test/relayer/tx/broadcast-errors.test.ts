import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import {
  InternalRpcError,
  InvalidInputRpcError,
  LimitExceededRpcError,
  MethodNotSupportedRpcError,
  ResourceUnavailableRpcError,
  RpcRequestError,
  TransactionRejectedRpcError,
} from 'viem';

import {
  combineOutcomes,
  type BroadcastOutcome,
  type Consequence,
  broadcastOutcomeNames,
  broadcastOutcomes,
  classifyBroadcastError,
  isRefusal,
} from '../../../relayer/tx/broadcast-errors.ts';

/* Error texts of each client, with the source file that contains the text. */

const wording: Record<string, Partial<Record<BroadcastOutcome, readonly string[]>>> = {
  'Geth: core/error.go, core/txpool/errors.go, core/txpool/validation.go, core/txpool/legacypool, internal/ethapi/api.go':
    {
      'already-known': ['already known'],
      'nonce-too-low': ['nonce too low: next nonce 7, tx nonce 5'],
      'nonce-gap': ['nonce too high: tx nonce 9, gapped nonce 7', 'gapped-nonce tx from delegated accounts'],
      'replacement-underpriced': ['replacement transaction underpriced', 'future transaction tries to replace pending'],
      'insufficient-funds': [
        'insufficient funds for gas * price + value: balance 1, tx cost 21000, overshot 20999',
        'insufficient funds for gas * price + value: balance 5, queued cost 4, tx bumped 3, overshot 2',
        'insufficient funds for transfer',
      ],
      underpriced: [
        'transaction underpriced',
        'transaction underpriced: gas tip cap 0, minimum needed 1',
        'transaction gas price below minimum: gas tip cap 0, minimum needed 1000000000',
        'max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 7',
      ],
      'gas-limit-too-high': [
        'exceeds block gas limit',
        'transaction gas limit too high (cap: 16777216, tx: 20000000)',
        'gas limit reached',
      ],
      'intrinsic-gas': [
        'intrinsic gas too low: gas 20000, minimum needed 21000',
        'insufficient gas for floor data gas cost: gas 22000, minimum needed 31000',
      ],
      'fee-cap-exceeded': ['tx fee (1.10 ether) exceeds the configured cap (1.00 ether)'],
      'pool-full': [
        'txpool is full',
        'account limit exceeded: pooled 64 txs',
        'in-flight transaction limit reached for delegated accounts',
      ],
      'too-large': ['oversized data: transaction size 140000, limit 131072'],
      'type-not-supported': ['transaction type not supported: type 2 rejected, pool not yet in London'],
      'wrong-chain': [
        'only replay-protected (EIP-155) transactions allowed over RPC',
        'invalid chain id for signer: have 1 want 5',
      ],
      'invalid-transaction': [
        'invalid sender: signature not valid',
        'max priority fee per gas higher than max fee per gas',
        'rlp: value size exceeds available input length',
      ],
      'not-permitted': ['sender not an eoa: address 0x00, codehash: 0x01'],
      'address-reserved': ['address already reserved'],
    },
  'Nethermind: Nethermind.TxPool/AcceptTxResult.cs, TxPoolErrorMessages.cs and their older names': {
    'already-known': ['already known', 'AlreadyKnown'],
    'nonce-too-low': ['nonce too low', 'OldNonce, Current nonce: 7, nonce of rejected tx: 5'],
    'nonce-gap': ['nonce too high', 'nonce too far in future', 'NonceGap, Future nonce. Expected nonce: 7'],
    'replacement-underpriced': ['replacement transaction underpriced', 'ReplacementNotAllowed'],
    'insufficient-funds': [
      'insufficient funds for gas * price + value',
      'InsufficientFunds, Account balance: 1, cumulative cost: 21000',
    ],
    underpriced: [
      'transaction underpriced',
      'FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7, MaxPriorityFeePerGas:1, Block number: 9',
      'FeeTooLowToCompete',
    ],
    'gas-limit-too-high': [
      'gas limit reached',
      'GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 40000000',
    ],
    'too-large': ['transaction too large', 'MaxTxSizeExceeded'],
    'type-not-supported': ['unsupported transaction type'],
    'invalid-transaction': ['failed to recover sender', 'transaction invalid', 'FailedToResolveSender'],
    'not-permitted': ['sender not an eoa', 'SenderIsContract'],
    'address-reserved': ['pending transaction type conflict'],
    syncing: ['node is syncing'],
  },
  'Besu: ethereum/api/…/jsonrpc/internal/response/RpcErrorType.java': {
    'already-known': ['Known transaction'],
    'nonce-too-low': ['Nonce too low'],
    'nonce-gap': [
      'Nonce too high',
      'Transaction nonce is too distant from current sender nonce',
      'An invalid transaction with a lower nonce exists',
    ],
    'replacement-underpriced': ['Replacement transaction underpriced'],
    'insufficient-funds': ['Upfront cost exceeds account balance'],
    underpriced: ['Gas price below configured minimum gas price', 'Gas price below current base fee'],
    'gas-limit-too-high': ['Transaction gas limit exceeds block gas limit'],
    'intrinsic-gas': ['Intrinsic gas exceeds gas limit'],
    'fee-cap-exceeded': ['Transaction fee cap exceeded'],
    'execution-reverted': ['Execution reverted'],
    'wrong-chain': ['Wrong chainId', 'ChainId not supported', 'ChainId is required'],
    'invalid-transaction': ['Invalid signature', 'Max priority fee per gas exceeds max fee per gas'],
    'type-not-supported': ['Invalid transaction type'],
    'not-permitted': [
      'Sender account not authorized to send transactions',
      'Plugin has marked the transaction as invalid',
    ],
    syncing: [
      'Initial sync is still in progress',
      'Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in sync).',
    ],
    unreachable: ['Timeout expired'],
  },
  'Erigon: txnprovider/txpool/txpoolcfg/txpoolcfg.go': {
    'already-known': ['already known', 'existing txn with same hash'],
    'nonce-too-low': ['nonce too low'],
    'replacement-underpriced': ['replacement transaction underpriced', 'could not replace existing tx'],
    'insufficient-funds': ['insufficient funds'],
    underpriced: ['underpriced', 'fee too low'],
    'gas-limit-too-high': ['gas limit is too high'],
    'intrinsic-gas': ['IntrinsicGas'],
    'pool-full': ['pending sub-pool is full', 'baseFee sub-pool is full', 'queued sub-pool is full'],
    'too-large': ['oversized data', 'RLPTooLong'],
    'type-not-supported': ['fork supporting this transaction type is not activated yet'],
    'not-permitted': ['spammer'],
    'invalid-transaction': ['invalid sender'],
  },
  'Reth: crates/rpc/rpc-eth-types/src/error/mod.rs': {
    'already-known': ['already known'],
    'nonce-too-low': ['nonce too low: next nonce 7, tx nonce 5'],
    'replacement-underpriced': ['replacement transaction underpriced'],
    'insufficient-funds': ['insufficient funds for gas * price + value: have 1 want 21000'],
    underpriced: [
      'transaction underpriced',
      'transaction priority fee below minimum required priority fee 1000',
      'max fee per gas less than block base fee',
    ],
    'gas-limit-too-high': [
      'exceeds block gas limit',
      'exceeds max transaction gas limit',
      'intrinsic gas too high',
      'gas limit too high',
    ],
    'intrinsic-gas': ['intrinsic gas too low'],
    'fee-cap-exceeded': ['tx fee (2000 wei) exceeds the configured cap (1000 wei)'],
    'pool-full': ['txpool is full'],
    'too-large': ['oversized data: transaction size 140000, limit 131072'],
    'execution-reverted': ['execution reverted: paused'],
    'wrong-chain': ['invalid chain ID'],
    'type-not-supported': ['transaction type not supported'],
    'invalid-transaction': ['invalid transaction signature', 'failed to decode signed transaction'],
    'not-permitted': ['sender is not an EOA'],
    'address-reserved': ['address already reserved'],
  },
  'Anvil: crates/anvil/src/eth/error.rs': {
    'already-known': ['transaction already imported', 'Tx: [0x12] already Imported'],
    'nonce-too-low': ['nonce too low'],
    'nonce-gap': ['Nonce too high'],
    'replacement-underpriced': [
      'replacement transaction underpriced',
      'Tx: [0x12] insufficient gas price to replace existing transaction',
    ],
    'insufficient-funds': ['Insufficient funds for gas * price + value'],
    underpriced: ['max fee per gas less than block base fee'],
    'gas-limit-too-high': [
      'intrinsic gas too high -- tx.gas_limit > env.block.gas_limit',
      'Transaction gas limit is greater than the block gas limit, gas_limit: 40000000, cap: 30000000',
    ],
    'intrinsic-gas': ['intrinsic gas too low'],
    'execution-reverted': ['execution reverted: Some(0x08c379a0)'],
    'wrong-chain': ['invalid chain id for signer', 'Incompatible EIP-155 transaction, signed for another chain'],
    'invalid-transaction': [
      'Failed to decode signed transaction',
      'max priority fee per gas higher than max fee per gas',
    ],
  },
  'Hardhat: edr, crates/edr_evm/src/mempool.rs, crates/edr_provider': {
    'already-known': ['Known transaction: 0x12'],
    'nonce-too-low': [
      'Transaction nonce too low. Expected nonce to be at least 7 but got 5.',
      "Nonce too low. Expected nonce to be 7 but got 5. Note that transactions can't be queued when automining.",
    ],
    'nonce-gap': [
      "Nonce too high. Expected nonce to be 7 but got 9. Note that transactions can't be queued when automining.",
    ],
    'replacement-underpriced': [
      'Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 110 is necessary to replace the existing transaction with nonce 5.',
    ],
    'insufficient-funds': [
      "Sender doesn't have enough funds to send tx. The max upfront cost is: 21000 and the sender's balance is: 1.",
    ],
    'gas-limit-too-high': ['Transaction gas limit is 40000000 and exceeds block gas limit of 30000000'],
    'intrinsic-gas': ['Transaction requires at least 21064 gas but got 21000'],
    'execution-reverted': ["VM Exception while processing transaction: reverted with custom error 'Paused()'"],
    'type-not-supported': ['Unknown transaction type: 7'],
  },
};

/** The errors of viem's transport, one per code that clients use for the same text. */
function asViemThrows(message: string): Error[] {
  const raw = (code: number): RpcRequestError =>
    new RpcRequestError({ body: { method: 'eth_sendRawTransaction' }, error: { code, message }, url: 'http://node' });
  return [
    new InvalidInputRpcError(raw(-32000)),
    new ResourceUnavailableRpcError(raw(-32002)),
    new TransactionRejectedRpcError(raw(-32003)),
    new MethodNotSupportedRpcError(raw(-32004), { method: 'eth_sendRawTransaction' }),
    new LimitExceededRpcError(raw(-32005)),
    new InternalRpcError(raw(-32603)),
    new Error(`eth_sendRawTransaction at 0-node: ${message}`, { cause: raw(-32009) }),
  ];
}

/**
 * Errors quoted from the sources of clients and from transcripts of providers: each entry names its client and the
 * file, document or transcript with the text. `wanted` is the consequence.
 */
const recorded = JSON.parse(readFileSync('test/fixtures/send-errors.json', 'utf8')) as readonly {
  readonly client: string;
  readonly code?: number;
  readonly http: number;
  readonly text: string;
  readonly wanted: Consequence;
}[];

describe('a recorded answer to eth_sendRawTransaction', () => {
  for (const { client, code, http, text, wanted } of recorded) {
    it(`of ${client}, "${text.slice(0, 80)}", has the consequence "${wanted}"`, () => {
      const error = { message: text, ...(code !== undefined && { code }), ...(http !== 200 && { status: http }) };
      assert.equal(broadcastOutcomes[classifyBroadcastError(error)].then, wanted);
    });
  }
});

describe('an answer in a wording of no recorded client', () => {
  const wordings: Partial<Record<Consequence, readonly string[]>> = {
    sent: ['tx already in mempool', 'Duplicate transaction'],
    raise: ['max fee per gas (1) lower than block base fee (2)', 'tip too low', 'MAX_FEE_PER_GAS_TOO_LOW'],
    fund: ['Account balance is too low', 'transaction would exceed account balance'],
    cap: ['MaxFeePerGas exceeds the configured limit', 'max fee per gas too high'],
    wait: ['nonce has already been used', 'DelegationNonceGap', 'account has too many pending transactions'],
    refuse: [
      'InvalidChainId',
      'could not decode transaction',
      'exceeds the max gas per tx',
      'code size exceeds limit',
      'EIP-1559 transactions not supported',
      'transaction rejected by policy',
    ],
    silent: [
      'unsupported method',
      'Must be authenticated!',
      'credits exhausted',
      'node is shutting down',
      'upstream connect error',
    ],
  };
  for (const [wanted, texts] of Object.entries(wordings)) {
    for (const text of texts) {
      it(`"${text}" has the consequence "${wanted}"`, () => {
        const name = classifyBroadcastError({ code: -32000, message: text });
        assert.equal(broadcastOutcomes[name].then, wanted);
      });
    }
  }
});

describe('an answer to eth_sendRawTransaction', () => {
  for (const [client, classes] of Object.entries(wording)) {
    for (const [name, texts] of Object.entries(classes)) {
      for (const text of texts) {
        it(`${client.slice(0, client.indexOf(':'))} saying "${text}" means ${name}`, () => {
          assert.equal(classifyBroadcastError({ code: -32000, message: text }), name);
          for (const wrapped of asViemThrows(text)) assert.equal(classifyBroadcastError(wrapped), name);
        });
      }
    }
  }

  it('is unknown in words that no client has used, and then refuses nothing', () => {
    assert.equal(classifyBroadcastError(new Error('the moon is full')), 'unknown');
    assert.equal(classifyBroadcastError(undefined), 'unknown');
    assert.equal(classifyBroadcastError('quota of patience'), 'unknown');
    assert.equal(isRefusal('unknown'), false);
  });

  it('of a provider that limits requests says nothing about the transaction', () => {
    assert.equal(classifyBroadcastError({ status: 429, message: 'HTTP request failed.' }), 'rate-limited');
    assert.equal(
      classifyBroadcastError({ code: 429, message: 'Your app has exceeded its compute units per second capacity.' }),
      'rate-limited',
    );
    assert.equal(
      classifyBroadcastError({ code: -32005, message: 'daily request count exceeded, request rate limited' }),
      'rate-limited',
    );
    assert.equal(
      classifyBroadcastError({ code: -32005, message: 'Transaction gas limit exceeds block gas limit' }),
      'gas-limit-too-high',
    );
  });

  it('without a JSON-RPC error is classified by its HTTP status, whatever the page of a gateway contains', () => {
    assert.equal(classifyBroadcastError({ status: 502, message: 'insufficient funds' }), 'unreachable');
    assert.equal(classifyBroadcastError({ status: 507, message: 'nonce too low' }), 'unreachable');
    assert.equal(classifyBroadcastError({ status: 500, code: -32000, message: 'nonce too low' }), 'nonce-too-low');
  });

  it('with an unrecognized text is classified by a code that JSON-RPC defines', () => {
    assert.equal(classifyBroadcastError({ code: -32601, message: 'nope' }), 'unreachable');
    assert.equal(classifyBroadcastError({ code: -32700, message: 'nope' }), 'unreachable');
  });

  it('of a node that is away is told from a refusal', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:8545'), { code: 'ECONNREFUSED' });
    assert.equal(classifyBroadcastError(new TypeError('fetch failed', { cause: refused })), 'unreachable');
    assert.equal(classifyBroadcastError(new Error('The request took too long to respond.')), 'unreachable');
    const garbage = Object.assign(new Error('no answer (Unexpected token <)'), { code: 'rpc-unreachable' });
    assert.equal(classifyBroadcastError(garbage), 'unreachable');
    assert.equal(classifyBroadcastError({ status: 503, message: 'Service Unavailable' }), 'unreachable');
    assert.equal(
      classifyBroadcastError(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      'unreachable',
    );
  });

  it('is read from causes, but not for ever', () => {
    const error: { message: string; cause?: unknown } = { message: 'x' };
    error.cause = error;
    assert.equal(classifyBroadcastError(error), 'unknown');
  });

  it('with only a code that means one thing everywhere is read by the code', () => {
    assert.equal(classifyBroadcastError({ code: 3, message: 'VM halted' }), 'execution-reverted');
  });

  it('has a rule, and a name that a metric label can carry', () => {
    for (const name of broadcastOutcomeNames) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(['sent', 'raise', 'wait', 'fund', 'cap', 'refuse', 'silent'].includes(broadcastOutcomes[name].then));
    }
  });
});

describe('the answers of several nodes', () => {
  it('do not free a nonce while one of them may have the transaction', () => {
    assert.equal(combineOutcomes(['gas-limit-too-high', 'unknown']), 'unknown');
    assert.equal(combineOutcomes(['insufficient-funds', 'nonce-too-low']), 'nonce-too-low');
  });

  it('count as sent when one node has it', () => {
    assert.equal(combineOutcomes(['insufficient-funds', 'already-known', 'unreachable']), 'already-known');
    assert.equal(combineOutcomes(['nonce-too-low', 'accepted']), 'accepted');
  });

  it('leave out nodes that did not look', () => {
    assert.equal(combineOutcomes(['unreachable', 'gas-limit-too-high', 'rate-limited']), 'gas-limit-too-high');
    assert.equal(combineOutcomes(['unreachable', 'rate-limited']), 'rate-limited');
    assert.equal(combineOutcomes([]), 'unreachable');
  });
});
