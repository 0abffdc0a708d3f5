// src/worker/sw.ts
var worker = self, SHELL = "/me", CACHE = "das-tern-pages", PATIENCE = 3e3;
async function keepShell(response) {
  var _a, _b;
  let cache = await caches.open(CACHE), text = await response.clone().text(), named = new Set(text.match(/\/ui\/[\w.-]+\?v=\w+/g) ?? []), sheet = [...named].find((address) => address.includes(".css"));
  for (let address of named) await once(cache, address);
  if (sheet) for (let address of ((_b = await ((_a = await cache.match(sheet)) == null ? void 0 : _a.text())) == null ? void 0 : _b.match(/\/ui\/[\w.-]+\?v=\w+/g)) ?? [])
    named.add(address), await once(cache, address);
  await cache.put(SHELL, response);
  for (let request of await cache.keys()) {
    let { pathname, search } = new URL(request.url);
    pathname !== SHELL && !named.has(pathname + search) && await cache.delete(request);
  }
}
async function once(cache, address) {
  if (await cache.match(address)) return;
  let response = await fetch(address);
  if (!response.ok) throw new Error(address);
  await cache.put(address, response);
}
worker.addEventListener("install", (event) => {
  event.waitUntil(fetch(SHELL, { credentials: "same-origin" }).then(keepShell).then(() => worker.skipWaiting()));
});
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  let { request } = event, { pathname, search, origin } = new URL(request.url);
  request.method !== "GET" || origin !== location.origin || (request.mode === "navigate" && (pathname === SHELL || pathname.startsWith(`${SHELL}/`)) ? event.respondWith(shell(event)) : pathname.startsWith("/ui/") && search.startsWith("?v=") && event.respondWith(file(request)));
});
async function shell(event) {
  let fresh = fetch(event.request).then((response) => (response.ok && event.waitUntil(keepShell(response.clone()).catch(() => {
  })), response)), before = await caches.match(SHELL);
  if (!before) return fresh;
  let late = new Promise((resolve) => setTimeout(() => resolve(before), PATIENCE)), failed = fresh.catch(() => before), first = await Promise.race([failed, late]);
  return first.status >= 500 ? before : first;
}
async function file(request) {
  return await caches.match(request.url) ?? fetch(request);
}
