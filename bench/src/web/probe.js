// Runs in the page before the app's code. It records when things are shown, and how long frames and keys take.
(() => {
  const TIMEOUT_MS = 60_000;
  const wait = (isMet) =>
    new Promise((resolve, reject) => {
      const end = performance.now() + TIMEOUT_MS;
      const look = () => {
        if (isMet()) resolve(performance.now());
        else if (performance.now() > end)
          reject(new Error(`Not within a minute: ${isMet}\n${document.body.innerText}`));
        else requestAnimationFrame(look);
      };
      look();
    });
  const rows = () => [...document.querySelectorAll('[data-row]')];
  const isVisible = (element) => getComputedStyle(element).visibility !== 'hidden';
  let stopFrames = () => [];

  globalThis.benchProbe = {
    /** When a message can be written, in ms since the navigation. */
    composer: () => wait(() => document.querySelector('#composer:not(:disabled)') !== null),
    /** When a text is in the conversation, in ms since the navigation. */
    text: (wanted) => wait(() => rows().some((row) => row.textContent.includes(wanted) && isVisible(row))),
    startFrames() {
      const frames = [];
      let last = null;
      let running = true;
      const note = (now) => {
        if (last !== null) frames.push(now - last);
        last = now;
        if (running) requestAnimationFrame(note);
      };
      requestAnimationFrame(note);
      stopFrames = () => {
        running = false;
        return frames;
      };
    },
    /** How long each frame since the start took, in ms. */
    stopFrames: () => stopFrames(),
    countElements: () => document.querySelectorAll('*').length,
    /**
     * Scrolls back by this many pixels in each of this many frames. Resolves with the frame times and the largest
     * number of elements.
     */
    async scrollBack(frames, pixels) {
      const scroller = document.querySelector('[data-transcript]');
      const lengths = [];
      let mostElements = 0;
      let last = await new Promise(requestAnimationFrame);
      for (let frame = 0; frame < frames; frame += 1) {
        scroller.scrollBy(0, -pixels);
        const now = await new Promise(requestAnimationFrame);
        lengths.push(now - last);
        last = now;
        mostElements = Math.max(mostElements, this.countElements());
      }
      return { lengths, mostElements };
    },
    /** Scrolls back until the whole conversation is loaded, then to its end. */
    async loadAll() {
      const scroller = document.querySelector('[data-transcript]');
      let height = 0;
      for (let still = 0; still < 60;) {
        scroller.scrollTop = 0;
        await new Promise(requestAnimationFrame);
        still = scroller.scrollHeight === height ? still + 1 : 0;
        height = scroller.scrollHeight;
      }
    },
    /** Begins to record, for each key, the time until all of its effects are done. */
    startKeys() {
      const keys = [];
      const onKey = (event) => {
        const began = event.timeStamp;
        document.addEventListener('input', () => queueMicrotask(() => keys.push(performance.now() - began)), {
          once: true,
        });
      };
      document.addEventListener('keydown', onKey, { capture: true });
      this.stopKeys = () => {
        document.removeEventListener('keydown', onKey, { capture: true });
        return keys;
      };
    },
  };
})();
