import { useState, type ReactNode } from 'react';

import { cutText } from './cut-text.ts';
import { ShowMoreButton } from './show-more-button.tsx';

/** A plain text. A very long one shows its first and last part, and the rest on demand. */
export function LongText({ text, children }: { text: string; children?: (part: string) => ReactNode }) {
  const draw = children ?? ((part) => part);
  const [whole, setWhole] = useState(false);
  const cut = whole ? null : cutText(text);
  if (cut === null) return draw(text);
  return (
    <>
      {draw(cut.head)}
      <ShowMoreButton hidden={cut.hidden} onShow={() => setWhole(true)} />
      {draw(cut.tail)}
    </>
  );
}
