import { createClient, foldPreviews, NO_PREVIEWS } from '@claude-sdk-pattern/client';

/** Asks one question in a new session and returns the answer. */
export async function ask(url: string, apiKey: string, question: string): Promise<string> {
  await using client = createClient({ url, apiKey });
  const { session } = await client.createSession({ title: question });
  const answer = new Promise<string>((resolve, reject) => {
    let previews = NO_PREVIEWS;
    let text = '';
    client.attach(session.id, {
      onPreview(preview) {
        previews = foldPreviews(previews, preview); // the text so far, by event: render it
      },
      onEvent(event) {
        previews = foldPreviews(previews, event); // the complete event: replaces its preview
        if (event.type === 'agent.message')
          text += event.content.map((block) => ('text' in block ? block.text : '')).join('');
        if (event.type === 'session.status_idle') resolve(text);
      },
      onError: reject,
    });
  });
  await client.send(session.id, [{ type: 'user.message', content: [{ type: 'text', text: question }] }]);
  return await answer; // awaited here, because the client closes at the end of this block
}
