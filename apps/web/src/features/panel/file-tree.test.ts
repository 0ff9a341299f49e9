import type { WorkspaceEntry } from '@claude-sdk-pattern/protocol';
import { describe, expect, it } from 'vitest';

import { createFileTree, moveInTree, toTreeRows, type TreeFolder } from './file-tree.ts';

const entry = (path: string, kind: WorkspaceEntry['kind'] = 'file', size = 1): WorkspaceEntry => ({
  ...{ path, kind, size_bytes: kind === 'file' ? size : null, modified_at: '2026-01-01T00:00:00.000Z' },
});
const folder = (...entries: WorkspaceEntry[]): TreeFolder => ({
  ...{ entries, nextPage: null, truncated: false, problem: null },
});

/** A workspace that a test changes, and what was asked of it. */
function openWorkspace(content: Record<string, WorkspaceEntry[]>) {
  const asked: string[] = [];
  const stamps: Record<string, string> = {};
  const api = {
    async list(_id: string, { path, limit, page }: { path: string; limit: number; page?: string | null }) {
      asked.push(`${path}:${limit}`);
      const from = Number(page ?? 0);
      const all = content[path] ?? [];
      const next = from + limit < all.length ? String(from + limit) : null;
      return { data: all.slice(from, from + limit), truncated: false, next_page: next };
    },
    async stamp(_id: string, paths: readonly string[]) {
      return { data: paths.map((path) => ({ path, stamp: stamps[path] ?? '0' })) };
    },
  };
  return { tree: createFileTree(api, 'sesn_1'), content, stamps, asked };
}

describe('the tree of files', () => {
  it('loads a folder when it is opened, and again only when it has changed', async () => {
    const { tree, content, stamps, asked } = openWorkspace({
      ...{ '': [entry('src', 'folder'), entry('a.md')], src: [entry('src/b.ts')] },
    });
    await tree.refresh();
    tree.setOpen('src', true);
    await expect.poll(() => tree.store.getState().folders.has('src')).toBe(true);
    await tree.refresh();
    await tree.refresh();
    expect(asked).toEqual([':200', 'src:200']);
    const [, before] = tree.store.getState().folders.get('')?.entries ?? [];
    content['src'] = [entry('src/b.ts'), entry('src/c.ts')];
    stamps['src'] = '1';
    await tree.refresh();
    expect(asked).toEqual([':200', 'src:200', 'src:200']);
    await tree.refresh({ all: true });
    const rows = toTreeRows(tree.store.getState());
    expect(rows.map(({ path }) => path)).toEqual(['src', 'src/b.ts', 'src/c.ts', 'a.md']);
    expect(tree.store.getState().folders.get('')?.entries[1]).toBe(before);
  });

  it('shows a large folder page by page, and keeps what is shown when it changes', async () => {
    const all = Array.from({ length: 450 }, (_, index) => entry(`f${String(index).padStart(3, '0')}`));
    const { tree, stamps, asked } = openWorkspace({ '': all });
    await tree.refresh();
    const rows = () => toTreeRows(tree.store.getState());
    expect(rows()).toHaveLength(201);
    expect(rows().at(-1)).toMatchObject({ note: 'more' });
    tree.loadMore('');
    await expect.poll(() => rows().length).toBe(401);
    stamps[''] = '1';
    await tree.refresh();
    expect(asked.at(-1)).toBe(':400');
    expect(rows()).toHaveLength(401);
  });
});

describe('keys in the tree', () => {
  const folders = new Map([
    ['', folder(entry('docs', 'folder'), entry('src', 'folder'), entry('zero.md'))],
    ['src', folder(entry('src/one.ts'), entry('src/two.ts'))],
  ]);
  const rows = toTreeRows({ folders, open: new Set(['src']) });
  const move = (active: string | null, key: string) => moveInTree(rows, active, key);

  it('go up and down and to the ends', () => {
    expect(move(null, 'ArrowDown')).toEqual({ active: 'docs' });
    expect(move('src', 'ArrowDown')).toEqual({ active: 'src/one.ts' });
    expect(move('docs', 'ArrowUp')).toEqual({ active: 'docs' });
    expect(move('docs', 'End')).toEqual({ active: 'zero.md' });
    expect(move('zero.md', 'Home')).toEqual({ active: 'docs' });
  });

  it('open and close folders, and go in and out of them', () => {
    expect(move('docs', 'ArrowRight')).toEqual({ open: true, path: 'docs' });
    expect(move('src', 'ArrowRight')).toEqual({ active: 'src/one.ts' });
    expect(move('src/two.ts', 'ArrowLeft')).toEqual({ active: 'src' });
    expect(move('src', 'ArrowLeft')).toEqual({ open: false, path: 'src' });
    expect(move('zero.md', 'ArrowRight')).toBeUndefined();
  });

  it('find the next name by its first letter', () => {
    expect(move('docs', 't')).toEqual({ active: 'src/two.ts' });
    expect(move('zero.md', 'S')).toEqual({ active: 'src' });
    expect(move('docs', 'x')).toBeUndefined();
    expect(move('docs', 'Escape')).toBeUndefined();
  });
});
