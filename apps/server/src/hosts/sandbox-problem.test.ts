import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

import { judge, parseProbe, readProbe } from './sandbox-problem.ts';

const CONFINED = new Map([
  ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => [set, '0000000000000000'] as const),
  ['uid', '64646'],
  ['no_new_privs', '1'],
  ...['mounts', 'makes_user_namespace', 'writes_proc_sys', 'writes_system', 'reads:/x'].map((t) => [t, 'no'] as const),
]);

it('is satisfied with a process that can do nothing', () => {
  expect(judge(CONFINED, 'reads:/x')).toBeUndefined();
});

it.each([
  ['CapEff', '000001ffffffffff', 'capabilities'],
  ['CapBnd', '0000000000000001', 'capabilities'],
  ['no_new_privs', '0', 'gain privileges'],
  ['uid', '0', 'root'],
  ['mounts', 'yes', 'mount'],
  ['makes_user_namespace', 'yes', 'user namespaces'],
  ['writes_proc_sys', 'yes', 'kernel'],
  ['writes_system', 'yes', 'system'],
  ['reads:/x', 'yes', 'files of the host'],
  ['writes_workspace', 'no', 'workspace'],
])('names what a process can do whose %s is %s', (fact, value, sentence) => {
  expect(judge(new Map([...CONFINED, [fact, value]]), 'reads:/x')).toContain(sentence);
});

it('takes a probe that said nothing for no proof', () => {
  expect(judge(new Map())).toContain('does not confine');
});

it('sees what is not confined as it is', async () => {
  const args = ['-c', await readProbe(), 'probe', `file=${import.meta.filename}`];
  const { stdout } = await promisify(execFile)('/bin/sh', args);
  const facts = parseProbe(stdout);
  expect(facts.get(`reads:${import.meta.filename}`)).toBe('yes');
  expect(facts.get('uid')).toBe(String(process.getuid?.()));
  expect(judge(facts, `reads:${import.meta.filename}`)).toContain('files of the host');
});
