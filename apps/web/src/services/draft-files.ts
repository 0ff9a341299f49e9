import { MAX_MESSAGE_BYTES } from '@claude-sdk-pattern/protocol/limits';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { Api } from '../api/api.ts';
import { formatLimit } from '../ui/format.ts';
import { t } from '../messages/index.ts';
import { describeUploadFailure } from './describe-upload-failure.ts';
import { toBlockKind, toContentUrl, type SentFile } from '../session/sent-file.ts';

/** A file beside an unsent text. `previewUrl` shows an image. */
export type DraftFile = { localId: string; name: string; sizeBytes: number | null; previewUrl: string | null } &
  /** `part` is how much of it is there, from 0 to 1. */
  ({ state: 'uploading'; part: number } | { state: 'ready'; file: SentFile } | { state: 'failed'; message: string });

/** Files that go with unsent texts, by the same keys as the drafts. What was uploaded outlives a reload. */
export interface DraftFiles {
  store: StoreApi<ReadonlyMap<string, readonly DraftFile[]>>;
  get: (key: string) => readonly DraftFile[];
  /** Uploads files; each shows up at once. */
  add: (key: string, files: readonly File[]) => void;
  /** Puts files back that were uploaded before. */
  restore: (key: string, files: readonly SentFile[]) => void;
  /** Takes a file away, also in the middle of its upload. */
  remove: (key: string, localId: string) => void;
  /** Forgets what was sent. */
  clear: (key: string, sent: readonly SentFile[]) => void;
  move: (from: string, to: string) => void;
}

export interface DraftFilesDeps {
  api: Pick<Api, 'uploadFile'>;
  storage: Storage;
  /** Whose drafts they go with; nobody else gets them in the same browser. */
  userId: string;
  createLocalId: () => string;
  /** The largest file that the server takes. */
  maxFileBytes: number;
}

const PREFIX = 'csp.files.';
const NONE: readonly DraftFile[] = [];
/** As many as the platform takes in a message with its text. */
const MAX_FILES = 20;

/** Over 100 lines: an upload changes the draft that has its file by then, so both are one closure. */
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
      // A full storage: the files still live as long as the page.
    }
  }
  /** Wherever the draft is by now: it moves when a session is made of it. */
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

/** Reads what is stored: the same list for the same text, so that who reads it again is not told of a change. */
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
