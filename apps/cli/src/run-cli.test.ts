import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listConfigVariables } from '@claude-sdk-pattern/server/config/schema';
import { describe, expect, it } from 'vitest';
import { formatReport } from './doctor.ts';
import { runCli } from './run-cli.ts';

const BIN = join(import.meta.dirname, '..', 'bin', 'csp.mjs');

async function run(args: string[], environment: Record<string, string> = {}) {
  const printed: string[] = [];
  const errors: string[] = [];
  const exitCode = await runCli(args, {
    environment,
    print: (text) => printed.push(text),
    printError: (text) => errors.push(text),
  });
  return { exitCode, printed: printed.join('\n'), errors: errors.join('\n') };
}

describe('csp', () => {
  it('helps when it is called without a command', async () => {
    const { exitCode, printed } = await run([]);
    expect(exitCode).toBe(0);
    expect(printed).toContain('Usage: csp <command>');
  });

  it('lists every configuration variable with its default and unit', async () => {
    const { printed } = await run(['--help']);
    for (const variable of listConfigVariables())
      expect(printed).toContain(`  ${variable.name}\n      ${variable.description}`);
    expect(printed).toContain('[1800 seconds]');
    expect(printed).toContain('[not set]');
  });

  it('prints errors that a terminal does not obey', async () => {
    const { errors } = await run(['plugin', 'validate', '/tmp/\u001b]0;title\u0007none']);
    expect(errors).toContain('<U+001B>]0;title<U+0007>');
    expect(errors).not.toContain('\u001b');
  });

  it.each(['dokter', 'constructor'])('refuses %s, which is no command, and names those there are', async (name) => {
    const { exitCode, errors } = await run([name]);
    expect(exitCode).toBe(2);
    expect(errors).toContain(
      'start, doctor, sign-in-link, audit, plugin, options, secrets, sign-ins, stop, drain, schedules, usage, log-level, backup, restore, export, erase, chat',
    );
  });

  it('runs from its program file', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [BIN, '--help']);
    expect(stdout).toContain('CLAUDE_SDK_PATTERN_PORT');
  });
});

describe('csp doctor', () => {
  it('fails and says which variable is wrong, also as JSON', async () => {
    const environment = { CLAUDE_SDK_PATTERN_PORT: 'http' };
    const { exitCode, printed } = await run(['doctor', '--json'], environment);
    expect(exitCode).toBe(1);
    const report = JSON.parse(printed) as { ok: boolean; checks: { name: string; status: string }[] };
    expect(report.ok).toBe(false);
    expect(report.checks).toContainEqual(expect.objectContaining({ name: 'Configuration', status: 'failed' }));
  });

  it('passes on a machine that has what is needed, warnings included', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'csp-cli-'));
    try {
      const { exitCode, printed } = await run(['doctor'], { CLAUDE_SDK_PATTERN_DATA_DIR: folder });
      expect(printed).toContain('Ready to start.');
      expect(exitCode).toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('refuses an option that it does not know', async () => {
    expect(await run(['doctor', '--yaml'])).toMatchObject({ exitCode: 2, errors: expect.stringContaining('--yaml') });
  });

  it('puts each remedy below its problem', () => {
    const report = formatReport([
      { name: 'Node', status: 'ok', detail: 'v24' },
      { name: 'Database', status: 'failed', detail: 'is gone', remedy: 'Bring it back.' },
    ]);
    expect(report.split('\n')).toEqual([
      '✔ Node      v24',
      '✘ Database  is gone',
      '            → Bring it back.',
      '',
      '1 of 2 checks failed: the server will not work until they are put right.',
    ]);
  });
});
