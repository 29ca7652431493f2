import type * as english from '../en/page.ts';

export const page: typeof english.page = {
  name: '한국어',
  views: { bridge: '브리지', history: '내역', explorer: '탐색기', supply: '공급량', signers: '서명자' },
  skip: '본문으로 건너뛰기',
  language: '언어',
  theme: { label: '화면 모드', auto: '시스템 설정', light: '밝게', dark: '어둡게' },
  navigation: '보기',
  copy: '복사',
  copied: '복사됨',
  early: '메인 체인에 토큰을 잠그고 다른 체인에서 프로덕트 토큰을 받습니다. 반대로도 같은 비율로 옮길 수 있습니다.',
  loading: '두 체인을 읽는 중…',
  unread: '지금은 체인을 읽을 수 없습니다. 다시 시도합니다.',
  unknownPage: '이 주소에는 아무것도 없습니다.',
  toBridge: '브리지로 가기',
  close: '닫기',

  duration(seconds: number): string {
    if (seconds < 90) return `${Math.max(1, Math.round(seconds))}초`;
    if (seconds < 5_400) return `${Math.round(seconds / 60)}분`;
    if (seconds < 172_800) return `${Math.round(seconds / 3_600)}시간`;
    return `${Math.round(seconds / 86_400)}일`;
  },

  notices: {
    chainSilent: (chain: string) =>
      `${chain}의 노드가 응답하지 않습니다. 응답할 때까지 보낼 수 없으며, 진행 중인 전송은 이 페이지 없이도 도착합니다.`,
    lastAnswer: '마지막으로 읽은 값을 표시합니다.',
    meanwhile: '몇 초마다 체인을 다시 읽습니다.',
    newestIsFinal: (chain: string) =>
      `${chain}: 노드가 확정 블록을 보고하지 않고, 확정 깊이를 보고하는 릴레이어도 없습니다. 이 페이지는 최신 블록을 확정으로 취급하며, 서명자는 더 오래 기다릴 수 있습니다.`,
    relayersSilent:
      '연결되는 릴레이어가 없습니다. 전송은 계속되고 두 체인의 상태는 표시되지만, 체인 사이의 진행 상황과 오래된 내역은 보이지 않습니다.',
    oddPegs: (tokens: string) =>
      `토큰이 정상적으로 동작하지 않아 제외한 페그: ${tokens}. 나머지는 모두 사용할 수 있습니다.`,
  },

  wallet: {
    connect: '지갑 연결',
    connecting: '연결 중…',
    choose: '지갑 선택',
    none: '이 브라우저에서 지갑을 찾지 못했습니다. EIP-6963을 지원하는 지갑을 설치한 뒤 새로 고치세요.',
    openIn: '이 브라우저에는 지갑이 없습니다. 지갑 앱의 브라우저에서 이 페이지를 여세요.',
    otherApp: '다른 지갑 앱: 앱의 브라우저에 링크를 붙여 넣으세요.',
    copyLink: '링크 복사',
    disconnect: '연결 끊기',
    account: '내 계정',
    failed: '지갑에 연결하지 못했습니다.',
  },

  links: { help: '도움말', terms: '이용 약관' },
  footer: '이 페이지는 두 체인을 직접 읽으며 이 브라우저에만 데이터를 저장합니다.',
  configBroken: '이 페이지의 설정이 올바르지 않습니다',
};
