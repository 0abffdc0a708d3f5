import { useSignal } from '@preact/signals';
import { get, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { me } from '../../core/session';
import { Badge, Empty, Refusal, Shown, useAction } from '../../kit';
import { say, t, word } from '../../i18n';
import { dateTime } from '../../i18n/format';
import { d, o } from '../../i18n/own';

type Entry = Schemas['AuditRecord'];

/** Everybody who opened or changed something of the patient, in sentences, newest first. What the patient did stands aside. */
export function Looked() {
  const older = useSignal<{ items: Entry[]; nextCursor?: string | null } | undefined>(undefined);
  const withOwn = useSignal(false);
  const first = useLoad((signal) => get('/audit/record', { query: { limit: 100 }, signal }), []);
  const loading = useAction(async (cursor: string) => {
    const found = await get('/audit/record', { query: { limit: 100, cursor } });
    older.value = { items: [...(older.value?.items ?? []), ...found.items], nextCursor: found.nextCursor };
  });
  return (
    <div class="stack own">
      <h1>{o.people.looked}</h1>
      <p>{o.people.lookedText}</p>
      <label class="check"><input type="checkbox" checked={withOwn.value} onChange={(event) => { withOwn.value = event.currentTarget.checked; }} />{o.people.lookedOwn}</label>
      <Shown of={first}>
        {(newest) => {
          const all = [...newest.items, ...(older.value?.items ?? [])];
          const shown = all.filter((one) => withOwn.value || one.actorId !== me.value?.id);
          const next = older.value ? older.value.nextCursor : newest.nextCursor;
          const last = all[all.length - 1];
          return (
            <>
              {shown.length === 0 ? <Empty>{o.people.lookedNone}</Empty> : <ul class="card list">{shown.map((one) => <Line key={one.id} of={one} />)}</ul>}
              {loading.problem && <Refusal problem={loading.problem} />}
              {last && <p class="muted" role="status">{o.people.lookedSince} {d(dateTime(last.at))}</p>}
              {next && <button type="button" class="big" disabled={loading.isBusy} onClick={() => void loading.run(next)}>{o.people.lookedOlder}</button>}
            </>
          );
        }}
      </Shown>
    </div>
  );
}

function Line({ of }: { of: Entry }) {
  const isOwn = of.actorId === me.value?.id;
  return (
    <li>
      <p><b>{isOwn ? o.people.self : of.actorName ?? (of.actorId ? word(t.role, of.actorRole) : o.people.clinic)}</b>{of.actorName && !isOwn && <span class="muted small"> {word(t.role, of.actorRole)}</span>}</p>
      <p>{say(of.actionText)} {of.outcome === 'REFUSED' && <Badge tone="warning">{o.people.refusedLook}</Badge>}</p>
      {of.reason && <p>{o.people.reason}: {of.reason}</p>}
      <p class="muted small">{d(dateTime(of.at))}</p>
    </li>
  );
}
