// Lets the pages of patients and families open without a network. It keeps the shell and the files that the shell names;
// nothing of what the server answers about people ever goes through here.

/** What the worker uses of its own world; the compiler's types for workers and for pages exclude each other. */
interface Waiting extends Event { waitUntil(until: Promise<unknown>): void }
interface Asked extends Waiting { request: Request; respondWith(answer: Promise<Response>): void }
interface Worker {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void>; matchAll(which: { includeUncontrolled: true }): Promise<{ url: string }[]> };
  addEventListener(kind: 'install' | 'activate', act: (event: Waiting) => void): void;
  addEventListener(kind: 'fetch', act: (event: Asked) => void): void;
}
const worker = self as unknown as Worker;
/** Where the pages begin that are kept: each with a store of its own. */
const SHELLS = ['/me', '/family'];
/** So long a slow network may take before the page opens as it was, in milliseconds. */
const PATIENCE = 3_000;

/** Keeps a shell, what it names and what its sheet names; what no shell names any more goes. */
async function keepShell(address: string, response: Response): Promise<void> {
  const cache = await caches.open(`das-tern${address}`);
  const text = await response.clone().text();
  const named = new Set(text.match(/\/ui\/[\w.-]+\?v=\w+/g) ?? []);
  const sheet = [...named].find((address) => address.includes('.css'));
  for (const file of named) await once(cache, file);
  const fonts = sheet && (await (await cache.match(sheet))?.text())?.match(/\/ui\/[\w.-]+\?v=\w+/g);
  for (const font of fonts || []) {
    named.add(font);
    await once(cache, font);
  }
  // Last: a shell is there only with all that it needs.
  await cache.put(address, response);
  for (const request of await cache.keys()) {
    const { pathname, search } = new URL(request.url);
    if (pathname !== address && !named.has(pathname + search)) await cache.delete(request);
  }
}

async function once(cache: Cache, address: string): Promise<void> {
  if (await cache.match(address)) return;
  const response = await fetch(address);
  if (!response.ok) throw new Error(address);
  await cache.put(address, response);
}

/** The shell to which an address belongs. */
function shellOf(pathname: string): string | undefined {
  return SHELLS.find((shell) => pathname === shell || pathname.startsWith(`${shell}/`));
}

async function install(): Promise<void> {
  for (const page of await worker.clients.matchAll({ includeUncontrolled: true })) {
    const address = shellOf(new URL(page.url).pathname);
    if (address) await keepShell(address, await fetch(address, { credentials: 'same-origin' }));
  }
  await worker.skipWaiting();
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { pathname, search, origin } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  const address = request.mode === 'navigate' ? shellOf(pathname) : undefined;
  if (address) event.respondWith(shell(address, event));
  else if (pathname.startsWith('/ui/') && search.startsWith('?v=')) event.respondWith(file(request));
});

/** The server's shell when it comes soon, so that language and files are of today; else the one that is kept. */
async function shell(address: string, event: Asked): Promise<Response> {
  const fresh = fetch(event.request).then((response) => {
    if (response.ok) event.waitUntil(keepShell(address, response.clone()).catch(() => undefined));
    return response;
  });
  const before = await caches.match(address);
  if (!before) return fresh;
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(before), PATIENCE));
  const failed = fresh.catch(() => before);
  const first = await Promise.race([failed, late]);
  return first.status >= 500 ? before : first;
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request.url)) ?? fetch(request);
}

export {};
