import type * as english from '../en/governance.ts';

export const governance: typeof english.governance = {
  heading: '거버넌스',
  text: '브리지는 서명자 정족수가 변경합니다. 보유자에게 해가 될 수 있는 변경은 누구나 먼저 볼 수 있도록 기다린 뒤 실행됩니다.',
  none: '아직 수락된 제안이 없습니다.',
  noRelayer: '지난 제안을 보려면 릴레이어가 필요한데 응답하는 릴레이어가 없습니다.',
  proposal: (nonce: string, chain: string) => `제안 ${nonce}번, ${chain}`,
  accepted: (time: string) => `${time}에 수락됨`,
  unread: '이 제안의 트랜잭션을 보고하는 릴레이어가 없어 내용을 표시할 수 없습니다.',
  stages: {
    waiting: (time: string, duration: string) => `대기 중: ${time}부터(${duration} 뒤) 실행 가능`,
    executable: () => '대기 중: 지금 실행 가능',
    expired: () => '실행되지 않고 만료됨',
    'signers-replaced': () => '무효: 그 뒤 서명자 목록이 교체됨',
    executed: (time: string) => `${time}에 실행됨`,
    superseded: () => '실행되기 전에 교체되거나 취소됨',
  },
  cancel: '대기 중인 제안을 취소합니다.',
  unknownCall: (selector: string) => `이 페이지가 알지 못하는 함수를 호출합니다(${selector}).`,
  noLimit: '한도 없음',
  limit: (capacity: string, refill: string) => `한 번에 ${capacity}, 하루에 ${refill}씩 회복`,
  calls: {
    setSigners: (threshold: string, count: string) =>
      `서명자 목록을 교체합니다. 이후 ${count}명 중 ${threshold}명의 서명이 필요합니다.`,
    setDelays: (changes: string, limit: string, pause: string, bounce: string) =>
      `대기 시간을 정합니다: 변경 ${changes}, 한도를 넘는 전송 ${limit}, 일시 정지 ${pause}, 거부된 전송의 반환 ${bounce}.`,
    openPeg: (symbol: string) => `새 페그 ${symbol}을(를) 엽니다.`,
    retirePeg: (symbol: string) => `${symbol} 예치를 영구히 종료합니다. 상환은 계속됩니다.`,
    setGasCap: (symbol: string, gas: string) => `${symbol} 지급에 가스를 ${gas}까지만 허용합니다.`,
    setMinimum: (symbol: string, minimum: string) => `${symbol}의 최소 수량을 ${minimum}(으)로 정합니다.`,
    setLimit: (symbol: string, limit: string) => `${symbol}의 한도를 정합니다: ${limit}.`,
    setFee: (symbol: string, flat: string, percent: string) =>
      `${symbol}의 브리지 수수료를 ${flat}와(과) 수량의 ${percent} %로 정합니다.`,
    setDepartMinimum: (symbol: string, minimum: string) =>
      `모인 ${symbol} 수수료를 ${minimum}부터 내보낼 수 있게 합니다.`,
    lowerLimit: (symbol: string, limit: string) => `${symbol}의 한도를 낮춥니다: ${limit}.`,
    voidParked: (symbol: string, nonces: string) =>
      `대기 중인 ${symbol} 전송(${nonces})의 해제를 취소합니다. 다시 서명해야 합니다.`,
    revokeSignatures: () => '지금까지의 모든 서명을 무효로 합니다. 진행 중인 전송은 다시 서명합니다.',
    renew: () => '서명자가 활동 중임을 알립니다. 바뀌는 것은 없습니다.',
    unpause: () => '브리지의 일시 정지를 끝냅니다.',
    prolongPause: (time: string) => `브리지의 일시 정지를 ${time}까지 연장합니다.`,
  },
};
