import type { WorkspaceEntry, WorkspaceEntryKind } from '@claude-sdk-pattern/protocol';
import { createStore, type StoreApi } from 'zustand/vanilla';

import type { WorkspaceApi } from '../../api/workspace-api.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** The loaded part of a folder. */
export interface TreeFolder {
  entries: readonly WorkspaceEntry[];
  nextPage: string | null;
  /** The folder has more entries than the server lists. */
  truncated: boolean;
  problem: Problem | null;
}

export interface FileTreeState {
  /** By path; the workspace itself has an empty one. */
  folders: ReadonlyMap<string, TreeFolder>;
  open: ReadonlySet<string>;
  /** The path of the row that keys and the toolbar act on. */
  active: string | null;
}

/** A line of the tree. */
export type TreeRow =
  | {
      row: 'entry';
      path: string;
      name: string;
      kind: WorkspaceEntryKind;
      sizeBytes: number | null;
      /** From 1. */
      level: number;
      /** Its place among its siblings, from 1. */
      position: number;
      siblings: number;
      /** Undefined for what is no folder. */
      open: boolean | undefined;
    }
  /** What stands below a folder in place of entries. */
  | { row: 'note'; path: string; level: number; note: 'loading' | 'empty' | 'more' | 'cut' | 'failed' };

export interface FileTree {
  store: StoreApi<FileTreeState>;
  /** Loads the folder when it is opened for the first time. */
  setOpen: (path: string, open: boolean) => void;
  /** Opens every folder above a path and loads what is missing. */
  reveal: (path: string) => void;
  setActive: (path: string | null) => void;
  loadMore: (path: string) => void;
  /** Loads again the folders that have changed, or all of those that are open. */
  refresh: (options?: { all?: boolean }) => Promise<void>;
  close: () => void;
}

const PAGE = 200;
/** The server gives no more at once. */
const MAX_AT_ONCE = 1000;
/** As many as the server looks at in one request; the folders opened last come first. */
const MAX_WATCHED = 100;

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** The folders of a session's workspace, loaded when they are opened. React-free. */
export function createFileTree(api: Pick<WorkspaceApi, 'list' | 'stamp'>, sessionId: string): FileTree {
  const store = createStore<FileTreeState>(() => ({ folders: new Map(), open: new Set(), active: null }));
  const closing = new AbortController();
  const stamps = new Map<string, string | null>();
  const loading = new Set<string>();

  const put = (path: string, folder: TreeFolder) => {
    if (closing.signal.aborted) return;
    store.setState(({ folders }) => ({ folders: new Map(folders).set(path, folder) }));
  };

  const load = async (path: string, count: number): Promise<void> => {
    if (loading.has(path)) {
      // The next look asks again.
      stamps.delete(path);
      return;
    }
    loading.add(path);
    const before = store.getState().folders.get(path);
    try {
      const found = await api.list(sessionId, { path, limit: Math.min(count, MAX_AT_ONCE) }, closing.signal);
      put(path, {
        entries: keepSame(before?.entries ?? [], found.data),
        ...{ nextPage: found.next_page, truncated: found.truncated, problem: null },
      });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.kind !== 'gone') stamps.delete(path);
      // Its parent, which has changed as well, no longer shows it.
      const entries = problem.kind === 'gone' ? [] : (before?.entries ?? []);
      put(path, { entries, nextPage: null, truncated: false, problem: problem.kind === 'gone' ? null : problem });
    } finally {
      loading.delete(path);
    }
  };

  const loadMore = async (path: string): Promise<void> => {
    const folder = store.getState().folders.get(path);
    if (folder?.nextPage == null || loading.has(path)) return;
    loading.add(path);
    try {
      const found = await api.list(sessionId, { path, limit: PAGE, page: folder.nextPage }, closing.signal);
      const entries = [...folder.entries, ...found.data];
      put(path, { entries, nextPage: found.next_page, truncated: found.truncated, problem: null });
    } catch (error) {
      put(path, { ...folder, problem: toProblem(error) });
    } finally {
      loading.delete(path);
    }
  };

  const refresh = async ({ all = false } = {}): Promise<void> => {
    const { open, folders } = store.getState();
    const watched = ['', ...[...open].toReversed()].slice(0, MAX_WATCHED);
    const seen = await api.stamp(sessionId, watched, closing.signal).catch(() => undefined);
    if (closing.signal.aborted) return;
    const changed = watched.filter((path, index) => {
      const stamp = seen?.data[index]?.stamp ?? null;
      const isChanged = all || !folders.has(path) || (seen !== undefined && stamps.get(path) !== stamp);
      stamps.set(path, stamp);
      return isChanged;
    });
    await Promise.all(changed.map((path) => load(path, Math.max(PAGE, folders.get(path)?.entries.length ?? 0))));
  };

  const setOpen = (path: string, isOpen: boolean) => {
    const open = new Set(store.getState().open);
    open.delete(path);
    if (isOpen) open.add(path);
    store.setState({ open });
    if (isOpen && path !== '' && !store.getState().folders.has(path)) void refresh();
  };

  return {
    store,
    setOpen,
    reveal(path) {
      for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) setOpen(folder, true);
      store.setState({ active: path });
    },
    setActive: (active) => store.setState({ active }),
    loadMore: (path) => void loadMore(path),
    refresh,
    close: () => closing.abort(),
  };
}

