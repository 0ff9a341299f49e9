import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { hang, say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, startServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createBackup } from '../src/backup/create-backup.ts';
import { restoreBackup } from '../src/backup/restore-backup.ts';
import { verifyBackup } from '../src/backup/verify-backup.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { verifyAudit } from '../src/verify-audit.ts';
import { openChat, textsOf } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'my name is' }, reply: [useTool('Bash', { command: 'echo work > made.txt' }), say('Nice.')] },
  {
    match: { userText: 'what is my name' },
    reply: (conversation) => say(conversation.userTexts.some((text) => text.includes('Ada')) ? 'Ada.' : 'Unknown.'),
  },
  { match: { userText: 'work on it' }, reply: [[say('Working'), hang()]] },
  { match: { userText: 'after the restore' }, reply: [say('Here I am.')] },
];

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const dir = stack.use(await createWorkspaceDir());
/** Workspaces and uploads are where several servers could have them. */
const toShared = (name: string) => ({ CLAUDE_SDK_PATTERN_SHARED_DIR: join(dir.path, `shared-by-${name}`) });
const { model, server } = await useStage(scenarios, { ANTHROPIC_API_KEY: 'sk-upstream', ...toShared('data') });
const folder = join(dir.path, 'backup');
const signal = new AbortController().signal;
const configOf = (dataDir: string) =>
  loadConfig({ CLAUDE_SDK_PATTERN_DATA_DIR: dataDir, ...toShared(basename(dataDir)) });
const restoreTo = (dataDir: string, source = folder) =>
  restoreBackup(configOf(dataDir), { source, withoutSecretsKey: false });
const json = { 'content-type': 'application/json' };

async function backUpInWork() {
  const session = { permission_mode: 'bypassPermissions' };
  const named = stack.use(await openChat(server, { session }));
  const cut = stack.use(await openChat(server));
  await named.say('my name is Ada');
  await named.waitForTurns(1);
  const form = new FormData();
  form.set('file', new Blob(['uploaded']), 'a.txt');
  const file = (await (await server.fetch('/v1/files', { method: 'POST', body: form })).json()) as { id: string };
  const key = (await (
    await server.fetch('/api/v1/api-keys', { method: 'POST', headers: json, body: JSON.stringify({ name: 'kept' }) })
  ).json()) as { key: string };
  await server.fetch('/api/v1/secrets/TOKEN', { method: 'PUT', headers: json, body: '{"value":"of the secret"}' });
  await cut.say('work on it');
  await cut.socket.waitFor((frame) => frame.type === 'preview' && frame.event.type === 'event_delta');
  await cut.say('and then this');
  const acknowledged = named.events.length;

  const { manifest, auditProblem } = await createBackup(configOf(server.dataDir), {
    ...{ target: folder, withSecretsKey: false, signal },
  });
  await server.kill('SIGKILL');
  return { named, cut, file, key, manifest, auditProblem, acknowledged };
}

