// Runs in the frame of a preview, behind Mermaid's library and a script that sets `diagram`.
(() => {
  const { text, theme, font } = window.diagram;
  const post = (message) => parent.postMessage(message, '*');
  const place = document.querySelector('main');
  const options = {
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    theme,
    fontFamily: font,
    maxTextSize: Number.MAX_SAFE_INTEGER,
    maxEdges: 1000,
  };
  // What a diagram says of itself changes none of these.
  mermaid.initialize({ ...options, secure: ['secure', ...Object.keys(options)] });
  mermaid.render('drawn', text).then(
    ({ svg }) => {
      place.innerHTML = svg;
      for (const link of place.querySelectorAll('a')) {
        for (const name of ['href', 'xlink:href', 'target']) link.removeAttribute(name);
      }
      const drawing = place.querySelector('svg');
      // Narrower, its words could not be read: it scrolls.
      drawing.style.minWidth = `${Math.min(drawing.viewBox.baseVal.width, 560)}px`;
      new ResizeObserver(() => {
        const { height } = drawing.getBoundingClientRect();
        post({ type: 'drawn', height: height + place.offsetHeight - place.clientHeight + 24 });
      }).observe(drawing);
    },
    (error) => post({ type: 'failed', message: String(error?.message ?? error) }),
  );
})();
