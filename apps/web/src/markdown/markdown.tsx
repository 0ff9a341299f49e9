import { useId } from 'react';

import { Block } from './block.tsx';
import { splitBlocks } from './split-blocks.ts';

/** A complete Markdown text. Long answers of the transcript are rendered as rows of blocks instead. */
export function Markdown({ text, id }: { text: string; id?: string }) {
  const ownId = useId();
  return (
    <div className="prose">
      {splitBlocks(id ?? ownId, text).map((block) => (
        <Block key={block.key} block={block} open={false} textId={id ?? ownId} />
      ))}
    </div>
  );
}
