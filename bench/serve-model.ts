import { say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';

import { REPLY_TEXT } from './src/reply-text.ts';
import { servePart } from './src/parts/serve-part.ts';

// The model behind both sides. It gives the same short answer to every request, without a delay.
await servePart(async () => {
  const model = await startScriptedModel({ scenarios: () => say(REPLY_TEXT), recordLimit: 1 });
  return { url: model.url };
});
