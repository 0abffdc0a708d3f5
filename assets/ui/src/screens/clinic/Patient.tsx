import { useEffect, useRef } from 'preact/hooks';
import { get, type Schemas } from '../../core/api';
import { useLoad, type Loaded } from '../../core/load';
import { RecordFlags, StatusBadge } from '../../clinical';
import { unfinished } from '../../clinical/drafts';
import { Badge, Empty, Shown, Tabs } from '../../kit';
import { t, word } from '../../i18n';
import { date, yearsSince } from '../../i18n/format';
import { AdherenceTab } from './Adherence';
import { VitalsTab } from './Vitals';
import { NoAccess } from './NoAccess';
import { NotesTab } from './Notes';
import { mayRepeat } from './Prescription';
import { RecordTab } from './Record';
import { Summary } from './Summary';

/** What every tab needs: who it is, and what stands against medicines. */
export interface Chart {
  person: Loaded<Schemas['SeenPerson']>;
  record: Loaded<Schemas['ClinicalRecord']>;
}

export function useChart(id: string): Chart {
  return {
    person: useLoad((signal) => get('/users/{id}', { path: { id }, signal }), [id], ['connection.changed']),
    record: useLoad((signal) => get('/patients/{id}/clinical-record', { path: { id }, signal }), [id], ['clinical_record.changed', 'connection.changed']),
  };
}

/** The name of whoever is looked at: what a doctor sees of a patient has one. */
export function nameOf(person: Schemas['SeenPerson'] | undefined): string {
  return (person as { fullName?: string } | undefined)?.fullName ?? '…';
}

/** Always in view while a patient is looked at. */
export function Banner({ id, chart, children }: { id: string; chart: Chart; children?: preact.ComponentChildren }) {
  const person = chart.person.value as { fullName: string; phone?: string | null } | undefined;
  const record = chart.record.value;
  const box = useRef<HTMLDivElement>(null);
  // What takes the focus shall not lie under what sticks.
  useEffect(() => {
    const keep = (): void => {
      const banner = box.current;
      const sticks = banner !== null && getComputedStyle(banner).position === 'sticky';
      document.documentElement.style.scrollPaddingTop = sticks ? `${banner.offsetHeight + 72}px` : '';
    };
    const observer = new ResizeObserver(keep);
    observer.observe(box.current!);
    return () => { observer.disconnect(); document.documentElement.style.scrollPaddingTop = ''; };
  }, []);
  return (
    <div class="banner stack tight" ref={box}>
      <div class="row between">
        <h1>{nameOf(chart.person.value)}</h1>
        {children ?? (
          <div class="row">
            {unfinished(id).map((address) => <a key={address} class="button" href={address}>{t.prescription.unfinished}</a>)}
            <a class="button primary" href={`/clinic/patients/${id}/prescribe`}>{t.prescribe.title}</a>
          </div>
        )}
      </div>
      <div class="row muted small">
        {record?.dateOfBirth && <span>{t.patient.age(yearsSince(record.dateOfBirth))} · {t.patient.born} {date(record.dateOfBirth)}</span>}
        {record?.gender && <span>{word(t.gender, record.gender)}</span>}
        {person?.phone && <a class="number" href={`tel:${person.phone}`}>{person.phone}</a>}
      </div>
      {chart.record.value && <RecordFlags record={chart.record.value} />}
      {chart.record.problem && !chart.record.problem.isPassing && <Badge tone="warning">{t.patient.recordHidden}</Badge>}
    </div>
  );
}

export function PatientPage({ id, tab }: { id: string; tab: string }) {
  const chart = useChart(id);
  if (chart.person.problem && !chart.person.problem.isPassing) return <NoAccess id={id} problem={chart.person.problem} onOpen={() => { chart.person.reload(); chart.record.reload(); }} />;
  const base = `/clinic/patients/${id}`;
  const tabs = [
    { address: base, text: t.patient.summary },
    { address: `${base}/record`, text: t.record.title },
    { address: `${base}/adherence`, text: t.patient.adherence },
    { address: `${base}/vitals`, text: t.patient.vitals },
    { address: `${base}/prescriptions`, text: t.patient.prescriptions },
    { address: `${base}/notes`, text: t.notes.title },
  ];
  return (
    <div class="stack">
      <Banner id={id} chart={chart} />
      <Tabs label={t.patient.title} of={tabs} current={tab === 'summary' ? base : `${base}/${tab}`} />
      {tab === 'summary' && <Summary id={id} />}
      {tab === 'record' && <RecordTab id={id} chart={chart} />}
      {tab === 'adherence' && <AdherenceTab id={id} />}
      {tab === 'vitals' && <VitalsTab id={id} />}
      {tab === 'prescriptions' && <Prescriptions id={id} />}
      {tab === 'notes' && <NotesTab id={id} name={nameOf(chart.person.value)} />}
      {!['summary', 'record', 'adherence', 'vitals', 'prescriptions', 'notes'].includes(tab) && <Empty>{t.notFound.title}</Empty>}
    </div>
  );
}

function Prescriptions({ id }: { id: string }) {
  const all = useLoad((signal) => get('/prescriptions', { query: { patientId: id, limit: 100 }, signal }), [id], ['prescription.changed']);
  return (
    <Shown of={all}>
      {({ items }) => items.length === 0 ? <Empty>{t.patient.noPrescriptions}</Empty> : (
        <table class="cards">
          <caption class="hidden-text">{t.patient.prescriptions}</caption>
          <thead><tr><th>{t.prescription.what}</th><th>{t.prescription.state}</th><th>{t.prescription.medicines}</th><th>{t.prescription.by}</th><th>{t.prescription.made}</th><th><span class="hidden-text">{t.patients.actions}</span></th></tr></thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <th scope="row"><a href={`/clinic/prescriptions/${one.id}`}>{one.diagnosis ?? t.prescription.title}</a></th>
                <td data-label={t.prescription.state}><StatusBadge status={one.status} /></td>
                <td data-label={t.prescription.medicines} lang="en">{one.medications.map((line) => line.medicineName).join('; ')}</td>
                <td data-label={t.prescription.by}>{one.author.fullName}</td>
                <td data-label={t.prescription.made} class="nowrap">{date(one.createdAt)}</td>
                <td>{mayRepeat(one) && <a class="button small" href={`/clinic/patients/${id}/prescribe?repeat=${one.id}`}>{t.prescription.repeat}<span class="hidden-text"> {one.diagnosis}</span></a>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Shown>
  );
}
