import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

import type { ShownApp } from '../../../api/mcp-app-api.ts';
import { ApiError } from '../../../api/api-error.ts';
import { useServices } from '../../../services/services.ts';
import type { McpApp, ToolItem } from '../../../session/items.ts';
import { heightOf, noteHeight, toShownHeight, MAX_HEIGHT_PX } from '../../../ui/frame-heights.ts';
import { useFocusGuard } from '../../../ui/use-focus-guard.ts';
import { useLookChange } from '../../../ui/use-look-change.ts';
import { createAskServer } from './ask-server.ts';
import { createAppBridge, type AppBridge, type StopCause, type WishOutcome } from './app-bridge.ts';
import { noteRunning, noteStarting } from './app-guard.ts';
import type { AppWish } from './app-messages.ts';
import { isQuestionOpen, takeQuestionTurn, useStandsStill } from './app-questions.ts';
import { readDevice, readLook } from './host-context.ts';

/** A wish that a person has to decide. */
export interface OpenWish {
  wish: AppWish;
  answer: (outcome: WishOutcome) => void;
}

export interface RunningRequest {
  tool: string | null;
  stop: () => void;
}

export interface AppFrame {
  frame: RefObject<HTMLIFrameElement | null>;
  /** A question of some app is on the screen, so that this one is not shown and nothing around it changes. */
  isStill: boolean;
  /** In pixels. */
  height: number;
  wish: OpenWish | null;
  /** What its server works on for it; null where that is nothing. `tool` is null while a resource is read. */
  running: RunningRequest | null;
  /** Why its last request did not reach its server, as a sentence. */
  problem: string | null;
  /** Tools that the person has denied to it. */
  denied: readonly string[];
  /** The person is asked about them again. */
  askAgain: () => void;
  /** Why it was taken away; null while it is shown. */
  stopped: StopCause | null;
  onLoad: () => void;
}

export interface AppFrameOptions {
  item: ToolItem;
  app: McpApp;
  shown: ShownApp;
  mayAsk: boolean;
}

