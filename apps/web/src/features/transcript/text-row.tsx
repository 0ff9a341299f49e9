import { t } from '../../messages/index.ts';
import { Block } from '../../markdown/block.tsx';
import type { Row } from '../../session/build-rows.ts';
import { CopyButton } from '../../ui/copy-button.tsx';

/** A part of an answer. Only the last block of one that still streams is open. */
export function TextRow({ row }: { row: Extract<Row, { kind: 'text' }> }) {
  const { item, blocks } = row;
  const open = item.streaming && row.last;
  return (
    <div className="group/text pb-3">
      <div className="prose">
        {blocks.map((block, index) => (
          <Block key={block.key} block={block} open={open && index === blocks.length - 1} />
        ))}
      </div>
      {row.last && !item.streaming && (
        <div className="mt-1 -mb-2 -ml-1.5 h-7 opacity-0 transition-opacity duration-120 group-focus-within/text:opacity-100 group-hover/text:opacity-100 pointer-coarse:h-11 pointer-coarse:opacity-100">
          <CopyButton text={item.text} label={t.transcript.copyAnswer} />
        </div>
      )}
    </div>
  );
}
