// Sends one message in a new session and prints the answer, also over lost connections: npm run example -- websocket "Hello"
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';

const url = process.env.CLAUDE_SDK_PATTERN_URL ?? 'http://127.0.0.1:4600';
const headers = { authorization: `Bearer ${process.env.CLAUDE_SDK_PATTERN_API_KEY}` };
const events = [{ type: 'user.message', content: [{ type: 'text', text: process.argv[2] ?? 'Hello' }] }];
let request = { type: 'session.create', id: randomUUID() }; // sent again, under the same id, until its reply comes
let sessionId;
let lastSeq = 0;

function connect() {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/v1/chat`, { headers });
  const send = (frame) => socket.send(JSON.stringify(frame));
  socket.on('open', () => {
    if (sessionId) send({ type: 'session.attach', id: randomUUID(), session_id: sessionId, after: lastSeq });
    if (request) send(request);
  });
  socket.on('message', (data) => {
    const frame = JSON.parse(data);
    if (frame.type === 'error') throw new Error(frame.error.message);
    if (frame.type === 'preview' && frame.event.type === 'event_delta')
      process.stderr.write(frame.event.delta.content.text);
    if (frame.type === 'reply' && frame.id === request?.id) {
      if (!sessionId)
        send((request = { type: 'session.send', id: randomUUID(), session_id: frame.result.session.id, events }));
      else request = undefined;
      sessionId ??= frame.result.session.id;
    }
    if (frame.type !== 'event') return;
    lastSeq = frame.seq;
    if (frame.event.type === 'agent.message') for (const { text } of frame.event.content) console.log(text);
    if (frame.event.type === 'session.status_idle' && frame.event.stop_reason.type !== 'requires_action')
      socket.close(1000);
  });
  socket.on('error', (error) => console.error(error.message)); // then it closes
  socket.on('close', (code) => code === 1000 || setTimeout(connect, 1000));
}

connect();
