interface SteadyProps {
  /** Shown now. */
  readonly text: string;
  /** Texts that may replace it while the holder looks on. */
  readonly others: readonly string[];
}

/** A text with room for those that may replace it, so that a change moves nothing around it. */
export function Steady({ text, others }: SteadyProps) {
  return (
    <span className="steady">
      <span>{text}</span>
      {/* Drawn by the style sheet: neither read aloud nor found in the page. */}
      {[...new Set(others)].map((other) => (
        <i key={other} data-text={other} aria-hidden="true" />
      ))}
    </span>
  );
}
