import { get, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query, setQuery } from '../../core/router';
import { Badge, Choice, Empty, Shown, Text, type Tone } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { t, word } from '../../i18n';
import { date } from '../../i18n/format';

type Status = Schemas['AccountStatus'];

export function AccountBadge({ status }: { status: Status }) {
  const tones: Partial<Record<Status, Tone>> = { VERIFIED: 'success', ACTIVE: 'success', PENDING_VERIFICATION: 'warning', REJECTED: 'danger', LOCKED: 'danger' };
  return <Badge tone={tones[status]}>{word(t.accountStatus, status)}</Badge>;
}

/** Accounts, newest first; doctors who wait for their licence to be checked stand above. */
export function People() {
  const [search, role, status] = [query('search'), query('role') as Schemas['Role'] | '', query('status') as Status | ''];
  const pages = usePages();
  const waiting = useLoad((signal) => get('/users', { query: { role: 'DOCTOR', status: 'PENDING_VERIFICATION', limit: 100 }, signal }), []);
  const people = useLoad(
    (signal) => get('/users', { query: { search: search || undefined, role: role || undefined, status: status || undefined, limit: pages.size }, signal }), [search, role, status, pages.size],
  );
  const all: [string, string][] = [['', t.people.all]];
  return (
    <div class="stack">
      <div class="row between"><h1>{t.people.title}</h1><a class="button" href="/admin/people/new">{t.people.make}</a></div>
      <section class="card stack tight" aria-labelledby="waiting">
        <h2 id="waiting">{t.people.waiting}</h2>
        <Shown of={waiting} lines={2}>
          {({ items }) => items.length === 0 ? <Empty>{t.people.noneWaits}</Empty> : (
            <ul class="list">
              {items.map((one) => (
                <li key={one.id} class="row between">
                  <div><b>{one.fullName}</b> <span class="muted">{t.people.licence} <span lang="en">{one.licenseNumber}</span> · {one.hospitalClinic}</span></div>
                  <a class="button small" href={`/admin/people/${one.id}`}>{t.people.check}<span class="hidden-text"> {one.fullName}</span></a>
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </section>
      <div class="fields">
        <Text label={t.people.search} kind="search" value={search} most={100} onText={(text) => setQuery('search', text)} />
        <Choice label={t.people.role} value={role as string} of={[...all, ...Object.entries(t.role)]} onChoice={(value) => setQuery('role', value)} />
        <Choice label={t.people.status} value={status as string} of={[...all, ...Object.entries(t.accountStatus)]} onChoice={(value) => setQuery('status', value)} />
      </div>
      <Shown of={people}>
        {({ items, nextCursor }) => items.length === 0 ? <Empty>{t.people.none}</Empty> : (
          <>
            <table class="cards">
              <caption class="hidden-text">{t.people.title}</caption>
              <thead><tr><th>{t.people.name}</th><th>{t.people.role}</th><th>{t.people.status}</th><th>{t.people.contact}</th><th>{t.people.since}</th></tr></thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.id}>
                    <th scope="row"><a href={`/admin/people/${one.id}`}>{one.fullName}</a></th>
                    <td data-label={t.people.role}>{word(t.role, one.role)}</td>
                    <td data-label={t.people.status}><AccountBadge status={one.status} /></td>
                    <td data-label={t.people.contact} lang="en">{one.email ?? one.phone}</td>
                    <td data-label={t.people.since} class="nowrap">{date(one.createdAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </div>
  );
}
