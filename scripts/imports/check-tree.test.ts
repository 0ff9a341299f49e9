import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTree } from './check-tree.ts';
import type { ExplainedArrow } from './layout.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'csp-imports-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function plant(file: string, source: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), source);
}

async function findMessages(explained: readonly ExplainedArrow[] = []): Promise<string[]> {
  return (await checkTree(root, explained)).violations.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

describe('checkTree', () => {
  it.each([
    [
      'an earlier folder importing a later one',
      'apps/server/src/lib/a.ts',
      "import { x } from '../sessions/x.ts';",
      'sessions, which comes after lib',
    ],
    [
      'a file of the server reading files by itself',
      'apps/server/src/sessions/a.ts',
      "import { readFile } from 'node:fs/promises';",
      'read through agent-files',
    ],
    [
      'the same as a type',
      'apps/server/src/store/a.ts',
      "import type { X } from '../gateway/x.ts';",
      'gateway, which comes after store',
    ],
    [
      'the same as a re-export',
      'apps/server/src/usage/a.ts',
      "export { x } from '../gateway/x.ts';",
      'gateway, which comes after usage',
    ],
    [
      'the same as a dynamic import',
      'apps/server/src/usage/a.ts',
      "await import('../gateway/x.ts');",
      'gateway, which comes after usage',
    ],
    [
      'the same as an import type',
      'apps/server/src/usage/a.ts',
      "let x: import('../gateway/x.ts').X;",
      'gateway, which comes after usage',
    ],
    [
      'the same from a test beside the code',
      'apps/server/src/usage/a.test.ts',
      "import '../gateway/x.ts';",
      'gateway, which comes after usage',
    ],
    [
      'a folder importing the composition root',
      'apps/server/src/gateway/a.ts',
      "import '../platform.ts';",
      'must not import the files that compose it',
    ],
    ['a folder that the order does not know', 'apps/server/src/misc/a.ts', "import '../lib/x.ts';", 'not in the order'],
    [
      'what stands below the features of the web app importing one',
      'apps/web/src/session/a.ts',
      "import '../features/tools/x.ts';",
      'features/tools, which comes after session',
    ],
    [
      'a feature importing the app around it',
      'apps/web/src/features/tools/a.tsx',
      "import '../../app/x.ts';",
      'app, which comes after features/tools',
    ],
    [
      'a feature importing a later one',
      'apps/web/src/features/tools/a.tsx',
      "import type { X } from '../transcript/x.tsx';",
      'features/transcript, which comes after features/tools',
    ],
    [
      'a feature that the order does not know',
      'apps/web/src/features/misc/a.tsx',
      "import '../../ui/x.ts';",
      'stands in the folder features/misc',
    ],
    [
      'a file between the features',
      'apps/web/src/features/a.tsx',
      "import '../ui/x.ts';",
      'stands in the folder features,',
    ],
    [
      'a fixture in what is shipped',
      'apps/web/src/session/a.ts',
      "import '../fixtures/x.ts';",
      'imports from fixtures, which is not in the order',
    ],
    [
      'a harness of a room in what is shipped',
      'apps/server/src/identity/a.ts',
      "import './fixtures/x.ts';",
      'imports ./fixtures/x.ts: what stands in fixtures or contract is for tests alone',
    ],
    [
      'the protocol importing another package',
      'packages/protocol/src/a.ts',
      "import '@claude-sdk-pattern/client';",
      'may import nothing of ours',
    ],
    [
      'the client importing the server',
      'packages/client/src/a.ts',
      "import '@claude-sdk-pattern/server';",
      'may import protocol',
    ],
    [
      'the scripted model importing an app',
      'packages/scripted-model/src/a.ts',
      "import '@claude-sdk-pattern/server';",
      'may import protocol',
    ],
    [
      'the web app importing the server',
      'apps/web/src/a.tsx',
      "import '@claude-sdk-pattern/server/x.ts';",
      'may import protocol, client',
    ],
    [
      'a plugin importing the server',
      'plugins/hello/src/a.ts',
      "import '@claude-sdk-pattern/server';",
      'may import plugin-api',
    ],
    [
      'a relative path into another workspace',
      'apps/web/src/a.ts',
      "import '../../server/src/lib/x.ts';",
      'import the package by its name',
    ],
    ['Node in the protocol', 'packages/protocol/src/a.ts', "import { join } from 'node:path';", 'runs in a browser'],
    ['Node in the web app', 'apps/web/src/a.ts', "import fs from 'fs';", 'runs in a browser'],
    [
      'values of the protocol with its schemas in the web app',
      'apps/web/src/a.ts',
      "import { x, type Y } from '@claude-sdk-pattern/protocol';",
      'brings 25 KB of zod',
    ],
    [
      'the Agent SDK outside its folder',
      'apps/server/src/sessions/a.ts',
      "import { query } from '@anthropic-ai/claude-agent-sdk';",
      'only apps/server/src/agent-process/ does',
    ],
    [
      'a second reader of the environment',
      'apps/server/src/store/a.ts',
      '\nexport const home = process.env.HOME;',
      'reads the environment',
    ],
    ['the environment taken apart', 'packages/client/src/a.ts', 'const { env } = process;', 'reads the environment'],
    [
      'the environment imported',
      'apps/server/src/lib/a.ts',
      "import { env } from 'node:process';",
      'reads the environment',
    ],
  ])('finds %s', async (_title, file, source, expected) => {
    await plant(file, source);
    expect(await findMessages()).toEqual([expect.stringContaining(expected)]);
  });

  it('accepts what the layout allows', async () => {
    await plant(
      'apps/server/src/gateway/a.ts',
      "import '../lib/x.ts';\nimport './b.ts';\nimport '@claude-sdk-pattern/protocol';",
    );
    await plant('apps/server/src/platform.ts', "import './gateway/a.ts';\nimport './lib/x.ts';");
    await plant('apps/server/src/config/read.ts', 'export const home = process.env.HOME;');
    await plant('apps/server/src/agent-process/a.ts', "import { query } from '@anthropic-ai/claude-agent-sdk';");
    await plant('apps/server/src/sessions/a.ts', "import type { Options } from '@anthropic-ai/claude-agent-sdk';");
    await plant('apps/server/test/journey.test.ts', "import '../src/platform.ts';\nprocess.env.HOME;");
    await plant('packages/client/src/a.test.ts', "import { join } from 'node:path';");
    await plant(
      'apps/web/src/features/transcript/a.tsx',
      "import '../tools/x.tsx';\nimport './b.ts';\nimport '../../ui/x.ts';",
    );
    await plant('apps/web/src/session/a.test.ts', "import '../fixtures/x.ts';");
    await plant('apps/web/src/main.tsx', "import './app/a.tsx';\nimport('./fixtures/x.ts');");
    await plant('apps/server/node_modules/x/a.ts', "import '../../src/lib/x.ts';");
    expect(await checkTree(root, [])).toEqual({ files: 10, violations: [] });
  });

  it('finds files that import each other in a circle, also for a type, and tells it once', async () => {
    await plant('apps/server/src/lib/a.ts', "import './unknown.ts';\nimport './b.ts';");
    await plant('apps/server/src/lib/b.ts', "import type { C } from './c.ts';");
    await plant('apps/server/src/lib/c.ts', "await import('./a.ts');\nimport './b.ts';");
    await plant('apps/server/src/lib/outside.ts', "import './a.ts';");
    expect(await findMessages()).toEqual([
      expect.stringMatching(
        /^apps\/server\/src\/lib\/a\.ts:2 imports in a circle: \S+a\.ts → \S+b\.ts → \S+c\.ts → \S+a\.ts;/,
      ),
    ]);
  });

  it('finds a file that imports itself', async () => {
    await plant('apps/web/src/ui/a.ts', "import './a.ts';");
    expect(await findMessages()).toEqual([expect.stringContaining('in a circle: apps/web/src/ui/a.ts → ')]);
  });

  it('accepts a circle that is explained, and tells when the explanation has nothing to explain', async () => {
    const explained = [{ from: 'apps/web/src/ui/b.ts', to: 'apps/web/src/ui/a.ts', why: 'A test' }];
    await plant('apps/web/src/ui/a.ts', "import './b.ts';");
    await plant('apps/web/src/ui/b.ts', "import './a.ts';");
    expect(await findMessages(explained)).toEqual([]);
    await plant('apps/web/src/ui/a.ts', '');
    expect(await findMessages(explained)).toEqual([
      expect.stringContaining('take apps/web/src/ui/b.ts → apps/web/src/ui/a.ts out of EXPLAINED_CIRCLES'),
    ]);
  });

  it('names the line of a violation', async () => {
    await plant('apps/server/src/lib/a.ts', "import './b.ts';\n\nimport '../store/x.ts';\n");
    expect(await findMessages()).toEqual([expect.stringMatching(/^apps\/server\/src\/lib\/a\.ts:3 /)]);
  });

  it('refuses a module that does not parse', async () => {
    await plant('apps/server/src/lib/a.ts', 'const = ;');
    await expect(checkTree(root)).rejects.toThrow('apps/server/src/lib/a.ts does not parse');
  });
});
