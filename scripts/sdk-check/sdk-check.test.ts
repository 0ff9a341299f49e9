import { expect, it } from 'vitest';

import { compareTypes } from './compare-types.ts';
import { readTypes } from './read-types.ts';
import { renderReport } from './render-report.ts';

const BEFORE = `
/** What is set. */
export declare type Options = {
    /** A folder. */
    cwd?: string;
    old?: boolean;
};
export declare type HookEvent = 'PreToolUse' | 'Stop';
export declare type Message = Text | Result;
export declare type WithBase = Base & { kind: 'a' };
export declare interface Query extends AsyncGenerator<Message, void> {
    setMode(mode: string): Promise<void>;
}
export declare const HOOKS: readonly ['PreToolUse'];
export declare type Gone = string;
type Hidden = { a: 1 };
`;

const AFTER = `
/** What is set, in other words. */
export declare type Options = {
    /** A folder, said otherwise. */
    cwd?:
        string;
    fresh?: number;
};
export declare type HookEvent = 'PreToolUse' | 'Stop' | 'PreSkill';
export declare type Message = Result | Text;
export declare type WithBase = Base & { kind: 'a'; more: true };
export declare interface Query extends AsyncGenerator<Message, void> {
    setMode(mode: string): Promise<string | undefined>;
    close(): void;
}
export declare const HOOKS: readonly ['PreToolUse', 'PreSkill'];
export declare function claim(id: string): void;
type Hidden = { a: 2 };
`;

const compare = () => compareTypes(readTypes('before.d.ts', BEFORE), readTypes('after.d.ts', AFTER));

it('finds what is new, gone and changed in the exported types', () => {
  expect(compare()).toEqual({
    added: ['claim'],
    removed: ['Gone'],
    changed: [
      { name: 'Options', added: ['fresh'], removed: ['old'], changed: [] },
      { name: 'HookEvent', added: ["'PreSkill'"], removed: [], changed: [] },
      { name: 'WithBase', added: ['more'], removed: [], changed: [] },
      {
        name: 'Query',
        added: ['close'],
        removed: [],
        changed: [
          {
            member: 'setMode',
            before: 'setMode(mode: string): Promise<void>',
            after: 'setMode(mode: string): Promise<string | undefined>',
          },
        ],
      },
      {
        name: 'HOOKS',
        added: [],
        removed: [],
        changed: [
          {
            member: '',
            before: "HOOKS: readonly ['PreToolUse']",
            after: "HOOKS: readonly ['PreToolUse', 'PreSkill']",
          },
        ],
      },
    ],
  });
});

it('calls other words in comments, and another order of a union, no change', () => {
  const reordered = BEFORE.replace('A folder.', 'The folder.').replace('Text | Result', 'Result | Text');
  const none = compareTypes(readTypes('before.d.ts', BEFORE), readTypes('after.d.ts', reordered));
  expect(none).toEqual({ added: [], removed: [], changed: [] });
});

it('shows where long texts begin to differ', () => {
  const long = (end: string) => new Map([['Long', new Map([['', `${'a'.repeat(1000)} ${end}`]])]]);
  const types = compareTypes(long('before'), long('after'));
  const report = renderReport([{ name: 'sdk', before: '1', after: '2', types, sections: {} }], []);
  expect(report).toMatch(/changed: `…a+ before` → `…a+ after`/);
});

it('says what does not parse', () => {
  expect(() => readTypes('broken.d.ts', 'export declare type = ;')).toThrow('broken.d.ts does not parse');
});

it('reports sections first, then other types, and the output of what failed', () => {
  const sections = { Options: 'Options', 'Message types': 'Message' };
  const report = renderReport(
    [{ name: 'sdk', before: '1.0.0', after: '1.1.0', types: compare(), sections }],
    [
      { name: 'types', ok: true, seconds: 3, output: 'All is well' },
      { name: 'journeys', ok: false, seconds: 40, output: '1 failed\n' },
    ],
  );
  expect(report).toContain('# sdk 1.0.0 → 1.1.0\n\n## Options\n\n- new: `fresh`\n- gone: `old`\n');
  expect(report).toContain('## Message types\n\nNo change.\n');
  expect(report).toContain('## Other types\n\n- new: `claim`\n- gone: `Gone`\n\n### HookEvent\n');
  expect(report).toContain('| types | passed | 3 |\n| journeys | FAILED | 40 |');
  expect(report).toContain('## journeys failed\n\n```\n1 failed\n```');
  expect(report).not.toContain('All is well');
  expect(report.match(/### Options/)).toBeNull();
});
