import type { DevnetFile } from './describe-devnet.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** What a person types into a wallet, as a page with one button for each chain. */
export function walletPage({
  main,
  product,
  pegs,
  holders: [holder],
}: Pick<DevnetFile, 'main' | 'product' | 'pegs' | 'holders'>): string {
  const chains = [
    { name: 'Pegway devnet, main chain', ...main },
    { name: 'Pegway devnet, product chain', ...product },
  ].map(({ name, chainId, rpcUrl }) => ({ name, chainId, rpcUrl }));
  const symbols = [...new Set(pegs.map(({ mainSymbol }) => mainSymbol))].join(', ');
  const rows = chains.map(
    ({ name, chainId, rpcUrl }, index) => `
      <tr>
        <th scope="row">${escaped(name)}</th>
        <td><code>${chainId}</code></td>
        <td><code>${escaped(rpcUrl)}</code></td>
        <td><code>ETH</code></td>
        <td><button data-chain="${index}">Add to wallet</button></td>
      </tr>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Connect your wallet: Pegway devnet</title>
    <style>
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
      table { border-collapse: collapse; }
      th, td { text-align: left; padding: 0.4rem 0.8rem; border-bottom: 1px solid #ccc; }
      code { overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <h1>Connect your wallet</h1>
    <ol>
      <li>
        Add both chains.
        <table>
          <thead><tr><th>Chain</th><th>Chain id</th><th>RPC URL</th><th>Currency</th><td></td></tr></thead>
          <tbody>${rows.join('')}</tbody>
        </table>
        <p id="answer" role="status"></p>
      </li>
      <li>
        Import this account by its private key: <code>${holder?.privateKey ?? 'there is none'}</code><br />
        It has coins, and ${escaped(symbols)}. Use it for this devnet alone.
      </li>
      <li><a href="/">Open the page</a>, connect, and deposit.</li>
    </ol>
    <p>A wallet that remembers an older devnet refuses transactions: clear its activity data for both chains.</p>
    <script>
      const chains = ${JSON.stringify(chains).replaceAll('<', '\\u003c')};
      for (const button of document.querySelectorAll('button')) {
        button.addEventListener('click', async () => {
          const answer = document.getElementById('answer');
          const { name, chainId, rpcUrl } = chains[button.dataset.chain];
          if (window.ethereum === undefined) {
            answer.textContent = 'This browser has no wallet: type the values into yours.';
            return;
          }
          try {
            await window.ethereum.request({
              method: 'wallet_addEthereumChain',
              params: [{
                chainId: '0x' + chainId.toString(16),
                chainName: name,
                rpcUrls: [rpcUrl],
                nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
              }],
            });
            answer.textContent = name + ' is in the wallet.';
          } catch (error) {
            answer.textContent = 'The wallet did not add it: ' + error.message;
          }
        });
      }
    </script>
  </body>
</html>
`;
}
