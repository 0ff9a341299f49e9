import { EventEmitter } from 'node:events';

import { expect, it } from 'vitest';

import { listenForStop } from './listen-for-stop.ts';
import { isSaved } from './watch-folder.ts';

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends the loop at %s, also where it comes twice at once', (name) => {
  // Not the process itself: others in it end it at such a signal, as a browser driver does.
  const signals = new EventEmitter();
  {
    using stop = listenForStop(undefined, { now: () => 0, signals });
    expect(stop.signal.aborted).toBe(false);
    for (let count = 0; count < 2; count += 1) signals.emit(name, name);
    expect(stop.signal.aborted).toBe(true);
    expect(signals.listenerCount(name)).toBe(1);
  }
  expect(signals.listenerCount(name)).toBe(0);
});

it('takes no notice of what editors and sed write beside a file', () => {
  const passing = ['sedKq3xZ1', 'src/sedab12CD', '.tools.ts.swp', '.tools.ts.swx', '4913', 'tools.ts~', '.#tools.ts'];
  const others = [
    '#tools.ts#',
    'tools.ts___jb_tmp___',
    '.goutputstream-A1B2C3',
    'a.tmp',
    '.git/index',
    'node_modules/a',
  ];
  expect([...passing, ...others].filter(isSaved)).toEqual([]);
  const saved = ['tools.ts', 'sedation.md', 'src/sed.ts', '.mcp.json', 'skills/4913/SKILL.md'];
  expect(saved.filter((path) => !isSaved(path))).toEqual([]);
});
