import { defineConfig } from 'vite';

/** Builds app/ into a static folder; its configuration, config.json, is put beside index.html by whoever serves it. */
export default defineConfig({
  root: import.meta.dirname,
  // So that the folder can be served from any path.
  base: './',
  publicDir: 'public',
  build: {
    outDir: '../dist/app',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A font as a data: URL would need a weaker policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      onLog(level, log, tell) {
        // 'use client' means something to servers alone, and there is none.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
});
