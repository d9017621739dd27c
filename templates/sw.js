// Opens pages without signal, nothing else: what is filled in waits in the outbox, which needs no service worker.
"use strict";
const STATIC = "static-{{ version }}";
const PAGES = "pages";
const ASSETS = {{ assets|safe }};
const OFFLINE = "{{ offline_url }}";
const LEAVING = "{{ logout_url }}";
const ENTERING = "{{ login_url }}";
// What the icon opens, and what takes its place where there is no signal.
const STARTS = {{ starts|safe }};
const FIELD = "{{ field_url }}";
// Not a page: sites and sentences to pick, of which pages ask.
const DATA = "{{ data_url }}";
// On a thin line the page that is here already is better than one that may come.
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((cache) => cache.addAll([...ASSETS, OFFLINE])).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (name) => name !== STATIC && name !== PAGES;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

// Whoever takes the phone next starts with nobody's pages, not even with what is on its way.
let turn = 0;
const forget = () => {
  turn += 1;
  return caches.delete(PAGES);
};
// Once more when the server has ended the session: until then it still gives pages of it.
const left = async (request) => {
  await forget();
  const answer = await fetch(request);
  await forget();
  return answer;
};
const entered = async (request) => {
  const answer = await fetch(request);
  if (answer.type === "opaqueredirect") await forget();
  return answer;
};

// A page says of itself that it may be kept, and whether it is the same whatever is asked of it after the question mark.
const keep = async (url, response, begun) => {
  if (response.ok && begun === turn && response.headers.has("X-Keep-On-Phone")) {
    const { pathname, search } = new URL(url);
    const same = response.headers.get("X-Keep-On-Phone") === "any";
    await (await caches.open(PAGES)).put(pathname + (same ? "" : search), response.clone());
    // Forgotten while it was put away.
    if (begun !== turn) await caches.delete(PAGES);
  }
  return response;
};
const keptPage = async (url) => {
  const { pathname, search } = new URL(url);
  const pages = await caches.open(PAGES);
  const bare = await pages.match(pathname);
  return (await pages.match(pathname + search)) || (bare?.headers.get("X-Keep-On-Phone") === "any" ? bare : undefined);
};
const startInField = async (url) =>
  STARTS.includes(new URL(url).pathname) && (await keptPage(new URL(FIELD, url).href)) ? Response.redirect(FIELD) : undefined;
const fetchAndKeep = async (request) => {
  const begun = turn;
  return keep(request.url, await fetch(request), begun);
};
const page = async (request) => {
  const kept = (await keptPage(request.url)) || (await startInField(request.url));
  const fetched = fetchAndKeep(request);
  if (!kept) return fetched.catch(() => caches.match(OFFLINE));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fetched.catch(() => kept), late]);
};
const data = (request) => fetchAndKeep(request).catch(async () => (await keptPage(request.url)) || Response.error());
// Named by its content an asset never changes; while developing, names are bare.
const asset = async (request) => {
  const kept = await caches.match(request);
  const bare = !/\.[0-9a-f]{12}\.\w+$/.test(request.url);
  return kept && !bare ? kept : fetch(request).catch(() => kept || Response.error());
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === LEAVING) event.respondWith(left(request));
  if (request.method === "POST" && pathname === ENTERING) event.respondWith(entered(request));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (pathname === DATA) event.respondWith(data(request));
  else if (ASSETS.includes(pathname)) event.respondWith(asset(request));
});

// Pages that will be wanted in the field, before anybody has opened them: one after the other in the order of the way, and
// none that is here already as it would be drawn now; of a page without a mark one that is here will do.
const keepAhead = async (wanted) => {
  const begun = turn;
  for (const { url, mark } of wanted) {
    if (begun !== turn) return;
    const kept = await keptPage(url);
    if (kept && (!mark || kept.headers.get("X-Keep-Mark") === mark)) continue;
    try {
      await fetchAndKeep(new Request(url, { credentials: "same-origin" }));
    } catch {
      // The signal has gone; what is kept stays.
      return;
    }
  }
};
self.addEventListener("message", (event) => event.waitUntil(keepAhead(event.data.keep || [])));
