// Addresses: links are ordinary links, which this takes over within one script's pages.
import { signal } from '@preact/signals';

export const here = signal(location.pathname + location.search);

let mayLeave: () => boolean = () => true;
/** Asked before the page is left; there is one at a time. */
export function guard(may: (() => boolean) | undefined): void {
  mayLeave = may ?? (() => true);
}

export function go(address: string, replace = false): void {
  if (!mayLeave()) return;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  here.value = address;
  window.scrollTo(0, 0);
}

/** Changes what stands behind `?` without leaving the page. */
export function setQuery(name: string, value: string): void {
  const url = new URL(location.href);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  history.replaceState(null, '', url);
  here.value = url.pathname + url.search;
}

export function query(name: string): string {
  return new URLSearchParams(here.value.split('?')[1] ?? '').get(name) ?? '';
}

/** Takes links below `prefix` over. */
export function startRouter(prefix: string): void {
  addEventListener('popstate', () => { here.value = location.pathname + location.search; });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a');
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.hash || (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`))) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}

/** The named parts of an address, or nothing when it is another one: `match('/clinic/patients/:id')`. */
export function match(pattern: string): Record<string, string> | undefined {
  const [wanted, real] = [pattern.split('/'), here.value.split('?')[0]!.split('/')];
  if (wanted.length !== real.length) return undefined;
  const found: Record<string, string> = {};
  for (const [place, part] of wanted.entries()) {
    if (part.startsWith(':')) found[part.slice(1)] = decodeURIComponent(real[place]!);
    else if (part !== real[place]) return undefined;
  }
  return found;
}
