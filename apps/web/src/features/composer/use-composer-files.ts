import { useMemo, useState, type ClipboardEvent } from 'react';

import { t } from '../../messages/index.ts';
import type { DraftFile } from '../../services/draft-files.ts';
import { useServices } from '../../services/services.ts';
import { useDraftFiles } from '../../services/use-draft-files.ts';
import type { SentFile } from '../../session/sent-file.ts';
import { useFileDrop } from '../attachments/use-file-drop.ts';
import { countTextBytes, MAX_TEXT_BYTES } from './text-size.ts';

export interface ComposerFilesOptions {
  draftKey: string;
  draft: readonly [text: string, setText: (text: string) => void];
  /** While true, no files are added. */
  locked: boolean;
  /** The files of a message that is being sent; they are not shown with the next message. */
  outgoing: readonly SentFile[];
  onAttached: () => void;
}

export interface ComposerFiles {
  files: readonly DraftFile[];
  /** The files that the server has stored. */
  ready: readonly SentFile[];
  attach: (added: readonly File[]) => void;
  /** A text in the box or just pasted that is too long for a message, and what can be done with it; or null. */
  long: { text: string; onAttach: () => void; onDrop: (() => void) | undefined } | null;
  onPaste: (event: ClipboardEvent) => void;
  /** Files are being dragged over the page. */
  dragging: boolean;
}

/** The files of a draft, added by button, paste or drop. A text that is too long is attached as a file. */
export function useComposerFiles({
  draftKey,
  draft,
  locked,
  outgoing,
  onAttached,
}: ComposerFilesOptions): ComposerFiles {
  const [text, setText] = draft;
  const { draftFiles, announcer } = useServices();
  const all = useDraftFiles(draftKey);
  const files = all.filter(
    (each) => each.state !== 'ready' || !outgoing.some(({ fileId }) => fileId === each.file.fileId),
  );
  const [pasted, setPasted] = useState<string | null>(null);
  const tooLong = useMemo(() => pasted !== null || countTextBytes(text) > MAX_TEXT_BYTES, [pasted, text]);

  const attach = (added: readonly File[]) => {
    if (added.length === 0 || locked) return;
    draftFiles.add(draftKey, added);
    announcer.say(t.attachments.added(added.length));
    onAttached();
  };
  const attachText = () => {
    attach([new File([pasted ?? text], t.composer.textFileName(files.length + 1), { type: 'text/plain' })]);
    if (pasted === null) setText('');
    setPasted(null);
  };
  const onPaste = (event: ClipboardEvent) => {
    const { files: pastedFiles, types } = event.clipboardData;
    // Office programs copy text together with a picture of it; the text is what was meant.
    if (types.includes('text/plain')) {
      const added = event.clipboardData.getData('text/plain');
      if (countTextBytes(text) + countTextBytes(added) <= MAX_TEXT_BYTES) return;
      // In the box the text could not be sent, and its layout would block the page for seconds.
      event.preventDefault();
      setPasted(added);
    } else if (pastedFiles.length > 0) {
      event.preventDefault();
      attach([...pastedFiles]);
    }
  };
  return {
    files,
    ready: files.flatMap((each) => (each.state === 'ready' ? [each.file] : [])),
    attach,
    long: tooLong
      ? { text: pasted ?? text, onAttach: attachText, onDrop: pasted === null ? undefined : () => setPasted(null) }
      : null,
    onPaste,
    dragging: useFileDrop(attach),
  };
}
