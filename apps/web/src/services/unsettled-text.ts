import type { SentFile } from '../session/sent-file.ts';

/**
 * A text that is in the box, or will be after a reload, while the conversation has it already or may get it. As soon as
 * it is seen there, it leaves the box: nobody sends it twice.
 */
export type UnsettledText = { text: string; files: readonly SentFile[] } & (
  | {
      kind: 'message';
      /** Under this id it is sent again, so that it arrives once. */
      frameId: string;
      /** The `seq` of the newest event when it was sent; null where that was not known yet. */
      afterSeq: number | null;
    }
  | { kind: 'answer'; toolUseId: string }
  /** A rewind took it out of the conversation, and may be taken back. */
  | { kind: 'rewound'; messageId: string }
);

/** Whether sending this is the same as sending `unsettled` again. */
export function isSameMessage(
  unsettled: UnsettledText | null,
  { text, files }: { text: string; files: readonly SentFile[] },
): unsettled is UnsettledText & { kind: 'message' } {
  return unsettled?.kind === 'message' && unsettled.text === text && toIds(unsettled.files) === toIds(files);
}

/** The ids of files, for comparison. */
export function toIds(files: readonly { fileId: string | null }[]): string {
  return files.map(({ fileId }) => fileId).join();
}
