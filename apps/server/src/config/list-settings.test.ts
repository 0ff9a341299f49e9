import { expect, it } from 'vitest';

import { listSettings } from './list-settings.ts';

const find = (environment: Record<string, string>, name: string) =>
  listSettings(environment).find((each) => each.name.endsWith(name));

it('says where the value of each setting comes from', () => {
  expect(find({}, '_MAX_SESSIONS')).toMatchObject({ value: '10', default: '10', source: 'default', is_set: false });
  expect(find({ CLAUDE_SDK_PATTERN_MAX_SESSIONS: '20' }, '_MAX_SESSIONS')).toMatchObject({
    ...{ value: '20', default: '10', source: 'environment', is_set: true, needs_restart: true },
  });
  expect(find({}, '_SECRETS_KEY')).toMatchObject({ value: null, source: 'file', is_secret: true });
  expect(find({}, '_LOG_LEVEL')).toMatchObject({ needs_restart: false });
  const inFile = { ANTHROPIC_API_KEY_FILE: import.meta.filename };
  expect(find(inFile, 'ANTHROPIC_API_KEY')).toMatchObject({ value: null, source: 'environment', is_set: true });
});

it('holds no secret, whatever part of a value it is', () => {
  const hidden = 'hunter2';
  const environment = Object.fromEntries(
    listSettings({}).map(({ name, is_secret: isSecret }) => [
      name,
      isSecret ? hidden : name.endsWith('_URL') ? `https://me:${hidden}@example.com` : `x://me:${hidden}@example.com`,
    ]),
  );
  environment['CLAUDE_SDK_PATTERN_DATABASE_URL'] = `postgres://me:${hidden}@db.example.com:5432/csp?password=${hidden}`;
  environment['CLAUDE_SDK_PATTERN_WEBHOOK_URL'] = `https://example.com/hooks/${hidden}`;
  environment['OTEL_EXPORTER_OTLP_ENDPOINT'] = `https://example.com/${hidden}`;
  environment['OTEL_EXPORTER_OTLP_HEADERS'] = `authorization=Bearer%20${hidden}`;
  environment['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] = `x-team=${hidden}`;
  expect(JSON.stringify(listSettings(environment))).not.toContain(hidden);
  expect(find(environment, '_DATABASE_URL')?.value).toBe('postgres://db.example.com:5432/…');
  const secrets = listSettings({}).flatMap(({ name, is_secret: isSecret }) => (isSecret ? [name] : []));
  expect(secrets).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY']));
});
