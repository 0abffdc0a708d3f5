// src/worker/sw.ts
var worker = self, SHELLS = ["/me", "/family"], PATIENCE = 3e3;
async function keepShell(address, response) {
  var _a, _b;
  let cache = await caches.open(`das-tern${address}`), text = await response.clone().text(), named = new Set(text.match(/\/ui\/[\w.-]+\?v=\w+/g) ?? []), sheet = [...named].find((address2) => address2.includes(".css"));
  for (let file2 of named) await once(cache, file2);
  let fonts = sheet && ((_b = await ((_a = await cache.match(sheet)) == null ? void 0 : _a.text())) == null ? void 0 : _b.match(/\/ui\/[\w.-]+\?v=\w+/g));
  for (let font of fonts || [])
    named.add(font), await once(cache, font);
  await cache.put(address, response);
  for (let request of await cache.keys()) {
    let { pathname, search } = new URL(request.url);
    pathname !== address && !named.has(pathname + search) && await cache.delete(request);
  }
}
async function once(cache, address) {
  if (await cache.match(address)) return;
  let response = await fetch(address);
  if (!response.ok) throw new Error(address);
  await cache.put(address, response);
}
function shellOf(pathname) {
  return SHELLS.find((shell2) => pathname === shell2 || pathname.startsWith(`${shell2}/`));
}
async function install() {
  for (let page of await worker.clients.matchAll({ includeUncontrolled: !0 })) {
    let address = shellOf(new URL(page.url).pathname);
    address && await keepShell(address, await fetch(address, { credentials: "same-origin" }));
  }
  await worker.skipWaiting();
}
worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  let { request } = event, { pathname, search, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  let address = request.mode === "navigate" ? shellOf(pathname) : void 0;
  address ? event.respondWith(shell(address, event)) : pathname.startsWith("/ui/") && search.startsWith("?v=") && event.respondWith(file(request));
});
async function shell(address, event) {
  let fresh = fetch(event.request).then((response) => (response.ok && event.waitUntil(keepShell(address, response.clone()).catch(() => {
  })), response)), before = await caches.match(address);
  if (!before) return fresh;
  let late = new Promise((resolve) => setTimeout(() => resolve(before), PATIENCE)), failed = fresh.catch(() => before), first = await Promise.race([failed, late]);
  return first.status >= 500 ? before : first;
}
async function file(request) {
  return await caches.match(request.url) ?? fetch(request);
}
