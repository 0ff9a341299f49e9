import type { Attachment, Client } from '@claude-sdk-pattern/client';

/** Answers every tool call that waits for a person, until the attachment is detached. */
export function answerApprovals(
  client: Client,
  sessionId: string,
  decide: (toolName: string, title: string) => boolean,
): Attachment {
  return client.attach(sessionId, {
    tail: 0, // what is said from now on; approvals that wait already are in the history
    onEvent(event) {
      if (event.type !== 'session.approval_requested') return;
      const allowed = decide(event.tool_name, event.title);
      // Rejects when somebody else was faster, which is no harm: the first answer counts.
      client
        .send(sessionId, [
          allowed
            ? { type: 'user.tool_confirmation', tool_use_id: event.event_id, result: 'allow' }
            : {
                type: 'user.tool_confirmation',
                tool_use_id: event.event_id,
                result: 'deny',
                deny_message: 'Not on this machine.',
              },
        ])
        .catch(() => {});
    },
  });
}
