import { Scissors } from 'lucide-react';

import { chat } from '../../messages/chat.ts';
import { Block } from '../../markdown/block.tsx';
import type { Row } from '../../session/build-rows.ts';

/** A part of an answer. Only the last block of a streaming answer is still open. */
export function TextRow({ row }: { row: Extract<Row, { kind: 'text' }> }) {
  const { item, blocks } = row;
  const open = item.streaming && row.last;
  return (
    <div className="prose pb-3">
      {blocks.map((block, index) => (
        <Block key={block.key} textId={item.id} block={block} open={open && index === blocks.length - 1} />
      ))}
      {item.cutOff === true && row.last && (
        <p className="flex gap-2 text-sm text-warn">
          <Scissors size={14} aria-hidden className="mt-[3px] shrink-0" />
          <span className="min-w-0">{chat.transcript.cutOff}</span>
        </p>
      )}
    </div>
  );
}
