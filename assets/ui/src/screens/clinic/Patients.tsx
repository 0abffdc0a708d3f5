import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, type Schemas } from '../../core/api';
import { useList } from '../../core/list';
import { query, setQuery } from '../../core/router';
import { Adherence, SeverityBadge } from '../../clinical';
import { Badge, Choice, Empty, Shown, Text } from '../../kit';
import { Growing } from '../../kit/pages';
import { say, t, word } from '../../i18n';
import { date } from '../../i18n/format';

type Overview = Schemas['PatientOverview'];

/** Without a key for so long, in milliseconds, before the server is asked. */
const PAUSE = 200;

const colours: Schemas['AdherenceColor'][] = ['RED', 'YELLOW', 'GREEN'];
const orders = { adherence: 'ADHERENCE', name: 'NAME', attention: 'ATTENTION' } as const;

/** Everybody whom the doctor treats: found, chosen and ordered by the server. */
export function Patients() {
  const search = useSettled(query('search').trim());
  const sort = orders[query('sort') as keyof typeof orders] ?? orders.adherence;
  const adherence = colours.find((one) => one === query('adherence'));
  const needsAttention = query('attention') === 'yes' || undefined;
  const isNarrowed = Boolean(search || adherence || needsAttention);
  const list = useList(
    (page, signal) => get('/doctor/patients', { query: { ...page, search, sort, adherence, needsAttention }, signal }),
    [search, sort, adherence, needsAttention], ['connection.changed', 'dose.updated', 'alert.opened', 'alert.updated'], { step: 25, steady: true },
  );
  return (
    <div class="stack">
      <h1>{t.patients.title}</h1>
      <div class="fields">
        <Text label={t.patients.search} kind="search" value={query('search')} most={100} onText={(text) => setQuery('search', text)} />
        <Choice label={t.patients.adherence} value={adherence ?? ''} of={[['', t.patients.all], ...colours.map((one): [string, string] => [one, t.patients.colour[one]])]} onChoice={(value) => setQuery('adherence', value)} />
        <Choice label={t.patients.attention} value={needsAttention ? 'yes' : ''} of={[['', t.patients.all], ['yes', t.patients.onlyAttention]]} onChoice={(value) => setQuery('attention', value)} />
        <Choice label={t.patients.sort} value={query('sort') in orders ? query('sort') : 'adherence'} of={[['adherence', t.patients.lowest], ['attention', t.patients.gravest], ['name', t.patients.byName]]} onChoice={(value) => setQuery('sort', value)} />
      </div>
      <Shown of={list} lines={10}>
        {({ items }) => items.length > 0 ? (
          <>
            <Table of={items} />
            <Growing list={list} />
          </>
        ) : isNarrowed ? <Empty>{t.patients.noMatch}</Empty> : (
          <Empty><p>{t.patients.none}</p><p><a class="button primary" href="/clinic/connections">{t.patients.connect}</a></p></Empty>
        )}
      </Shown>
      <p class="muted small">{t.patients.hidden} <a href="/clinic/connections?status=ACCEPTED">{t.connections.title}</a></p>
    </div>
  );
}

function Table({ of }: { of: Overview[] }) {
  return (
    <table class="cards">
      <caption class="small muted">{t.patients.window}</caption>
      <thead><tr><th>{t.patients.name}</th><th>{t.patients.adherence}</th><th>{t.patients.attention}</th><th>{t.patients.level}</th><th>{t.patients.since}</th><th><span class="hidden-text">{t.patients.actions}</span></th></tr></thead>
      <tbody>
        {of.map((one) => (
          <tr key={one.id}>
            <th scope="row"><a href={`/clinic/patients/${one.id}`}>{one.fullName}</a></th>
            <td data-label={t.patients.adherence}>{one.adherence ? <Adherence figure={one.adherence.taking} /> : <span class="muted">{t.patients.notShared}</span>}</td>
            <td data-label={t.patients.attention}><Attention of={one} /></td>
            <td data-label={t.patients.level}><Badge>{word(t.level, one.consent.permissionLevel)}</Badge>{one.consent.expiresAt && <span class="small muted"> {t.connections.until} {date(one.consent.expiresAt)}</span>}</td>
            <td data-label={t.patients.since} class="nowrap">{date(one.consent.connectedAt)}</td>
            <td>{one.shared.includes('PRESCRIPTIONS') && <a class="button small" href={`/clinic/patients/${one.id}/prescribe`}>{t.prescribe.title}<span class="hidden-text"> {one.fullName}</span></a>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The gravest reason, and how many there are besides it. */
function Attention({ of }: { of: Overview }) {
  const [first, ...others] = of.reasons;
  if (!first) return <span class="muted">–</span>;
  return <span class="row"><SeverityBadge severity={first.severity} /><span class="small grow">{say(first.text)}{others.length > 0 && <span class="muted"> {t.patients.besides(others.length)}</span>}</span></span>;
}

/** What was typed, when nobody has typed for a moment. */
function useSettled(text: string): string {
  const settled = useSignal(text);
  useEffect(() => {
    const waiting = setTimeout(() => { settled.value = text; }, PAUSE);
    return () => clearTimeout(waiting);
  }, [text]);
  return settled.value;
}
