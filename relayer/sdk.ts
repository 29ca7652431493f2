export { mainBridgeAbi, productBridgeAbi, productTokenAbi } from './chain/abi.ts';
export {
  type Attestation,
  type BounceStatement,
  type Domain,
  type IndexedSignature,
  type TransferItem,
  attestationDigest,
  bounceDigest,
  decodeTransfers,
  encodeSignatures,
  encodeTransfers,
  governanceDigest,
  pauseDigest,
} from './transfer/attestation.ts';
export { type Direction, type Lane, type Side, type Status, type Transfer } from './transfer/lane.ts';
export { type Peg, type Quote, type Rate, quote, stepOf } from './transfer/peg.ts';
export { type Reason, reasons } from './transfer/reasons.ts';

export { isAbsent, isContract } from './sdk/account.ts';
export type { BridgeClient, BridgeReader, Departure, TransferName, TransferRequest } from './sdk/client.ts';
export {
  type FindOptions,
  type FoundArrival,
  arrivalIn,
  departuresOfBlock,
  departuresOfSender,
  departuresOfTransaction,
  findArrival,
  findDeparture,
  findExecutions,
} from './sdk/find.ts';
export { type Arrival, status, wait } from './sdk/follow.ts';
export { type BridgePair, type LimitInfo, type PegInfo, type TokenInfo, pegs, quoteOf } from './sdk/pegs.ts';
export { UnsureError } from './sdk/once.ts';
export { type Permit, readPermitDomain, signPermit } from './sdk/permit.ts';
export { type Consent, type Preparation, consentsFor, prepare } from './sdk/prepare.ts';
export { type Refusal, refusalOf } from './sdk/refusal.ts';
export { type SendOptions, type SendStep, departed, deposit, redeem, sendDeposit, sendRedeem } from './sdk/send.ts';
export { type JsonRpcOptions, jsonRpc } from './sdk/transport.ts';
