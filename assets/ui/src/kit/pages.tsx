// Lists that grow: so many at first, more when asked for.
import { useSignal } from '@preact/signals';
import type { Listed } from '../core/list';
import { t } from '../i18n';

const STEP = 30;
/** The most that the server gives at a time. */
const MOST = 100;

export interface Pages {
  size: number;
  grow: () => void;
}

export function usePages(): Pages {
  const size = useSignal(STEP);
  return { size: size.value, grow: () => { size.value = Math.min(MOST, size.value + STEP); } };
}

export function More({ pages, shown, more }: { pages: Pages; shown: number; more: boolean }) {
  return (
    <div class="row">
      <span class="muted small number" role="status">{t.shown(shown)}</span>
      {more && pages.size < MOST && <button type="button" class="small" onClick={pages.grow}>{t.more}</button>}
      {more && pages.size >= MOST && <span class="muted small">{t.narrow}</span>}
    </div>
  );
}

/** So many are shown; the rest when asked for. */
export function Growing({ list }: { list: Listed<{ id: string }> }) {
  return (
    <div class="row">
      <span class="muted small number" role="status">{t.shown(list.value?.items.length ?? 0)}</span>
      {list.value?.nextCursor && <button type="button" class="small" disabled={list.isLoading} onClick={list.grow}>{t.more}</button>}
    </div>
  );
}
