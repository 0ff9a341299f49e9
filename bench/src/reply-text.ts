/** About 600 characters: an ordinary short answer, which the scripted model cuts into some 60 deltas. */
export const REPLY_TEXT = [
  'The three files that matter are the router, the handler and its test. The router maps each path to a handler and',
  'checks who is asking. The handler reads the request, asks the store for what it needs, and answers in one place,',
  'so that errors look the same everywhere. The test starts the server on a free port and talks to it as a client does.',
  'To add an endpoint, write the handler first, then its test, then the line in the router. If the store has to learn',
  'something new, begin there, since everything else follows from what can be stored and found again.',
].join(' ');
