import address from 'mermaid/dist/mermaid.min.js?url';

let loading: Promise<string> | undefined;

/**
 * The text of Mermaid's library (Mermaid 12.3.0, 5.5 MB, 1.6 MB as it is sent), loaded with the first diagram. It runs in
 * frames only: their origin may load nothing, so that they are given it.
 */
export function loadDiagramLibrary(): Promise<string> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<string> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} was answered with ${answer.status}`);
  return answer.text();
}
