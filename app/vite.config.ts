import { defineConfig } from 'vite';

/** Builds app/ into a static folder; the operator of the web server adds config.json beside index.html. */
export default defineConfig({
  root: import.meta.dirname,
  // Allows the folder to be served from any path.
  base: './',
  publicDir: 'public',
  build: {
    outDir: '../dist/app',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A font as a data: URL would require a weaker content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      onLog(level, log, tell) {
        // 'use client' is a directive for server components, of which there are none.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
});
