import type * as english from '../en/signers.ts';

export const signers: typeof english.signers = {
  heading: '서명자',
  intro: (threshold: string, size: string) => `전송마다 이 서명자 ${size}명 중 ${threshold}명의 서명이 필요합니다.`,
  margin: (alive: string, margin: string) =>
    `${alive}명이 응답하며 최신 상태입니다. 필요한 수보다 ${margin}명 많습니다.`,
  marginNone: (alive: string) => `${alive}명이 응답하며 최신 상태입니다. 필요한 수와 같습니다.`,
  marginShort: (alive: string, missing: string) =>
    `${alive}명이 응답하며 최신 상태입니다. ${missing}명이 모자랍니다. 서명자가 돌아올 때까지 전송이 기다리며, 토큰은 사라지지 않습니다.`,
  marginUnknown: '응답하는 릴레이어가 없어 최신 상태인 서명자가 충분한지 알 수 없습니다.',
  states: { 'in-sync': '최신 상태', behind: '뒤처짐', silent: '응답 없음', unknown: '조회 안 함' },
  lastSignature: '마지막 서명',
  signed: '90일간 서명',
  batches: (count: string, share: string) => `${count}개 (${share})`,
  latency: '응답 시간',
  seconds: (seconds: string) => `${seconds}초`,
  countedBy: (names: string, threshold: string) =>
    `${names}의 집계이며, 중앙값을 표시합니다. 묶음마다 서명은 ${threshold}개이므로 서명자가 모든 묶음에 서명할 필요는 없습니다.`,
  limits: '한도',
  limitsText: '한도를 넘는 전송은 체인에서 기다린 뒤 지급됩니다.',
  limitOf: (symbol: string, chain: string) => `${symbol}, ${chain} 방향`,
  limitNow: (available: string, capacity: string) => `지금 ${capacity} 중 ${available}`,
  fullIn: (duration: string) => `${duration} 뒤 모두 회복`,
  parked: '한도 초과로 대기 중',
  parkedText: '대기 시간이 지나면 누구나 전송을 해제할 수 있습니다.',
  parkedMore: '나머지는 탐색기에서 볼 수 있습니다.',
  releasable: '지금 해제 가능',
  never: (blocks: string) => `최근 ${blocks}개 블록에는 없음`,
  block: (block: string, chain: string) => `${chain} 블록 ${block}`,
  unnamed: (place: string) => `서명자 ${place}`,
  differ: '지금 두 브리지의 서명자 목록이 서로 다릅니다.',
};

export const exits: typeof english.exits = {
  heading: '비상 회수',
  none: '이 브리지에는 비상 회수가 없습니다. 너무 많은 서명자가 키를 잃으면 토큰은 잠긴 채로 남습니다.',
  intro:
    '너무 많은 서명자를 잃으면, 서명자가 앵커한 한 블록을 기준으로 서명자 없이 보유자에게 지급합니다. 각 단계는 누구나 진행할 수 있습니다.',
  far: (duration: string) => `비상 회수까지 적어도 ${duration} 남았습니다. 서명자가 활동할 때마다 더 멀어집니다.`,
  openable: '서명자의 침묵이 길어져, 이제 누구나 비상 회수를 예고할 수 있습니다.',
  announced: (time: string) =>
    `비상 회수가 예고되었습니다. 서명자가 돌아오지 않으면 ${time}부터 누구나 이 브리지를 영구히 종료할 수 있습니다.`,
  closable: '비상 회수가 예고되었고, 이제 누구나 이 브리지를 영구히 종료할 수 있습니다.',
  advancing: (time: string) => `이 브리지는 영구히 종료되었습니다. ${time}부터 청구를 등록할 수 있습니다.`,
  registering: (time: string) => `이 브리지는 영구히 종료되었습니다. ${time}까지 청구를 등록하세요.`,
  paying: '이 브리지는 영구히 종료되었습니다. 등록된 청구를 기한 없이 지급합니다.',
  whatToDo: '지금 할 일',
  more: '비상 회수 알아보기',
  contract: '비상 회수 컨트랙트',
  lastLife: '마지막 활동',
  lastAnchor: '마지막 앵커',
  settled: '정산 기준',
  block: (number: string) => `블록 ${number}`,
  notCovered: '마지막으로 앵커한 블록 뒤에 받은 프로덕트 토큰은 보호되지 않습니다.',
  steps: '지금 가능한 단계',
  step: {
    snapshot: '노드에 상태가 있는 동안 모든 잔액의 증명을 보관하세요. 릴레이어도 보관합니다.',
    open: '비상 회수를 예고하세요.',
    close: '브리지를 영구히 종료하세요.',
    advance: '서명자가 서명한 가장 새로운 블록을 제시하세요.',
    register: '계정의 몫을 모두 등록하세요. 늦은 청구는 남은 금액에서 지급합니다.',
    claim: '등록된 청구를 지급받으세요.',
  },
  commands: (guide: string) =>
    `각 명령에는 두 브리지와 각 체인의 노드를 적은 파일(bridge.json)과, 네트워크 수수료를 낼 키가 필요합니다. 단계는 ${guide}에 설명되어 있습니다.`,
};
