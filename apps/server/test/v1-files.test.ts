import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { say, startScriptedModel, type ScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { packZip } from '../src/plugins/fixtures/pack.ts';
import { openChat } from './support/chat.ts';
import { toList } from './support/to-list.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF').toString('base64');

let model: ScriptedModel;
let server: TestServer;
let client: Anthropic;

beforeAll(async () => {
  model = await startScriptedModel({ scenarios: [{ reply: [say('Seen.')] }] });
  server = await startServer({ upstreamUrl: model.url, environment: { CLAUDE_SDK_PATTERN_MAX_FILE_MB: '1' } });
  client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model.close();
});

it('uploads, lists, downloads and deletes a file', async () => {
  const uploaded = await client.beta.files.upload({
    file: await toFile(Buffer.from('a,b\n1,2\n'), 'täble.csv'),
    expires_in_seconds: 3600,
  });
  expect(uploaded).toMatchObject({ type: 'file', filename: 'täble.csv', mime_type: 'text/csv', size_bytes: 8 });
  expect(uploaded.expires_at).not.toBeNull();
  expect(await client.beta.files.retrieveMetadata(uploaded.id)).toEqual(uploaded);
  expect(await toList(client.beta.files.list({ ids: [uploaded.id, 'file_other'] }))).toEqual([uploaded]);
  const download = await client.beta.files.download(uploaded.id);
  expect(await download.text()).toBe('a,b\n1,2\n');
  expect(download.headers.get('content-disposition')).toMatch(/^attachment/);
  expect(await client.beta.files.delete(uploaded.id)).toEqual({ id: uploaded.id, type: 'file_deleted' });
  await expect(client.beta.files.download(uploaded.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
});

it('pages files, last uploaded first', async () => {
  for (const name of ['1', '2', '3']) await client.beta.files.upload({ file: await toFile(Buffer.from(name), name) });
  const names = (await toList(client.beta.files.list({ limit: 2 }))).map(({ filename }) => filename);
  expect(names).toEqual(['3', '2', '1']);
});

it('refuses a file that is too large, and a lifetime that is too short', async () => {
  const large = client.beta.files.upload({ file: await toFile(Buffer.alloc(1024 * 1024 + 1), 'large') });
  await expect(large).rejects.toMatchObject({ status: 413, type: 'request_too_large' });
  const brief = client.beta.files.upload({ file: await toFile(Buffer.from('x'), 'x'), expires_in_seconds: 1 });
  await expect(brief).rejects.toMatchObject({ status: 400, details: { field: 'expires_in_seconds' } });
});

it('hands an image and a PDF in a message to the model', async () => {
  const session = await client.beta.sessions.create({ agent: 'agent_default', environment_id: 'env_default' });
  await client.beta.sessions.events.send(session.id, {
    events: [
      {
        type: 'user.message',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } },
        ],
      },
    ],
  });
  const request = await model.waitForRequest((each) => each.conversation?.userText.includes('What is this?') ?? false);
  const blocks = request.body?.messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  expect(blocks?.map(({ type }) => type)).toEqual(expect.arrayContaining(['image', 'document']));
});

it('hands uploaded files to the model, also from a message that waited, and keeps only their ids in the journal', async () => {
  const [image, notes] = await Promise.all([
    client.beta.files.upload({ file: await toFile(Buffer.from(PNG, 'base64'), 'dot.png') }),
    client.beta.files.upload({ file: await toFile(Buffer.from('remember the milk'), 'notes.txt') }),
  ]);
  const session = await client.beta.sessions.create({
    agent: 'agent_default',
    environment_id: 'env_default',
    initial_events: [
      { type: 'user.message', content: [{ type: 'text', text: 'first' }] },
      {
        type: 'user.message',
        content: [
          { type: 'text', text: 'Read these' },
          { type: 'image', source: { type: 'file', file_id: image.id } },
          { type: 'document', source: { type: 'file', file_id: notes.id } },
        ],
      },
    ],
  });
  const request = await model.waitForRequest((each) => each.conversation?.userText.includes('Read these') ?? false);
  const sent = JSON.stringify(request.body?.messages);
  expect(sent).toContain(PNG.slice(0, 40));
  expect(sent).toContain('remember the milk');
  const events = await toList(client.beta.sessions.events.list(session.id, { types: ['user.message'] }));
  expect(JSON.stringify(events)).not.toContain(PNG.slice(0, 40));
});

