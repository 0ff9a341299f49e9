import { afterEach, expect, it, vi } from 'vitest';

import { createApi } from './api.ts';

/** The part of the browser's own that an upload uses, which answers at once. */
function answerUploads(status: number, responseText: string) {
  const sent = vi.fn<() => void>();
  class Request extends EventTarget {
    readonly upload = new EventTarget();
    readonly status = status;
    readonly responseText = responseText;
    readonly open = () => undefined;
    readonly setRequestHeader = () => undefined;
    readonly getResponseHeader = () => null;
    send() {
      sent();
      this.dispatchEvent(new Event('load'));
    }
    abort() {
      this.dispatchEvent(new Event('abort'));
    }
  }
  vi.stubGlobal('XMLHttpRequest', Request);
  return { sent };
}

afterEach(() => vi.unstubAllGlobals());

const FILE = new File(['text'], 'a.txt');
const start = (onRefused: () => void, signal = new AbortController().signal) =>
  createApi(onRefused).uploadFile(FILE, { signal, onProgress: () => undefined });

it('sends nothing that was taken back before', async () => {
  const { sent } = answerUploads(200, '{}');
  const reason = new Error('taken back');
  await expect(start(() => undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(sent).not.toHaveBeenCalled();
});

it('fails on an answer that cannot be read', async () => {
  answerUploads(200, '<html>');
  await expect(start(() => undefined)).rejects.toMatchObject({ status: 200, type: 'api_error' });
});

it('tells that the server does not know this browser any more', async () => {
  answerUploads(401, JSON.stringify({ error: { type: 'authentication_error', message: 'Sign in' } }));
  const onRefused = vi.fn<() => void>();
  await expect(start(onRefused)).rejects.toMatchObject({ status: 401, message: 'Sign in' });
  expect(onRefused).toHaveBeenCalledOnce();
});
