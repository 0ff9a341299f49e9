import { expect, it } from 'vitest';

import { CustomResults } from './custom-results.ts';

const call = { toolUseId: 'toolu_1', toolName: 'mcp__custom__pay', input: { cents: 5 } };
const result = { content: [{ type: 'text' as const, text: 'Paid' }], is_error: false };

it('gives a result once, and only to the call that it is for', () => {
  const results = new CustomResults();
  results.set(call, result);
  expect(results.take({ ...call, toolUseId: 'toolu_2' })).toBeUndefined();
  expect(results.take({ ...call, input: { cents: 500 } })).toBeUndefined();
  expect(results.take({ ...call, toolName: 'mcp__custom__refund' })).toBeUndefined();
  expect(results.take(call)).toEqual(result);
  expect(results.take(call)).toBeUndefined();
  expect(results.has(call.toolUseId)).toBe(true);
});

it('gives it again to the next process, and finds it where a process does not name the call', () => {
  const results = new CustomResults();
  results.set(call, result);
  results.take(call);
  results.set(call, result);
  expect(results.take({ ...call, toolUseId: undefined })).toEqual(result);
});
