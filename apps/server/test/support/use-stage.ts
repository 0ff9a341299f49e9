import { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from '@claude-sdk-pattern/scripted-model';
import { startServer, type ServerOptions, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll } from 'vitest';

/** A scripted model, for all tests of a file; awaited at its top. */
export async function useModel(scenarios: ScriptedModelOptions['scenarios']): Promise<ScriptedModel> {
  const model = await startScriptedModel({ ...(scenarios && { scenarios }) });
  afterAll(() => model.close());
  return model;
}

/** A server in front of a scripted model, for all tests of a file; awaited at its top. */
export async function useStage(
  scenarios: ScriptedModelOptions['scenarios'],
  environment: NonNullable<ServerOptions['environment']> = {},
): Promise<{ model: ScriptedModel; server: TestServer }> {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());
  const model = stack.use(await startScriptedModel({ ...(scenarios && { scenarios }) }));
  const server = stack.use(await startServer({ upstreamUrl: model.url, environment }));
  return { model, server };
}
