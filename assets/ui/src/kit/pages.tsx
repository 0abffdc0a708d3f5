// Lists that grow: so many at first, more when asked for.
import { useSignal } from '@preact/signals';
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
