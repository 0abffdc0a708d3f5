// What the phone keeps for when there is no network: little, and only for one person.

/** A mark that the server does not have yet. It names no medicine, so that it may outlive a session. */
export interface Mark {
  /** The same mark sent twice counts once. */
  clientId: string;
  person: string;
  doseId: string;
  action: 'taken' | 'skipped';
  at: string;
  reason?: 'FORGOT' | 'SIDE_EFFECT' | 'FELT_WELL' | 'OUT_OF_STOCK' | 'FASTING' | 'TOLD_TO_STOP';
}

const [KEPT, OUTBOX] = ['kept', 'outbox'];

let opening: Promise<IDBDatabase> | undefined;
function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open('das-tern', 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(KEPT);
      asked.result.createObjectStore(OUTBOX, { keyPath: 'clientId' });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

/** A browser that keeps nothing (a private window) forgets what was not sent when it is closed, and no more. */
const [keptHere, outboxHere] = [new Map<string, unknown>(), new Map<string, Mark>()];

async function within<T>(name: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  let database: IDBDatabase;
  try { database = await open(); } catch { return undefined; }
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode);
    const asked = act(transaction.objectStore(name));
    // Not when it is asked but when it is written: whoever is told "recorded" may switch the phone off.
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export async function keep(name: string, value: unknown): Promise<void> {
  keptHere.set(name, value);
  await within(KEPT, 'readwrite', (store) => store.put(value, name)).catch(() => undefined);
}

export async function kept<T>(name: string): Promise<T | undefined> {
  return (keptHere.get(name) ?? (await within(KEPT, 'readonly', (store) => store.get(name) as IDBRequest<T>))) as T | undefined;
}

/** Forgets what can be read, but not what was not sent. */
export async function forgetKept(): Promise<void> {
  keptHere.clear();
  await within(KEPT, 'readwrite', (store) => store.clear()).catch(() => undefined);
}

export async function putMark(mark: Mark): Promise<void> {
  outboxHere.set(mark.clientId, mark);
  await within(OUTBOX, 'readwrite', (store) => store.put(mark));
}

export async function dropMarks(ids: string[]): Promise<void> {
  for (const id of ids) {
    outboxHere.delete(id);
    await within(OUTBOX, 'readwrite', (store) => store.delete(id));
  }
}

export async function marks(): Promise<Mark[]> {
  const found = await within(OUTBOX, 'readonly', (store) => store.getAll() as IDBRequest<Mark[]>).catch(() => undefined);
  return (found ?? [...outboxHere.values()]).sort((one, other) => (one.at < other.at ? -1 : 1));
}