/** Entries that are as before are the same objects, so that their rows are not rendered again. Pure. */
function keepSame(before: readonly WorkspaceEntry[], now: readonly WorkspaceEntry[]): readonly WorkspaceEntry[] {
  const known = new Map(before.map((entry) => [entry.path, entry]));
  return now.map((entry) => {
    const same = known.get(entry.path);
    const isSame =
      same?.kind === entry.kind && same.size_bytes === entry.size_bytes && same.modified_at === entry.modified_at;
    return isSame ? same : entry;
  });
}

/** The lines of the tree from top to bottom. Pure. */
export function toTreeRows({ folders, open }: Pick<FileTreeState, 'folders' | 'open'>): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (path: string, level: number) => {
    const folder = folders.get(path);
    if (folder === undefined) {
      rows.push({ row: 'note', path, level, note: 'loading' });
      return;
    }
    folder.entries.forEach((entry, index) => {
      const isOpen = entry.kind === 'folder' ? open.has(entry.path) : undefined;
      rows.push({
        ...{ row: 'entry' as const, path: entry.path, name: nameOf(entry.path), kind: entry.kind },
        ...{ sizeBytes: entry.size_bytes, level, position: index + 1, siblings: folder.entries.length, open: isOpen },
      });
      if (isOpen === true) add(entry.path, level + 1);
    });
    if (folder.problem !== null) rows.push({ row: 'note', path, level, note: 'failed' });
    else if (folder.nextPage !== null) rows.push({ row: 'note', path, level, note: 'more' });
    else if (folder.truncated) rows.push({ row: 'note', path, level, note: 'cut' });
    else if (folder.entries.length === 0 && level > 1) rows.push({ row: 'note', path, level, note: 'empty' });
  };
  add('', 1);
  return rows;
}

/** What a key does in a tree, as the ARIA pattern says; undefined for a key of no meaning there. Pure. */
export function moveInTree(
  rows: readonly TreeRow[],
  active: string | null,
  key: string,
): { active: string } | { open: boolean; path: string } | undefined {
  const entries = rows.filter((row) => row.row === 'entry');
  const at = entries.findIndex(({ path }) => path === active);
  const current = entries[at];
  const go = (index: number) => {
    const target = entries[Math.min(Math.max(index, 0), entries.length - 1)];
    return target && { active: target.path };
  };
  switch (key) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at === -1 ? 0 : at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(entries.length - 1);
    case 'ArrowRight':
      if (current?.open === undefined) return undefined;
      if (!current.open) return { open: true, path: current.path };
      return (entries[at + 1]?.level ?? 0) > current.level ? go(at + 1) : undefined;
    case 'ArrowLeft': {
      if (current === undefined) return undefined;
      if (current.open === true) return { open: false, path: current.path };
      const parent = parentOf(current.path);
      return parent === '' ? undefined : { active: parent };
    }
    default: {
      if (key.length !== 1 || key === ' ') return undefined;
      const letter = key.toLowerCase();
      const after = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
      const found = after.find(({ name }) => name.toLowerCase().startsWith(letter));
      return found && { active: found.path };
    }
  }
}