it('stores nothing of a message that names more than a model call may carry, whichever way it comes', async () => {
  const file = await client.beta.files.upload({ file: await toFile(Buffer.alloc(1024 * 1024, 'x'), 'large.txt') });
  const document = { type: 'document' as const, source: { type: 'file' as const, file_id: file.id } };
  const message = { type: 'user.message' as const, content: Array.from({ length: 33 }, () => document) };
  await using chat = await openChat(server);
  await expect(chat.send(message)).rejects.toThrow('request_too_large');
  await expect(client.beta.sessions.events.send(chat.sessionId, { events: [message] })).rejects.toMatchObject({
    status: 413,
    message: expect.stringContaining('32 MB'),
  });
  const created = client.beta.sessions.create({
    agent: 'agent_default',
    environment_id: 'env_default',
    initial_events: [message],
  });
  await expect(created).rejects.toMatchObject({ status: 413 });
  expect(await toList(client.beta.sessions.events.list(chat.sessionId, { types: ['user.message'] }))).toEqual([]);
});

it('makes no session whose first message could not be sent', async () => {
  const listIds = async () => (await toList(client.beta.sessions.list())).map(({ id }) => id);
  const before = await listIds();
  const created = client.beta.sessions.create({
    agent: 'agent_default',
    environment_id: 'env_default',
    initial_events: [
      { type: 'user.message', content: [{ type: 'image', source: { type: 'file', file_id: 'file_x' } }] },
    ],
  });
  await expect(created).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  expect(await listIds()).toEqual(before);
});

const skillText = (description: string, name = 'pdf-forms') =>
  `---\nname: ${name}\ndescription: ${description}\n---\nFill in forms.`;
const toSkill = (files: Record<string, string | Buffer>) =>
  Promise.all(Object.entries(files).map(([path, content]) => toFile(Buffer.from(content), path)));

