import { Suspense, lazy, useEffect, useRef, useState } from 'react';

import { BridgeView } from './bridge/BridgeView.tsx';
import { ChainSilent, type Overview, useOverview } from './chain/overview.ts';
import { Footer } from './Footer.tsx';
import { Header } from './Header.tsx';
import type { Side } from '../protocol/lane.ts';
import type { AppConfig } from './page-config.ts';
import { useMachine } from './context.ts';
import { Notice } from './parts/Notice.tsx';
import { type Route, linkTo, useRoute } from './router.ts';
import { language, theme } from './settings.ts';
import { type SignerNow, useSigners } from './signers/useSigners.ts';
import { SentView } from './transfer/SentView.tsx';
import { TransferView } from './transfer/TransferView.tsx';
import { useWords } from './i18n/i18n.ts';

// Loaded on demand, to keep the first view small.
const HistoryView = lazy(() => import('./history/HistoryView.tsx'));
const ExplorerView = lazy(() => import('./explorer/ExplorerView.tsx'));
const AnalyticsView = lazy(() => import('./analytics/AnalyticsView.tsx'));
const SupplyView = lazy(() => import('./supply/SupplyView.tsx'));
// Part of every view, so that a chunk which does not load must not take the page with it.
const ExitNotice = lazy(() => import('./exits/ExitNotice.tsx').catch(() => ({ default: () => null })));
const ExitsView = lazy(() => import('./exits/ExitsView.tsx'));
const ReceiptView = lazy(() => import('./receipt/ReceiptView.tsx'));
const SignersView = lazy(() => import('./signers/SignersView.tsx'));

export function Page() {
  const words = useWords();
  const route = useRoute();
  const { config } = useMachine();
  const overview = useOverview();
  const signers = useSigners(overview.data);
  usePreferences();
  useName(config.brand.name);
  useTop(route);

  const asked = signers.filter(({ apiUrl }) => apiUrl !== undefined);
  const relayersSilent = asked.length > 0 && asked.every(({ state }) => state === 'silent');
  return (
    <>
      <a className="skip" href="#content" onClick={skipToContent}>
        {words.skip}
      </a>
      <Header route={route} />
      <main id="content" tabIndex={-1}>
        <div className="notices">
          {overview.error !== null && (
            <Notice kind="problem">
              {words.notices.chainSilent(silentChain(overview.error, config))}{' '}
              {overview.data !== undefined && words.notices.lastAnswer}
            </Notice>
          )}
          {overview.data !== undefined &&
            (['main', 'product'] as const)
              .filter((side) => isNewestFinal(side, overview.data, signers))
              .map((side) => (
                <Notice key={side} kind="warning">
                  {words.notices.newestIsFinal(config.chains[side].name)}
                </Notice>
              ))}
          {(overview.data?.odd.length ?? 0) > 0 && (
            <Notice kind="warning">{words.notices.oddPegs(overview.data?.odd.join(', ') ?? '')}</Notice>
          )}
          <Suspense fallback={null}>
            <ExitNotice />
          </Suspense>
          {relayersSilent && <Notice kind="warning">{words.notices.relayersSilent}</Notice>}
        </div>
        {overview.data === undefined ? (
          <p className="loading" role="status">
            {overview.error === null ? words.loading : words.notices.meanwhile}
          </p>
        ) : (
          <Suspense fallback={<p className="loading">{words.loading}</p>}>
            <View route={route} overview={overview.data} signers={signers} />
          </Suspense>
        )}
      </main>
      <Footer />
    </>
  );
}

interface ViewProps {
  readonly route: Route;
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

function View({ route, overview, signers }: ViewProps) {
  const words = useWords();
  switch (route.name) {
    case 'bridge':
      return <BridgeView overview={overview} />;
    case 'history':
      return <HistoryView overview={overview} signers={signers} />;
    case 'explorer':
      return <ExplorerView overview={overview} signers={signers} />;
    case 'analytics':
      return <AnalyticsView overview={overview} signers={signers} />;
    case 'supply':
      return <SupplyView overview={overview} signers={signers} />;
    case 'signers':
      return <SignersView overview={overview} signers={signers} />;
    case 'exits':
      return <ExitsView overview={overview} />;
    case 'receipt':
      return <ReceiptView overview={overview} />;
    case 'sent':
      return <SentView key={route.hash} direction={route.direction} hash={route.hash} />;
    case 'transfer': {
      const { direction, productToken, nonce } = route;
      const key = `${direction}-${productToken}-${nonce}`;
      return <TransferView key={key} name={{ direction, productToken, nonce }} overview={overview} signers={signers} />;
    }
    case 'unknown':
      return (
        <section className="card">
          <p>{words.unknownPage}</p>
          <a href={linkTo({ name: 'bridge' })}>{words.toBridge}</a>
        </section>
      );
  }
}

/** Once all relayers have answered or failed: one of them may report the depth of final blocks. */
const isNewestFinal = (side: Side, { sides }: Overview, signers: readonly SignerNow[]): boolean =>
  sides[side].finality === 'newest' &&
  signers.every(({ apiUrl, state, status }) => {
    const isPending = apiUrl !== undefined && state === 'unknown';
    return !isPending && status?.depth[side] === undefined;
  });

const silentChain = (error: Error, { chains }: AppConfig): string =>
  error instanceof ChainSilent ? chains[error.side].name : `${chains.main.name} / ${chains.product.name}`;

/** Applies the chosen language and colour scheme to the whole document. */
function usePreferences(): void {
  const chosenLanguage = language.use();
  const chosenTheme = theme.use();
  useEffect(() => {
    document.documentElement.lang = chosenLanguage;
  }, [chosenLanguage]);
  useEffect(() => {
    if (chosenTheme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosenTheme;
  }, [chosenTheme]);
}

/** The tab's title, before any view puts its own text in front of it. */
function useName(name: string): void {
  useState(() => (document.title = name));
}

/**
 * Moves scroll position and focus to the top of a newly opened view; a transfer that replaces its transaction does so
 * silently.
 */
function useTop(route: Route): void {
  const shown = useRef(placeOf(route));
  const place = placeOf(route);
  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    window.scrollTo(0, 0);
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [place]);
}

const placeOf = ({ name }: Route): string => (name === 'sent' ? 'transfer' : name);

/** The fragment of the address is the page's route, so a plain link would leave the view. */
function skipToContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
