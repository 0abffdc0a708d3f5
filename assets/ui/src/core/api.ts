// The public API, typed by the contract. Who is signed in stands in a cookie that no script can read.
import type { components, paths } from '../schema.gen';
import { language, t } from '../i18n';

export type Schemas = components['schemas'];
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Json<R> = R extends { content: { 'application/json': infer A } } ? A : undefined;
type Answer<O> = O extends { responses: infer R } ? (R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : undefined) : never;
type BodyOf<O> = O extends { requestBody?: infer R } ? (NonNullable<R> extends { content: { 'application/json': infer B } } ? B : undefined) : undefined;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined;

/** What is sent besides the path. */
interface Sent<O> {
  path?: Record<string, string | number>;
  query?: QueryOf<O>;
  body?: BodyOf<O>;
  /** A whole file in place of JSON. */
  csv?: string;
  /** One wish of a person: sending it twice does it once. */
  key?: string;
  /** The revision that was seen, for what two people may change. */
  revision?: number;
  signal?: AbortSignal;
}

/** A refusal of the server, with its words for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: { field: string; message: string }[],
    readonly reference: string,
  ) {
    super(message);
  }

  /** The server could not be reached, or something between did not let it answer. */
  get isAway(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }

  /** Whether this may be right the next time. */
  get isPassing(): boolean {
    return this.isAway || this.status === 429 || this.status >= 500;
  }
}

export function get<P extends PathsOf<'get'>>(path: P, sent: Sent<Operation<P, 'get'>> = {}): Promise<Answer<Operation<P, 'get'>>> {
  return call('GET', path, sent);
}

export function post<P extends PathsOf<'post'>>(path: P, sent: Sent<Operation<P, 'post'>> = {}): Promise<Answer<Operation<P, 'post'>>> {
  return call('POST', path, sent);
}

export function put<P extends PathsOf<'put'>>(path: P, sent: Sent<Operation<P, 'put'>>): Promise<Answer<Operation<P, 'put'>>> {
  return call('PUT', path, sent);
}

export function patch<P extends PathsOf<'patch'>>(path: P, sent: Sent<Operation<P, 'patch'>>): Promise<Answer<Operation<P, 'patch'>>> {
  return call('PATCH', path, sent);
}

export function remove<P extends PathsOf<'delete'>>(path: P, sent: Sent<Operation<P, 'delete'>>): Promise<Answer<Operation<P, 'delete'>>> {
  return call('DELETE', path, sent);
}

/** A key for one wish. Not `randomUUID`, which browsers have only over HTTPS. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

let whenSignedOut = (): void => {};
/** What happens when the session has ended. */
export function onSignedOut(act: () => void): void {
  whenSignedOut = act;
}

/** The session has ended: said by whoever notices. */
export function signedOut(): void {
  whenSignedOut();
}

async function call<O, A>(method: string, path: string, sent: Sent<O>): Promise<A> {
  let response = await send(method, path, sent);
  // Signing in says for itself what is wrong with it, and so does whoever asks for password or code once more.
  if (response.status === 401 && !path.startsWith('/auth/browser/') && !(await isMistyped(response))) {
    const continued = await continueSession();
    // The network went between the two: nobody has said that the session is over.
    if (continued === 'away') throw new Problem(0, 'away', t.errors.away, [], '');
    if (continued === 'yes') response = await send(method, path, sent);
    if (response.status === 401) signedOut();
  }
  // Whoever must have a second factor sets it up first.
  if (response.status === 403 && (await codeOf(response)) === 'second_factor_required') location.replace('/sign-in');
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as A;
  throw await problemOf(response);
}

async function send<O>(method: string, path: string, sent: Sent<O>): Promise<Response> {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(sent.path?.[name] ?? '')));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(sent.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  const headers: Record<string, string> = { 'accept-language': language, 'x-das-tern-page': '1' };
  if (sent.body !== undefined) headers['content-type'] = 'application/json';
  if (sent.csv !== undefined) headers['content-type'] = 'text/csv';
  if (sent.key) headers['idempotency-key'] = sent.key;
  if (sent.revision !== undefined) headers['if-match'] = `"${sent.revision}"`;
  const text = query.toString();
  try {
    return await fetch(`/api${address}${text ? `?${text}` : ''}`, {
      method, headers, cache: 'no-store',
      body: sent.csv ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body)),
      signal: sent.signal,
    });
  } catch (error) {
    if (sent.signal?.aborted) throw error;
    throw new Problem(0, 'away', t.errors.away, [], '');
  }
}

/** The code of a refusal, which is left to be read once more. */
async function codeOf(response: Response): Promise<string> {
  const told = (await response.clone().json().catch(() => ({}))) as { code?: string };
  return told.code ?? '';
}

/** Whether what was typed is refused, and not the session. */
async function isMistyped(response: Response): Promise<boolean> {
  return ['wrong_credentials', 'second_factor_wrong'].includes(await codeOf(response));
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const told = (await response.json()) as { code: string; message: string; errors: { field: string; message: string }[]; instance: string };
    return new Problem(response.status, told.code, told.message, told.errors, told.instance);
  } catch {
    return new Problem(response.status, 'unreadable', t.errors.unreadable, [], response.headers.get('x-request-id') ?? '');
  }
}

/** `gone` when the server says so, `away` when it could not be asked. */
type Continued = 'yes' | 'gone' | 'away';

let refreshing: Promise<Continued> | undefined;
/** Continues the session, once for all who wait for it. */
export function continueSession(): Promise<Continued> {
  refreshing ??= inTurn(async (): Promise<Continued> => {
    const response = await send('POST', '/auth/browser/refresh', {}).catch(() => undefined);
    if (response?.ok) return 'yes';
    return response?.status === 401 ? 'gone' : 'away';
  }).finally(() => { refreshing = undefined; });
  return refreshing;
}

/** One page of the browser at a time, where the browser can do that. */
function inTurn<T>(act: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request('das-tern-refresh', act) as Promise<T>) : act();
}
