import { t } from '../messages/index.ts';
import { toVisibleParts } from './visible-parts.ts';

/** One line of a text, with marks for characters that a reader would not see. */
export function VisibleText({ text }: { text: string }) {
  const parts = toVisibleParts(text);
  if (parts.length === 1 && parts[0]?.kind === 'text') return text;
  return parts.map((part, index) =>
    part.kind === 'text' ? (
      <bdi key={index}>{part.text}</bdi>
    ) : (
      <mark
        key={index}
        title={part.kind === 'hidden' ? t.visible.hidden(part.code) : t.visible.blanks(part.count)}
        className="mx-px rounded-sm bg-warn-soft px-0.5 font-mono text-[0.85em] font-semibold whitespace-nowrap text-warn"
      >
        {part.kind === 'hidden' ? part.code : t.visible.blanks(part.count)}
      </mark>
    ),
  );
}
