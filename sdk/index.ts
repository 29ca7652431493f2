export { mainBridgeAbi, productBridgeAbi, productTokenAbi } from '../protocol/abi.ts';
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
} from '../protocol/attestation.ts';
export type { TransferView } from '../protocol/api-types.ts';
export { type EventKind, type EventView, type StreamedEvent, eventKinds } from '../protocol/events.ts';
export type { AuditNotice, Notice, SignedNotice } from '../protocol/notices.ts';
export { type Direction, type Lane, type Side, type Status, type Transfer } from '../protocol/lane.ts';
export { COIN, type Peg, type Quote, type Rate, quote, stepOf } from '../protocol/peg.ts';
export { type Reason, reasons } from '../protocol/reasons.ts';
export type { LogProof, Outcome, Receipt, ReceiptBridge } from '../protocol/receipts/format.ts';
export { parseReceiptText } from '../protocol/receipts/parse-receipt.ts';
export { ReceiptError } from '../protocol/receipts/receipt-error.ts';
export type { Premise, ProvenAnchor, ProvenLink } from '../protocol/receipts/verify-anchor.ts';
export { type ReceiptVerdict, verifyReceipt } from '../protocol/receipts/verify-receipt.ts';

export { RelayerError } from './ask-relayer.ts';
export { isAbsent, isContract } from './sender-account.ts';
export type { BridgeClient, BridgeReader, Departure, TransferName, TransferRequest } from './bridge-client.ts';
export { type FeeInfo, feeOf, isCoin, largestWithFee, quoteFee } from './fee.ts';
export {
  type Execution,
  type FindOptions,
  type FoundArrival,
  arrivalIn,
  departuresOfBlock,
  departuresOfSender,
  departuresOfTransaction,
  findArrival,
  findDeparture,
  findExecutions,
  receiptOf,
  transactionOf,
} from './find.ts';
export { type Arrival, status, wait } from './follow-transfer.ts';
export { type BridgePair, type LimitInfo, type PegInfo, pegs, quoteOf } from './read-pegs.ts';
export { type TokenInfo, readTokenInfo, readTokenText } from './token-info.ts';
export { CancelledError, type DepartedOptions, departed } from './departed.ts';
export { type OnHash, type SentTransfer, UnsureError } from './once.ts';
export { type Permit, readPermitDomain, signPermit } from './permit.ts';
export { type Consent, type Preparation, consentsFor, prepare } from './prepare-transfer.ts';
export { type FoundReceipt, NoReceiptError, type ReceiptOptions, type RefusedRelayer, receipt } from './receipt.ts';
export { type Refusal, isRefused, optional, refusalOf } from './refusal.ts';
export { type SendOptions, type SendStep, deposit, redeem, sendDeposit, sendRedeem } from './send-departure.ts';
export { type JsonRpcOptions, jsonRpc } from './transport.ts';
export { type TransfersOptions, transfers } from './transfers.ts';
export { type WatchOptions, watch } from './watch.ts';
export { type WalletRefusal, walletRefusalOf } from './wallet-refusal.ts';
