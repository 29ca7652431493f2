import { type Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useWords } from '../i18n/i18n.ts';
import { BridgeForm } from './BridgeForm.tsx';
import { Underway } from './Underway.tsx';

export function BridgeView({ overview }: { readonly overview: Overview }) {
  const words = useWords();
  const { config } = useMachine();
  const { chains } = config;
  const { threshold, signers } = overview.sides.product;
  const signatures = words.bridge.signatures(threshold.toString(), signers.length.toString());
  return (
    <div className="narrow">
      <header className="about">
        <h1>{words.bridge.heading}</h1>
        <p>{config.brand.about ?? words.bridge.about(chains.main.name, chains.product.name, signatures)}</p>
      </header>
      {overview.pegs.length === 0 ? <p>{words.bridge.noPegs}</p> : <BridgeForm overview={overview} />}
      <Underway overview={overview} />
    </div>
  );
}
