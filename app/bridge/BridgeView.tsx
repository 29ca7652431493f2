import { type Overview } from '../chain/overview.ts';
import { useWords } from '../i18n/i18n.ts';
import { BridgeForm } from './BridgeForm.tsx';
import { Underway } from './Underway.tsx';

export function BridgeView({ overview }: { readonly overview: Overview }) {
  const words = useWords();
  return (
    <div className="narrow">
      <h1 className="unseen">{words.bridge.heading}</h1>
      {overview.pegs.length === 0 ? <p>{words.bridge.noPegs}</p> : <BridgeForm overview={overview} />}
      <Underway overview={overview} />
    </div>
  );
}