/** Connects a frame with the app in it. `mayAsk` is false for people who may not act in the session: their app's wishes are refused. */
export function useAppFrame({ item, app, shown: page, mayAsk }: AppFrameOptions): AppFrame {
  const { api, bootstrap } = useServices();
  const { version } = bootstrap;
  const { sessionId, digest } = page;
  const frame = useRef<HTMLIFrameElement>(null);
  const bridge = useRef<AppBridge | null>(null);
  const loads = useRef(0);
  const [height, setHeight] = useState(() => heightOf(item.id));
  const [wish, setWish] = useState<OpenWish | null>(null);
  const [running, setRunning] = useState<RunningRequest | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const denials = useRef(new Set<string>());
  const [denied, setDenied] = useState<readonly string[]>([]);
  const [stopped, setStopped] = useState<StopCause | null>(null);
  const isStill = useStandsStill();
  const latest = useRef({ item, app, mayAsk });
  /** What the app wanted while it had to stand still. */
  const wantedHeight = useRef<number | null>(null);
  useEffect(() => {
    latest.current = { item, app, mayAsk };
  });
  useEffect(() => {
    if (isStill || wantedHeight.current === null) return;
    noteHeight(item.id, wantedHeight.current);
    setHeight(wantedHeight.current);
    wantedHeight.current = null;
  }, [isStill, item.id]);

  useEffect(() => {
    const element = frame.current;
    const target = element?.contentWindow;
    if (element == null || target == null) return undefined;
    const { item: shown, app: data } = latest.current;
    noteStarting(shown.id);
    const failWishes = new Set<() => void>();
    let current: AbortController | undefined;
    const follow = async <T>(tool: string | null, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      const ending = new AbortController();
      current = ending;
      setRunning({ tool, stop: () => ending.abort() });
      try {
        const answer = await work(ending.signal);
        setProblem(null);
        return answer;
      } catch (error) {
        if (ending.signal.aborted) throw new Error('It was stopped', { cause: error });
        if (error instanceof ApiError) setProblem(error.message);
        throw error;
      } finally {
        setRunning(null);
      }
    };
    const own = createAppBridge({
      // Its origin is opaque and cannot be named. What the frame may show besides the app, nothing, stands in our headers.
      post: (message) => target.postMessage(message, '*'),
      input: shown.input,
      result: toResult(shown, data),
      context: () => ({ ...readDevice(), ...readLook(), containerDimensions: toDimensions(element) }),
      version,
      onWish(wanted) {
        if (!latest.current.mayAsk) return Promise.resolve('refused');
        return new Promise((resolve) => {
          const turn = takeQuestionTurn();
          const answer: OpenWish['answer'] = (outcome) => {
            failWishes.delete(fail);
            turn.end();
            setWish(null);
            resolve(outcome);
          };
          const fail = () => answer('failed');
          failWishes.add(fail);
          void turn.begun.then(() => failWishes.has(fail) && setWish({ wish: wanted, answer }));
        });
      },
      reachesServer: latest.current.mayAsk,
      onRequest: createAskServer({
        mayAsk: () => latest.current.mayAsk,
        denied: denials.current,
        onDenied: () => setDenied([...denials.current]),
        call: (call) => follow(call.tool, (signal) => api.mcpApps.call({ sessionId, digest }, call, signal)),
        read: (reading) => follow(null, (signal) => api.mcpApps.read({ sessionId, digest }, reading, signal)),
      }),
      onHeight(px) {
        const next = toShownHeight(px);
        if (isQuestionOpen()) {
          wantedHeight.current = next;
          return;
        }
        noteHeight(shown.id, next);
        setHeight(next);
      },
      onReady: () => noteRunning(shown.id),
      onStop: setStopped,
      now: () => performance.now(),
    });
    bridge.current = own;
    const onMessage = (event: MessageEvent) => {
      if (event.source === target) own.receive(event.data);
    };
    window.addEventListener('message', onMessage);
    return () => {
      window.removeEventListener('message', onMessage);
      own.close();
      current?.abort();
      for (const fail of failWishes) fail();
      noteRunning(shown.id);
      bridge.current = null;
    };
  }, [api, sessionId, digest, version, stopped]);

  useLookChange(useCallback(() => bridge.current?.changeContext(readLook()), []));
  useFocusGuard(frame, isQuestionOpen);

  return {
    ...{ frame, wish, isStill },
    ...useHeld({ height, running, problem, denied, stopped }, isStill),
    askAgain() {
      denials.current.clear();
      setDenied([]);
    },
    onLoad() {
      loads.current += 1;
      // It has led itself to another page, or tried to.
      if (loads.current > 1) setStopped('navigated');
    },
  };
}

/** The value as it was before, while it is held. */
function useHeld<T>(value: T, isHeld: boolean): T {
  const [held, setHeld] = useState<T | null>(null);
  if (isHeld && held === null) setHeld(value);
  if (!isHeld && held !== null) setHeld(null);
  return isHeld ? (held ?? value) : value;
}

/** As the server answered, as far as it is kept. */
function toResult(item: ToolItem, app: McpApp): Readonly<Record<string, unknown>> {
  const images = item.images.map(({ mediaType, data }) => ({ type: 'image', mimeType: mediaType, data }));
  return {
    content: [{ type: 'text', text: item.output ?? '' }, ...images],
    ...(app.structuredContent !== undefined && { structuredContent: app.structuredContent }),
    ...(app.resultMeta !== undefined && { _meta: app.resultMeta }),
    ...(item.status === 'failed' && { isError: true }),
  };
}

function toDimensions(element: HTMLElement): Readonly<Record<string, number>> {
  return { width: Math.round(element.clientWidth), maxHeight: MAX_HEIGHT_PX };
}
