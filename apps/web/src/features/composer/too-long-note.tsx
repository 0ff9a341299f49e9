import { useMemo } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatLimit } from '../../ui/format.ts';
import { countTextBytes, MAX_TEXT_BYTES } from './text-size.ts';

export interface TooLongNoteProps {
  text: string;
  onAttach: () => void;
  /** Given for pasted text that is not in the box yet. */
  onDrop: (() => void) | undefined;
}

/** Says, before it is sent, that a text is too long for a message, and what to do. */
export function TooLongNote({ text, onAttach, onDrop }: TooLongNoteProps) {
  const { limits } = useServices().bootstrap;
  const fileBytes = useMemo(() => new Blob([text]).size, [text]);
  // If only the encoded text is too long, its encoded size is shown.
  const size = fileBytes > MAX_TEXT_BYTES ? fileBytes : countTextBytes(text);
  const fits = fileBytes <= limits.max_file_bytes;
  const most = formatLimit(MAX_TEXT_BYTES);
  return (
    <div id="composer-note" role="alert" className="flex flex-wrap items-center gap-2 px-1 pt-1 text-sm text-bad">
      <span className="min-w-48 flex-1">
        {onDrop === undefined
          ? t.composer.tooLong(formatBytes(size), most)
          : t.composer.pasteTooLong(formatBytes(size), most)}
        {!fits && ` ${t.composer.tooLongForFile(formatLimit(limits.max_file_bytes))}`}
      </span>
      {fits && (
        <Button size="small" className="text-text" onClick={onAttach}>
          {t.composer.attachText}
        </Button>
      )}
      {onDrop !== undefined && (
        <Button size="small" className="text-text" onClick={onDrop}>
          {t.composer.dropPaste}
        </Button>
      )}
    </div>
  );
}
