import { chat } from '../../messages/chat.ts';

/** Lines that came and went, with signs as well as colours. */
export function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <>
      <span aria-hidden className="font-semibold text-ok">
        +{added}
      </span>
      {removed > 0 && (
        <span aria-hidden className="font-semibold text-bad">
          −{removed}
        </span>
      )}
      <span className="sr-only">
        {chat.tools.added(added)}, {chat.tools.removed(removed)}
      </span>
    </>
  );
}
