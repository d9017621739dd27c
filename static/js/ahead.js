// While there is signal the phone takes along what is needed without it: the worker that opens pages, and the pages.
// On plain HTTP there is no such worker; there a page that is open goes on working, and that is all.
(() => {
  "use strict";
  const { aheadUrl, workerUrl } = document.currentScript.dataset;
  const workers = window.isSecureContext && navigator.serviceWorker;
  if (!workers) return;
  // What came before the worker was here has not gone through its hands; the desk is not kept.
  const unseen = !workers.controller && document.querySelector("[data-outbox-panel]") ? [{ url: location.pathname + location.search, mark: "" }] : [];

  const takeAlong = async () => {
    let wanted;
    try {
      const answer = await fetch(aheadUrl, { credentials: "same-origin", redirect: "manual" });
      if (!answer.ok && answer.status !== 403) return;
      wanted = answer.ok ? (await answer.json()).keep : [];
    } catch {
      // No signal, or the page of a network that asks for a log-in of its own: what is here stays.
      return;
    }
    // Who files nothing takes nothing along, whoever had the phone before.
    if (!wanted.length) return void caches.delete("pages");
    await workers.register(workerUrl);
    const { active } = await workers.ready;
    active.postMessage({ keep: [...wanted, ...unseen].map(({ url, mark }) => ({ url: new URL(url, location).href, mark })) });
  };
  const begin = () => takeAlong().catch(() => {});
  // The page itself comes first.
  if (document.readyState === "complete") begin();
  else window.addEventListener("load", begin);
})();
