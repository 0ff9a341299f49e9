import { expect, it } from 'vitest';

import { describeFailure } from './describe-failure.ts';

it('says why it stopped and that nothing is lost, with one full stop between them', () => {
  expect(describeFailure('The model did not answer.')).toBe('Stopped: The model did not answer. Nothing lost');
  expect(describeFailure('refusal')).toBe('Stopped: the model declined to continue. Nothing lost');
  expect(describeFailure('')).toBe('Stopped. Nothing lost');
});
