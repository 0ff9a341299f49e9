import { MAX_MESSAGE_BYTES } from '@claude-sdk-pattern/protocol/limits';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { formatLimit } from '../ui/format.ts';
import { t } from '../messages/index.ts';
import { describeUploadFailure } from './describe-upload-failure.ts';
import { toBlockKind, toContentUrl, type SentFile } from '../session/sent-file.ts';

/** A file of an unsent text. `previewUrl` shows an image. */
export type DraftFile = { localId: string; name: string; sizeBytes: number | null; previewUrl: string | null } &
  /** `part` is the uploaded part of the file, from 0 to 1. */
  ({ state: 'uploading'; part: number } | { state: 'ready'; file: SentFile } | { state: 'failed'; message: string });

/** The files of unsent texts, under the same keys as the drafts. Uploaded files are kept across a reload. */
export interface DraftFiles {
  store: StoreApi<ReadonlyMap<string, readonly DraftFile[]>>;
  get: (key: string) => readonly DraftFile[];
  /** Uploads files. Each file is in the list at once. */
  add: (key: string, files: readonly File[]) => void;
  /** Restores files that were uploaded before. */
  restore: (key: string, files: readonly SentFile[]) => void;
  /** Removes a file, also during its upload. */
  remove: (key: string, localId: string) => void;
  /** Removes the files of a draft that was sent. */
  clear: (key: string, sent: readonly SentFile[]) => void;
  move: (from: string, to: string) => void;
}

export interface DraftFilesDeps {
  api: Pick<Api, 'uploadFile'>;
  storage: Storage;
  /** The owner of the drafts. Other people in the same browser do not get the files. */
  userId: string;
  createLocalId: () => string;
  /** The largest file that the server accepts, in bytes. */
  maxFileBytes: number;
}

const PREFIX = 'csp.files.';
const NONE: readonly DraftFile[] = [];
/** The largest number of files that the server accepts in a message with a text. */
const MAX_FILES = 20;

/**
 * Over 100 lines: an upload may end after its file has moved to another draft, so uploads and drafts share one closure.
 */
export function createDraftFiles({ api, storage, userId, createLocalId, maxFileBytes }: DraftFilesDeps): DraftFiles {
  const store = createStore<ReadonlyMap<string, readonly DraftFile[]>>(() => new Map());
  const uploads = new Map<string, AbortController>();

  const toName = (key: string) => `${PREFIX}${userId}.${key}`;
  const readStored = createStoredReader(storage, toName);
  const get = (key: string) => store.getState().get(key) ?? readStored(key);
  function set(key: string, files: readonly DraftFile[]): void {
    store.setState(new Map(store.getState()).set(key, files), true);
    const ready = files.flatMap((each) => (each.state === 'ready' ? [each.file] : []));
    try {
      if (ready.length === 0) storage.removeItem(toName(key));
      else storage.setItem(toName(key), JSON.stringify(ready));
    } catch {
      // Local storage is full: the files are kept until the page closes.
    }
  }
  /** Changes a file in whichever draft has it now: it moves when a session is created from the draft. */
  function change(localId: string, to: (file: DraftFile) => DraftFile): void {
    for (const [key, files] of store.getState()) {
      if (files.some((each) => each.localId === localId))
        set(
          key,
          files.map((each) => (each.localId === localId ? to(each) : each)),
        );
    }
  }
  async function upload(localId: string, file: File): Promise<void> {
    const controller = new AbortController();
    uploads.set(localId, controller);
    const fail = (message: string) => change(localId, (each) => ({ ...base(each), state: 'failed', message }));
    let told = 0;
    const onProgress = (part: number) => {
      const percent = Math.floor(part * 100);
      if (percent === told) return;
      told = percent;
      change(localId, (each) => (each.state === 'uploading' ? { ...each, part } : each));
    };
    try {
      const { id, mime_type, filename, size_bytes } = await api.uploadFile(file, {
        signal: controller.signal,
        onProgress,
      });
      const kind = toBlockKind(mime_type);
      if (kind === null) return fail(t.attachments.wrongType);
      const sent: SentFile = { fileId: id, kind, name: filename, sizeBytes: size_bytes };
      change(localId, (each) => ({ ...base(each), state: 'ready', file: sent }));
    } catch (error) {
      if (!controller.signal.aborted) fail(describeUploadFailure(error, maxFileBytes));
    } finally {
      uploads.delete(localId);
    }
    return undefined;
  }

  return {
    store,
    get,
    add(key, files) {
      let room = MAX_FILES - get(key).length;
      let bytes = get(key).reduce((sum, each) => sum + (each.state === 'failed' ? 0 : (each.sizeBytes ?? 0)), 0);
      const findFault = (size: number): string | null => {
        if (size === 0) return t.attachments.empty;
        if (size > maxFileBytes) return t.attachments.tooLarge(formatLimit(maxFileBytes));
        if (bytes + size > MAX_MESSAGE_BYTES) return t.attachments.tooMuch(formatLimit(MAX_MESSAGE_BYTES));
        return room > 0 ? null : t.attachments.tooMany(MAX_FILES);
      };
      const added = files.map((file): [DraftFile, File] => {
        const known = { localId: createLocalId(), name: file.name, sizeBytes: file.size, previewUrl: toPreview(file) };
        const fault = findFault(file.size);
        if (fault !== null) return [{ ...known, state: 'failed', message: fault }, file];
        room -= 1;
        bytes += file.size;
        return [{ ...known, state: 'uploading', part: 0 }, file];
      });
      set(key, [...get(key), ...added.map(([draft]) => draft)]);
      for (const [{ state, localId }, file] of added) if (state === 'uploading') void upload(localId, file);
    },
    restore(key, files) {
      set(key, [...files.map(toReady), ...get(key)]);
    },
    remove(key, localId) {
      uploads.get(localId)?.abort();
      const gone = get(key).find((each) => each.localId === localId);
      if (gone?.previewUrl?.startsWith('blob:') === true) URL.revokeObjectURL(gone.previewUrl);
      set(
        key,
        get(key).filter((each) => each.localId !== localId),
      );
    },
    clear(key, sent) {
      const ids = new Set(sent.map(({ fileId }) => fileId));
      set(
        key,
        get(key).filter((each) => each.state !== 'ready' || !ids.has(each.file.fileId)),
      );
    },
    move(from, to) {
      const files = get(from);
      set(from, NONE);
      set(to, files);
    },
  };
}

function base({ localId, name, sizeBytes, previewUrl }: DraftFile) {
  return { localId, name, sizeBytes, previewUrl };
}

function toPreview(file: File): string | null {
  return file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
}

function toReady(file: SentFile): DraftFile {
  const previewUrl = file.kind === 'image' ? toContentUrl(file.fileId) : null;
  return { localId: file.fileId, name: file.name, sizeBytes: file.sizeBytes, previewUrl, state: 'ready', file };
}

/** Reads the stored list. The same text gives the same array, so that reading it again does not cause a render. */
function createStoredReader(storage: Storage, toName: (key: string) => string): (key: string) => readonly DraftFile[] {
  const known = new Map<string, { text: string; files: readonly DraftFile[] }>();
  return (key) => {
    const text = storage.getItem(toName(key));
    if (text === null) return NONE;
    const before = known.get(key);
    if (before?.text === text) return before.files;
    const files = parseStored(text).map(toReady);
    known.set(key, { text, files });
    return files;
  };
}

function parseStored(text: string): SentFile[] {
  try {
    return JSON.parse(text) as SentFile[];
  } catch {
    return [];
  }
}
