// The documentation as a searchable site: `npm run docs:site` builds docs/ into dist/docs, `npm run docs:site -- dev`
// serves it while it is edited. The pages keep their paths, which errors, alerts and other programs link to; the sidebar
// groups them by purpose (https://diataxis.fr).
import { renderMermaidSVG } from 'beautiful-mermaid';
import { defineConfig } from 'vitepress';

/** Base URL of the sources, for links that leave docs/; without it they become plain text. */
const sources = process.env.PEGWAY_SOURCES_URL;

const page = (text: string, name: string) => ({ text, link: `/${name}` });

export const sidebar = [
  { text: 'Start', items: [page('What Pegway is', ''), page('Tutorial: a bridge of your own', 'tutorial')] },
  {
    text: 'How to',
    items: [
      page('Install and verify a release', 'installing'),
      page('Deploy bridges', 'deploying'),
      page('Run a signer', 'operations'),
      page('Keep keys', 'keys'),
      page('Change signers, pegs and limits', 'governance'),
      page('Upgrade', 'upgrading'),
      page('Take funds out without the signers', 'exit'),
      page('Host the page', 'app'),
      page('Use the SDK', 'sdk'),
      page('Accept contract accounts', 'contract-accounts'),
    ],
  },
  {
    text: 'Reference',
    items: [
      page('Configuration', 'configuration'),
      page('HTTP interface', 'api'),
      page('Events', 'events'),
      page('Webhooks', 'webhooks'),
      page('Metrics', 'metrics'),
      page('Errors', 'errors'),
      page('Protocol', 'protocol'),
      page('Invariants', 'invariants'),
      page('Rewards', 'rewards'),
      page('Receipts', 'receipt'),
      page('Equivocation', 'equivocation'),
      page('Clients', 'clients'),
    ],
  },
  {
    text: 'Explanation',
    items: [
      page('Architecture', 'architecture'),
      page('Threat model', 'threat-model'),
      page('Decisions', 'decisions'),
      page('Reliability', 'reliability'),
      page('Performance', 'performance'),
      page('Scaling', 'scaling'),
      page('Several machines', 'several-machines'),
    ],
  },
];

export default defineConfig({
  title: 'Pegway',
  description: 'A two-way token bridge that trusts no single machine, node or key',
  outDir: '../dist/docs',
  cacheDir: '../cache/vitepress',
  cleanUrls: true,
  // No analytics, no fonts of others: a reader's browser asks this site alone.
  themeConfig: {
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
  },
  markdown: {
    config(markdown) {
      const { fence } = markdown.renderer.rules;
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const token = tokens[index];
        if (token?.info.trim() === 'mermaid') return `<figure class="diagram">${diagram(token.content)}</figure>`;
        return fence?.(tokens, index, ...rest) ?? '';
      };

      // Sources are not part of the site.
      markdown.core.ruler.push('links-to-sources', ({ tokens }) => {
        for (const { children } of tokens) {
          let isSource = false;
          for (const child of children ?? []) {
            const target = child.type === 'link_open' ? child.attrGet('href') : undefined;
            if (target?.startsWith('../') === true) {
              if (sources === undefined) isSource = true;
              else child.attrSet('href', `${sources}/${target.slice(3)}`);
            }
            if (!isSource) continue;
            if (child.type === 'link_close') isSource = false;
            if (child.type.startsWith('link_')) Object.assign(child, { type: 'text', content: '', nesting: 0 });
          }
        }
      });
    },
  },
});

/** One image for each colour scheme, of which the style sheet shows one. As an image it loads nothing of others. */
function diagram(text: string): string {
  const image = (scheme: string, bg: string, fg: string) => {
    const svg = renderMermaidSVG(text, { bg, fg, transparent: true, font: 'sans-serif' });
    const data = Buffer.from(svg.replace(/@import [^;]*;/g, '')).toString('base64');
    return `<img class="${scheme}" alt="Diagram; its source is in the page's Markdown" src="data:image/svg+xml;base64,${data}">`;
  };
  return image('light', '#ffffff', '#3c3c43') + image('dark', '#1b1b1f', '#dfdfd6');
}
