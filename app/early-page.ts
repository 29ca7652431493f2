import { type Words, en } from './i18n/en.ts';
import { ko } from './i18n/ko.ts';
import { views } from './views.ts';

/**
 * The text of index.html, which is there before any script: on a slow line the page itself follows seconds later. Its
 * links work, since the page takes its view from the address. Written once a language; the style sheet shows one.
 */
export const earlyPage = (): string => [early('en', en), early('ko', ko)].join('\n');

function early(lang: string, words: Words): string {
  const links = views.map((name) => `<a href="#/${name}">${words.views[name]}</a>`);
  return `
      <div class="early" lang="${lang}"${lang === 'en' ? '' : ' hidden'}>
        <header class="top">
          <a class="brand" href="#/bridge">
            <svg viewBox="0 0 32 32" aria-hidden="true">
              <path d="M9 16h14" />
              <circle class="main" cx="9" cy="16" r="6" />
              <circle class="product" cx="23" cy="16" r="6" />
            </svg>
            <span>Pegway</span>
          </a>
          <nav aria-label="${words.navigation}">${links.join('')}</nav>
        </header>
        <main>
          <div class="narrow">
            <div class="about"><h1>${words.bridge.heading}</h1><p>${words.early}</p></div>
            <p class="loading" role="status">${words.loading}</p>
          </div>
        </main>
      </div>`;
}
