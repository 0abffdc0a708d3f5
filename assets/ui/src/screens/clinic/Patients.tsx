import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { get, Problem, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { go, query, setQuery } from '../../core/router';
import { hear } from '../../core/live';
import { Adherence } from '../../clinical';
import { Badge, Choice, Empty, Shown, Skeleton, Text } from '../../kit';
import { t, word } from '../../i18n';
import { date } from '../../i18n/format';

type Connection = Schemas['Connection'];
type Figure = Schemas['AdherenceFigure'];

/** Adherence of the last 28 days by patient, as far as it was fetched; kept while the page is open. */
const figures = signal<Record<string, Figure | 'hidden' | undefined>>({});
/** So many are fetched at a time, for patients whose rows are shown. */
const AT_ONCE = 25;

function sees(connection: Connection, scope: Schemas['Scope']): boolean {
  return connection.permissionLevel === 'ALLOWED' || (connection.permissionLevel === 'SELECTED' && connection.scopes.includes(scope));
}

/** Everybody who is connected with the doctor; the server keeps at most some hundred of these. */
async function everybody(signal: AbortSignal): Promise<Connection[]> {
  const all: Connection[] = [];
  let cursor: string | undefined;
  do {
    const page = await get('/connections', { query: { status: 'ACCEPTED', limit: 100, cursor }, signal });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return all;
}

export function Patients() {
  const patients = useLoad(everybody, [], ['connection.changed']);
  const search = query('search');
  const sort = query('sort') || 'adherence';
  const shown = useSignal(AT_ONCE);
  const away = useSignal(false);
  const found = (patients.value ?? []).filter((one) => matches(one, search));
  const mayBeSeen = found.slice(0, shown.value).filter((one) => sees(one, 'DOSES')).map((one) => one.patientId);
  const wanted = mayBeSeen.filter((id) => figures.value[id] === undefined).join();
  // The list is shown when its order is known, and the order stays while figures change: a row that moves under a finger leads to another patient.
  const isRanking = sort === 'adherence' && wanted !== '' && !away.value;
  const sorted = useMemo(() => [...found].sort((a, b) => (sort === 'name' ? nameOf(a).localeCompare(nameOf(b)) : rank(a) - rank(b))), [found.map((one) => one.id).join(), sort, isRanking]);

  useEffect(() => {
    const controller = new AbortController();
    const missed = (): void => { away.value = true; };
    void fill(wanted.split(',').filter(Boolean), controller.signal, missed);
    const deaf = hear(['dose.updated'], () => void fill(mayBeSeen, controller.signal, missed));
    return () => { controller.abort(); deaf(); };
  }, [wanted, mayBeSeen.join()]);

  return (
    <div class="stack">
      <h1>{t.patients.title}</h1>
      <div class="row">
        <div class="grow">
          <Text label={t.patients.search} kind="search" value={search} most={100} onText={(text) => setQuery('search', text)} />
        </div>
        <div class="grow">
          <Choice label={t.patients.sort} value={sort} of={[['adherence', t.patients.lowest], ['name', t.patients.byName]]} onChoice={(value) => setQuery('sort', value)} />
        </div>
      </div>
      <Shown of={patients}>
        {(all) => all.length === 0 ? (
          <Empty><p>{t.patients.none}</p><p><a class="button primary" href="/clinic/connections">{t.patients.connect}</a></p></Empty>
        ) : found.length === 0 ? <Empty>{t.patients.noMatch}</Empty> : isRanking ? <Skeleton lines={10} /> : (
          <>
            <table class="cards">
              <caption class="small muted">{t.patients.window}</caption>
              <thead><tr><th>{t.patients.name}</th><th>{t.patients.adherence}</th><th>{t.patients.level}</th><th>{t.patients.since}</th><th><span class="hidden-text">{t.patients.actions}</span></th></tr></thead>
              <tbody>
                {sorted.slice(0, shown.value).map((one) => (
                  <tr key={one.id}>
                    <th scope="row"><a href={`/clinic/patients/${one.patientId}`}>{nameOf(one)}</a></th>
                    <td data-label={t.patients.adherence}><Share connection={one} isAway={away.value} /></td>
                    <td data-label={t.patients.level}><Badge>{word(t.level, one.permissionLevel)}</Badge></td>
                    <td data-label={t.patients.since} class="nowrap">{one.answeredAt ? date(one.answeredAt) : '–'}</td>
                    <td>{sees(one, 'PRESCRIPTIONS') && <button type="button" class="small" onClick={() => go(`/clinic/patients/${one.patientId}/prescribe`)}>{t.prescribe.title}<span class="hidden-text"> {nameOf(one)}</span></button>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <div class="row">
              <span class="muted small number" role="status">{t.shown(Math.min(shown.value, found.length))} / {found.length}</span>
              {found.length > shown.value && <button type="button" class="small" onClick={() => { shown.value += AT_ONCE; }}>{t.more}</button>}
            </div>
          </>
        )}
      </Shown>
    </div>
  );
}

function nameOf(connection: Connection): string {
  return connection.other?.fullName ?? t.patients.gone;
}

function matches(connection: Connection, search: string): boolean {
  return nameOf(connection).normalize('NFC').toLowerCase().includes(search.trim().normalize('NFC').toLowerCase());
}

/** The lowest share first, then those of whom nothing is known. */
function rank(connection: Connection): number {
  const figure = figures.value[connection.patientId];
  return figure && figure !== 'hidden' && typeof figure.percent === 'number' ? figure.percent : 1_000;
}

function Share({ connection, isAway }: { connection: Connection; isAway: boolean }) {
  const figure = figures.value[connection.patientId];
  if (!sees(connection, 'DOSES') || figure === 'hidden') return <span class="muted">{t.patients.notShared}</span>;
  if (figure === undefined) return <span class="muted">{isAway ? '–' : t.loading}</span>;
  return <Adherence figure={figure} />;
}

/** Fetches a few at a time, so that the doctor's other requests are not kept waiting. */
async function fill(patients: string[], signal: AbortSignal, away: () => void): Promise<void> {
  const waiting = [...patients];
  const one = async (): Promise<void> => {
    for (let patient = waiting.shift(); patient && !signal.aborted; patient = waiting.shift()) {
      try {
        const report = await get('/adherence/trends', { query: { days: 28, patientId: patient }, signal });
        figures.value = { ...figures.value, [patient]: report.taking };
      } catch (error) {
        if (!(error instanceof Problem)) return;
        if (error.isPassing) { waiting.length = 0; away(); return; }
        figures.value = { ...figures.value, [patient]: 'hidden' };
      }
    }
  };
  await Promise.all([one(), one(), one(), one()]);
}