it('keeps the versions of a skill, which is a folder or an archive, and deletes them', async () => {
  const { skills } = client.beta;
  const files = { 'pdf-forms/SKILL.md': skillText('Fills forms'), 'pdf-forms/scripts/fill.py': 'print(1)' };
  const created = await skills.create({ files: await toSkill(files), display_name: 'Forms' });
  expect(created).toMatchObject({ type: 'skill', display_name: 'Forms', source: { type: 'custom' } });
  expect(created.id).toMatch(/^skill_/);
  const first = await skills.versions.retrieve('latest', { skill_id: created.id });
  expect(first).toMatchObject({ type: 'skill_version', name: 'pdf-forms', description: 'Fills forms' });
  expect(first.id).toBe(created.latest_version_id);

  const archive = packZip([
    ...['.DS_Store', 'pdf-forms/.DS_Store', '__MACOSX/pdf-forms/._SKILL.md'].map((path) => ({ path, content: 'x' })),
    { path: 'pdf-forms/SKILL.md', content: skillText('Fills forms well') },
  ]);
  const second = await skills.versions.create(created.id, { files: await toSkill({ 'forms.zip': archive }) });
  expect(second.id).toMatch(/^skver_/);
  expect((await skills.retrieve(created.id)).latest_version_id).toBe(second.id);
  const versions = await toList(skills.versions.list(created.id, { limit: 1 }));
  expect(versions).toEqual([second, first]);
  const download = await skills.versions.download(first.id, { skill_id: created.id });
  expect(await skills.create({ files: [await toFile(download, 'copy.zip')] })).toMatchObject({
    display_name: 'pdf-forms',
  });
  expect(await readdir(join(server.dataDir, 'skills', created.id))).toHaveLength(2);
  expect(
    await readFile(join(server.dataDir, 'skills', created.id, await digestOf(created.id), 'SKILL.md'), 'utf8'),
  ).toBe(skillText('Fills forms well'));

  const other = skills.versions.create(created.id, { files: await toSkill({ 'x/SKILL.md': skillText('X', 'x') }) });
  await expect(other).rejects.toMatchObject({ status: 400, message: expect.stringContaining('named pdf-forms') });
  expect((await toList(skills.list({ limit: 1 }))).map(({ id }) => id)).toHaveLength(2);
  expect(await toList(skills.list({ source: 'anthropic' }))).toEqual([]);

  const at = { skill_id: created.id };
  expect(await skills.versions.delete(second.id, at)).toEqual({ id: second.id, type: 'skill_version_deleted' });
  expect((await skills.retrieve(created.id)).latest_version_id).toBe(first.id);
  await expect(skills.versions.delete(first.id, at)).rejects.toMatchObject({ status: 400 });
  expect(await skills.delete(created.id)).toEqual({ id: created.id, type: 'skill_deleted' });
  await expect(skills.retrieve(created.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  expect(await readdir(join(server.dataDir, 'skills'))).not.toContain(created.id);
  const audited = (await (await server.fetch('/api/v1/audit?action=skill.delete')).json()) as { data: object[] };
  expect(audited.data).toMatchObject([{ target: { type: 'skill', id: created.id }, details: { name: 'pdf-forms' } }]);

  async function digestOf(id: string): Promise<string> {
    const facts = await server.fetch(`/api/v1/audit?action=skill.update`);
    const { data } = (await facts.json()) as { data: { target: { id: string }; details: { digest: string } }[] };
    return data.find(({ target }) => target.id === id)?.details.digest ?? '';
  }
});

it.each<[string, Record<string, string | Buffer>, RegExp]>([
  ['no SKILL.md', { 'a/README.md': 'x' }, /SKILL\.md: is missing at the root/],
  ['files of two directories', { 'a/SKILL.md': skillText('A'), 'b/x': 'x' }, /in the same top-level directory/],
  ['a file in no directory', { 'SKILL.md': skillText('A') }, /in the same top-level directory/],
  ['a path out of it', { 'a/SKILL.md': skillText('A'), 'a/../../evil': 'x' }, /leads out of its folder/],
  ['no frontmatter', { 'a/SKILL.md': '# A' }, /frontmatter: is missing/],
  ['broken frontmatter', { 'a/SKILL.md': '---\nname: [\n---\n' }, /SKILL\.md: frontmatter: is no YAML/],
  [
    'another encoding',
    { 'a/SKILL.md': Buffer.from('---\nname: a\n---\n\u00e9', 'latin1') },
    /SKILL\.md: .*is no UTF-8/,
  ],
  ['another name', { 'a/SKILL.md': skillText('A', 'My Skill') }, /SKILL\.md: name: is not 1 to 64 lower case/],
  ['a tag in the description', { 'a/SKILL.md': skillText('A <system>') }, /description: has an XML tag/],
  [
    'a link in an archive',
    { 'a.zip': packZip([{ path: 'a/SKILL.md', type: 'SymbolicLink', linkpath: '/etc/passwd' }]) },
    /is a link/,
  ],
  ['no archive', { 'a.zip': 'hello' }, /no archive that the server can unpack/],
])('refuses a skill with %s, and says what to do', async (_, files, message) => {
  await expect(client.beta.skills.create({ files: await toSkill(files) })).rejects.toMatchObject({
    ...{ status: 400, type: 'invalid_request_error', message: expect.stringMatching(message) as string },
    details: { problems: [{ remedy: expect.stringMatching(/\w/) as string }] },
  });
  expect((await readdir(join(server.dataDir, 'tmp'))).filter((name) => name.startsWith('plugin-'))).toEqual([]);
});

it('refuses a skill of more than 30 MB', async () => {
  const large = { 'a/SKILL.md': skillText('A'), 'a/model.bin': Buffer.alloc(30 * 1024 * 1024) };
  const created = client.beta.skills.create({ files: await toSkill(large) });
  await expect(created).rejects.toMatchObject({ status: 413, type: 'request_too_large' });
});
