import { get } from '../../core/api';
import { useLoad } from '../../core/load';
import { Empty, Shown } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { dateTime } from '../../i18n/format';
import { d, o } from '../../i18n/own';

/** What doctors have written for the patient to read. */
export function Notes() {
  const pages = usePages();
  const notes = useLoad((signal) => get('/doctor/notes', { query: { limit: pages.size }, signal }), [pages.size]);
  return (
    <div class="stack own">
      <h1>{o.more.notes}</h1>
      <Shown of={notes}>
        {({ items, nextCursor }) => items.length === 0 ? <Empty>{o.more.noNotes}</Empty> : (
          <>
            <ul class="card list">
              {items.map((one) => <li key={one.id}><p><b>{one.authorName}</b> <span class="muted small">{d(dateTime(one.updatedAt))}</span></p><p class="as-written">{one.text}</p></li>)}
            </ul>
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </div>
  );
}
