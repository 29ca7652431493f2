import type { SignerNow } from '../signers/useSigners.ts';
import { useWords } from '../i18n/i18n.ts';
import type { Light } from './journey.ts';

/** The signers' lights, each with its name and what it means in words. */
export function Lights({ lights }: { readonly lights: readonly (SignerNow & { readonly light: Light })[] }) {
  const words = useWords();
  return (
    <ul className="lights">
      {lights.map(({ address, name, light }) => (
        <li key={address} className={light} title={address}>
          <i aria-hidden="true" />
          <b>{name}</b>
          <small>{words.transfer.lights[light]}</small>
        </li>
      ))}
    </ul>
  );
}
