import { say, startScriptedModel, useTool } from '@claude-sdk-pattern/scripted-model';

import { servePart } from './src/parts/serve-part.ts';

// A model that calls the tool that a message `call NAME` names, once, and answers everything else with a word.
await servePart(async () => {
  const model = await startScriptedModel({
    recordLimit: 1,
    scenarios: ({ userText, step }) => {
      const tool = /call (\S+)/.exec(userText)?.[1];
      return tool !== undefined && step === 0 ? useTool(tool, {}) : say('Done.');
    },
  });
  return { url: model.url };
});
