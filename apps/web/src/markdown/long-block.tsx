import { useMemo, type ReactNode } from 'react';

import { useDisclosure } from '../ui/disclosure.ts';
import { chat } from '../messages/chat.ts';
import { ShowMoreButton } from '../ui/show-more-button.tsx';
import type { CutText } from '../ui/cut-text.ts';

/** A very long block: its first and last part, and the rest on demand once the block is complete. */
export function LongBlock(props: {
  longKey: string;
  raw: string;
  cut: CutText;
  open: boolean;
  draw: (text: string) => ReactNode;
}) {
  const { raw, cut, open, draw } = props;
  const [whole, setWhole] = useDisclosure(`long:${props.longKey}`, false);
  const shown = whole && !open;
  const { head } = cut;
  const first = useMemo(() => draw(head), [draw, head]);
  const all = useMemo(() => (shown ? draw(raw) : null), [shown, draw, raw]);
  if (shown) return all;
  return (
    <>
      {first}
      {open ? (
        <p className="text-sm text-muted">{chat.transcript.leftOut(chat.tools.characters(cut.hidden))}</p>
      ) : (
        <ShowMoreButton hidden={cut.hidden} onShow={() => setWhole(true)} />
      )}
      {draw(cut.tail.trimStart())}
    </>
  );
}
