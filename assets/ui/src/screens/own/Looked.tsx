import { get } from '../../core/api';
import { useLoad } from '../../core/load';
import { me } from '../../core/session';
import { Badge, Empty, Shown } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { say, t, word } from '../../i18n';
import { dateTime } from '../../i18n/format';
import { d, o } from '../../i18n/own';

/** Everybody who opened or changed something of the patient, in sentences, newest first. */
export function Looked() {
  const pages = usePages();
  const all = useLoad((signal) => get('/audit/record', { query: { limit: pages.size }, signal }), [pages.size]);
  return (
    <div class="stack own">
      <h1>{o.people.looked}</h1>
      <p>{o.people.lookedText}</p>
      <Shown of={all}>
        {({ items, nextCursor }) => items.length === 0 ? <Empty>{o.people.lookedNone}</Empty> : (
          <>
            <ul class="card list">
              {items.map((one) => (
                <li key={one.id}>
                  <p><b>{one.actorId === me.value?.id ? o.people.self : one.actorName ?? (one.actorId ? word(t.role, one.actorRole) : o.people.clinic)}</b>{one.actorId && one.actorId !== me.value?.id && one.actorName && <span class="muted small"> {word(t.role, one.actorRole)}</span>}</p>
                  <p>{say(one.actionText)} {one.outcome === 'REFUSED' && <Badge tone="warning">{o.people.refusedLook}</Badge>}</p>
                  {one.reason && <p>{o.people.reason}: {one.reason}</p>}
                  <p class="muted small">{d(dateTime(one.at))}</p>
                </li>
              ))}
            </ul>
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </div>
  );
}
