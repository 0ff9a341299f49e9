/** Texts of the page of upstreams. */
export const t = {
  title: 'Upstreams',
  failed: 'The upstreams could not be loaded.',
  help: 'Where model calls go, in this order. One whose circuit breaker is open gets no calls, and the next one takes them.',
  states: { closed: 'Takes calls', half_open: 'Being tried', open: 'Gets no calls' },
  since: (time: string) => `since ${time}`,
  failures: (count: number) =>
    count === 0 ? 'No call failed lately' : count === 1 ? '1 call failed lately' : `${count} calls failed lately`,
  nextTry: (time: string) => `next try at ${time}`,
  nextCall: 'the next call tries it',
  allModels: 'All models',
  models: (names: string) => `Models: ${names}`,
  keys: 'Keys are never shown. A key from the secret store is changed there, without a restart.',
  secrets: 'Secrets',
};
