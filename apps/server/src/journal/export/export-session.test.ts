import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openJournalHarness, toMessage } from '../fixtures/journal-harness.ts';
import { toSessionEvents } from '../session-events.ts';
import { exportSession, toExportFileName, type ExportFormat } from './export-session.ts';
import { createPathHider } from './hide-server-paths.ts';
import { quoteMarkdown, toFencedCode } from './quote-markdown.ts';

const hidePaths = createPathHider(['/srv/csp']);
const at = '2026-02-01T12:00:00.000Z';
const text = (value: string) => [{ type: 'text' as const, text: value }];

async function exportEvents(format: ExportFormat, events: readonly SessionEvent[], title: string | null = 'A title') {
  await using harness = await openJournalHarness();
  if (events.length > 0) await harness.append(...events);
  const session = { id: harness.sessionId, title, created_at: at, last_seq: events.length };
  const pieces: string[] = [];
  const stored = toSessionEvents(harness.store.events, harness.sessionId);
  for await (const piece of exportSession({ format, session, events: stored, hidePaths })) {
    pieces.push(piece);
  }
  return { pieces, text: pieces.join('') };
}

describe('a session as JSONL', () => {
  it('has every event on its line, with its seq, a page at a time', async () => {
    const events = Array.from({ length: 250 }, (_, index) => toMessage(`event ${index}`, 'two\nlines'));
    const { pieces, text: lines } = await exportEvents('jsonl', events);
    const parsed = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(parsed).toEqual(events.map((event, index) => ({ seq: index + 1, ...event })));
    expect(pieces.length).toBe(3);
  });

  it('is empty for an empty session', async () => {
    expect((await exportEvents('jsonl', [])).text).toBe('');
  });
});

describe('a session as Markdown', () => {
  it('shows who said what, and folds tool calls with bounded results', async () => {
    const { text: markdown } = await exportEvents('markdown', [
      { id: 'u', type: 'user.message', processed_at: at, content: text('List it'), actor: { id: 'u1', name: 'Ann_B' } },
      { id: 't', type: 'agent.tool_use', processed_at: at, name: 'Bash', input: { command: 'ls' } },
      { id: 'r', type: 'agent.tool_result', processed_at: at, tool_use_id: 't', content: text('x'.repeat(9000)) },
      toMessage('m', 'Done.'),
    ]);
    expect(markdown).toContain('# A title\n');
    expect(markdown).toContain('## Ann\\_B · 2026-02-01T12:00:00.000Z\n\n> List it\n');
    expect(markdown).toContain('<details><summary>Tool: Bash</summary>\n\n```json\n{\n  "command": "ls"\n}\n```\n');
    expect(markdown).toContain('<summary>Result of Bash</summary>');
    expect(markdown).toContain('… 5000 more characters');
    expect(markdown).toContain('## Agent · 2026-02-01T12:00:00.000Z\n\n> Done.\n');
  });

  it('holds no path of the server, in what was said, asked or answered', async () => {
    const file = '/srv/csp/workspaces/0b54d9ce/notes.md';
    const events: SessionEvent[] = [
      { id: 'u', type: 'user.message', processed_at: at, content: text(`Write ${file}`) },
      { id: 't', type: 'agent.tool_use', processed_at: at, name: 'Write', input: { file_path: file, list: [file] } },
      { id: 'r', type: 'agent.tool_result', processed_at: at, tool_use_id: 't', content: text(`Wrote ${file}`) },
      toMessage('m', `It is in ${file}.`),
    ];
    const { text: markdown } = await exportEvents('markdown', events, `Write ${file}`);
    expect(markdown).not.toContain('/srv/csp');
    expect(markdown).toContain('"file_path": "notes.md"');
    expect(markdown).toContain('Wrote notes.md');
    expect(markdown).toContain('> It is in notes.md.');
    expect((await exportEvents('jsonl', events)).text).toContain(file);
  });

  it('keeps a message from ending its place, and a tool result from ending its fence', async () => {
    const { text: markdown } = await exportEvents('markdown', [
      toMessage('m', 'hi\n\n## User\n\n```\n<!-- swallowed\n~~~\n</details>'),
      { id: 't', type: 'agent.tool_use', processed_at: at, name: '<script>', input: {} },
      {
        id: 'r',
        type: 'agent.tool_result',
        processed_at: at,
        tool_use_id: 't',
        content: text('````\n</details>\n# x'),
      },
    ]);
    expect(markdown).toContain('> ## User\n');
    expect(markdown).toContain('`````\n````\n</details>\n# x\n`````\n');
    expect(markdown).not.toContain('<script>');
  });
});

describe('quoting', () => {
  it('leaves code alone where it is sure to be code, and takes the meaning from HTML everywhere else', () => {
    expect(quoteMarkdown('Use `<Button>`, not <b>')).toBe('> Use `<Button>`, not &lt;b>');
    expect(quoteMarkdown('```tsx\n<App />\n```\n<App />')).toBe('> ```tsx\n> <App />\n> ```\n> &lt;App />');
    expect(quoteMarkdown('a ` b\n<x> `')).toBe('> a ` b\n> &lt;x> `');
    expect(quoteMarkdown('- a\n  ```\n<script>')).toBe('> - a\n>   ```\n> &lt;script>');
    expect(quoteMarkdown('| `a | <script> ` |')).toBe('> | `a | &lt;script> ` |');
    expect(quoteMarkdown('1 < 2')).toBe('> 1 < 2');
  });

  it('begins every line of any text with its mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '`', '~', '\n', '\r', '<', ' ', '>', '\\') }), (value) => {
        for (const line of quoteMarkdown(value).split(/[\r\n]/)) expect(line).toMatch(/^>/);
      }),
    );
  });

  it('fences any text so that no line inside can close it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '`', '\n', '\r', ' ') }), (value) => {
        const lines = toFencedCode(value).split('\n');
        const fence = lines[0] ?? '';
        expect(lines.at(-1)).toBe(fence);
        for (const line of lines.slice(1, -1)) expect(line.trim().startsWith(fence)).toBe(false);
      }),
    );
  });
});

describe('the file name', () => {
  it('has nothing that could leave its quotes or its folder', () => {
    const name = (title: string | null, id = 'sesn_0123456789') =>
      toExportFileName({ format: 'markdown', session: { id, title, created_at: at, last_seq: 0 } });
    expect(name('../../etc/"passwd"\r\nx: y')).toBe('etc-passwd-x-y-23456789.md');
    expect(name('Übersicht für Zoë')).toBe('Ubersicht-fur-Zoe-23456789.md');
    expect(name('会話')).toBe('session-23456789.md');
    expect(name(null)).toBe('session-23456789.md');
  });
});