describe('a backup of a server at work', () => {
  let before: Awaited<ReturnType<typeof backUpInWork>>;
  beforeAll(async () => {
    before = await backUpInWork();
  });

  it('goes on in another data directory with all that was acknowledged, and does nothing twice', async () => {
    const dataDir = join(dir.path, 'restored');
    await expect(restoreTo(dataDir)).rejects.toThrow(/secrets key .* is not here.*--without-secrets-key/);
    await cp(join(server.dataDir, 'secrets.key'), join(dataDir, 'secrets.key'));
    expect(await restoreTo(dataDir)).toMatchObject({ sessions: 1, webhookMessages: 0 });
    expect(before.auditProblem).toBeUndefined();
    expect(before.manifest.left_out).toEqual({ count: 0, paths: [] });

    await using restored = await startServer({
      ...{ dataDir, upstreamUrl: model.url },
      environment: { ANTHROPIC_API_KEY: 'sk-upstream', ...toShared('restored') },
    });
    const asked = model.requests.length;
    await using named = await openChat(restored, { sessionId: before.named.sessionId });
    await named.socket.waitFor(() => named.events.length >= before.acknowledged);
    expect(named.events.slice(0, before.acknowledged)).toEqual(before.named.events);
    await named.say('what is my name?');
    await named.waitForTurns(2);
    expect(textsOf(named).at(-1)).toBe('Ada.');
    const workspaces = join(dir.path, 'shared-by-restored', 'workspaces', before.named.sessionId);
    expect(await readFile(join(workspaces, 'made.txt'), 'utf8')).toBe('work\n');
    const withKey = (path: string) => fetch(new URL(path, restored.url), { headers: { 'x-api-key': before.key.key } });
    expect(await (await withKey(`/v1/files/${before.file.id}/content`)).text()).toBe('uploaded');
    expect(await (await withKey('/api/v1/secrets')).json()).toMatchObject({ data: [{ name: 'TOKEN' }] });

    expect((await verifyAudit(configOf(dataDir))).fault).toBeUndefined();

    await using cut = await openChat(restored, { sessionId: before.cut.sessionId });
    const isStopped = () => cut.events.at(-1)?.type === 'session.status_idle';
    await cut.socket.waitFor(isStopped);
    expect(cut.eventsOf('session.notice')[0]).toMatchObject({ level: 'warning', text: /restored from a backup/ });
    expect(cut.eventsOf('session.message_withdrawn')).toHaveLength(1);
    expect(cut.seqs).toEqual(cut.seqs.map((_, index) => index + 1));
    await cut.say('after the restore');
    await cut.socket.waitFor(() => textsOf(cut).includes('Here I am.'));
    const later = model.requests.slice(asked).flatMap(({ conversation }) => conversation?.userTexts.at(-1) ?? []);
    expect(later.filter((text) => text.includes('work on it') || text.includes('and then this'))).toEqual([]);
  });

  it('is verified byte by byte, and neither a damaged nor a newer one is restored', async () => {
    const copy = join(dir.path, 'copy');
    const dataDir = join(dir.path, 'empty');
    const changed = async (path: string, change: (path: string) => Promise<void>) => {
      await rm(copy, { recursive: true, force: true });
      await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
      await change(join(copy, path));
      return restoreTo(dataDir, copy);
    };
    await verifyBackup(folder);
    const upload = join('data', 'files', before.file.id);
    await expect(changed(upload, (path) => writeFile(path, 'Uploaded'))).rejects.toThrow(/files.* has changed/);
    await expect(changed(upload, (path) => rm(path))).rejects.toThrow(/files.* is missing/);
    const added = join('data', 'plugins-added');
    await expect(changed(added, (path) => writeFile(path, ''))).rejects.toThrow(/data has \d+ files, not \d+/);
    const misname = (path: string) => {
      const [table, ...others] = before.manifest.database.tables;
      const database = { ...before.manifest.database, tables: [{ ...table, name: '../../elsewhere' }, ...others] };
      return writeFile(path, JSON.stringify({ ...before.manifest, database }));
    };
    await expect(changed('manifest.json', misname)).rejects.toThrow(/manifest.json is damaged/);
    await expect(changed('index.jsonl', (path) => appendFile(path, '\n'))).rejects.toThrow(/index.jsonl is damaged/);
    await expect(changed('manifest.json', (path) => rm(path))).rejects.toThrow(/no finished backup/);
    const renew = async (path: string) => {
      const manifest = before.manifest;
      const database = { ...manifest.database, schema: '9999-later' };
      await writeFile(path, JSON.stringify({ ...manifest, server_version: '99.0.0', database }));
    };
    await expect(changed('manifest.json', renew)).rejects.toThrow(/newer version.*99\.0\.0.*9999-later/);
    // Nobody can make a folder there, the user root included.
    const refused = /data directory \/sys\/csp cannot be written.*write access/;
    await expect(restoreTo('/sys/csp')).rejects.toThrow(refused);
    await expect(restoreTo(server.dataDir)).rejects.toThrow(/is not empty.*replaces nothing/);
    expect(await readdir(dataDir).catch(() => [])).toEqual([]);
  });

  it('is not made without the disk that has workspaces and uploads', async () => {
    const dataDir = server.dataDir;
    const at = { ...{ target: join(dir.path, 'none'), withSecretsKey: false }, signal };
    const unnamed = loadConfig({ CLAUDE_SDK_PATTERN_DATA_DIR: dataDir });
    await expect(createBackup(unnamed, at)).rejects.toThrow(/SHARED_DIR does not name it/);
    const config = { CLAUDE_SDK_PATTERN_DATA_DIR: dataDir, CLAUDE_SDK_PATTERN_SHARED_DIR: join(dir.path, 'unmounted') };
    await mkdir(config.CLAUDE_SDK_PATTERN_SHARED_DIR);
    await expect(createBackup(loadConfig(config), at)).rejects.toThrow(/mount the disk/);
  });

  it('leaves no folder of its name when it is stopped, and replaces none', async () => {
    const create = (target: string, given = signal) =>
      createBackup(configOf(server.dataDir), { target, withSecretsKey: true, signal: given });
    await expect(create(join(dir.path, 'stopped'), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await expect(create(folder)).rejects.toThrow(/there already/);
    await expect(create(join(server.dataDir, 'backup'))).rejects.toThrow(/inside the data directory/);
    expect((await readdir(dir.path)).filter((name) => /stopped|partial/.test(name))).toEqual([]);
  });
});
