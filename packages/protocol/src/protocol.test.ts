import { describe, expect, it } from 'vitest';

import { clientFrame, createId, CspError, isExtensionEvent } from './index.ts';

describe('client frames', () => {
  it('accepts a send with a message and a confirmation', () => {
    const frame = clientFrame.parse({
      type: 'session.send',
      id: '1',
      session_id: 'sesn_1',
      events: [
        { type: 'user.message', content: [{ type: 'text', text: 'Hi' }] },
        { type: 'user.tool_confirmation', tool_use_id: 'sevt_1', result: 'deny', deny_message: 'Use npm' },
      ],
    });
    expect(frame.type).toBe('session.send');
  });

  it('ignores fields that it does not know', () => {
    expect(clientFrame.parse({ type: 'ping', id: 'a', later: true })).toEqual({ type: 'ping', id: 'a' });
  });

  it.each([
    ['no id', { type: 'ping' }],
    ['an unknown type', { type: 'session.explode', id: '1' }],
    ['a fractional seq', { type: 'session.attach', id: '1', session_id: 's', after: 1.5 }],
    ['no events', { type: 'session.send', id: '1', session_id: 's', events: [] }],
    [
      'a blank message',
      {
        type: 'session.send',
        id: '1',
        session_id: 's',
        events: [{ type: 'user.message', content: [{ type: 'text', text: ' \n' }] }],
      },
    ],
    [
      'an event that only the agent may write',
      {
        type: 'session.send',
        id: '1',
        session_id: 's',
        events: [{ type: 'agent.message', content: [] }],
      },
    ],
  ])('refuses a frame with %s', (_, frame) => {
    expect(clientFrame.safeParse(frame).success).toBe(false);
  });
});

describe('ids', () => {
  it('sort by the time of their creation', () => {
    const early = createId('sesn', 1_700_000_000_000);
    const late = createId('sesn', 1_800_000_000_000);
    expect([late, early].toSorted()).toEqual([early, late]);
  });

  it('differ within the same millisecond', () => {
    expect(new Set(Array.from({ length: 1000 }, () => createId('sevt', 1))).size).toBe(1000);
  });
});

describe('errors', () => {
  it('never show their cause to a client', () => {
    const error = new CspError('not_found', 'No session sesn_1', { cause: new Error('select * from secrets') });
    expect(JSON.stringify(error.toBody())).not.toContain('secrets');
    expect(error.status).toBe(404);
  });
});

it('tells extension events from stock events', () => {
  expect(isExtensionEvent({ type: 'session.process_ready' })).toBe(true);
  expect(isExtensionEvent({ type: 'session.status_idle' })).toBe(false);
});
