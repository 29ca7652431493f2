import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Plugin, defineConfig } from 'vite';

import { earlyPage } from './early-page.ts';

/** Builds app/ into a static folder; the operator of the web server adds config.json beside index.html. */
export default defineConfig({
  root: import.meta.dirname,
  // Allows the folder to be served from any path.
  base: './',
  publicDir: 'public',
  plugins: [earlyParts()],
  build: {
    outDir: '../dist/app',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A font as a data: URL would require a weaker content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      // These only define: what the page does not use of them stays out, and what a view loads on demand is not in the first one.
      treeshake: { moduleSideEffects: (id) => !/\/(protocol|sdk)\/[^?]*\.ts$/.test(id) },
      onLog(level, log, tell) {
        // 'use client' is a directive for server components, of which there are none.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
});

/**
 * Puts the text of `early-page.ts` into index.html, and a script that runs before the first paint. It is no module, which
 * would run after it, and not inline, which the content security policy forbids; its hashed name lets browsers keep it.
 * Both it and the style sheet go before the page's modules: a browser opens few connections, and the text waits for these two.
 */
function earlyParts(): Plugin {
  return {
    name: 'early-parts',
    buildStart() {
      const source = readFileSync(join(import.meta.dirname, 'early.js'), 'utf8');
      this.emitFile({ type: 'asset', name: 'early.js', source });
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const script = Object.values(bundle).find((file) => file.type === 'asset' && file.names.includes('early.js'));
        const [styles = ''] = /<link rel="stylesheet"[^>]*>/.exec(html) ?? [];
        return html
          .replace(styles, '')
          .replace('<script type="module"', `<script src="./${script?.fileName}"></script>\n    ${styles}\n    $&`)
          .replace('<div id="page"></div>', `<div id="page">${earlyPage()}</div>`);
      },
    },
  };
}
