import { useSignal } from '@preact/signals';
import { get, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Adherence, MedicationLine, SeverityBadge, VitalValue } from '../../clinical';
import { Reasons } from '../../clinical/Attention';
import { Badge, Empty, Notice, Shown } from '../../kit';
import { t, word } from '../../i18n';
import { ago, date, dateTime } from '../../i18n/format';
import { AlertCard } from './AlertCard';

type Chart = Schemas['PatientChart'];

/** One page to decide on: what is wrong, what is used, how it went, and what of it may be seen. */
export function Summary({ id }: { id: string }) {
  const chart = useLoad(
    (signal) => get('/doctor/patients/{id}', { path: { id }, signal }), [id],
    ['alert.opened', 'alert.updated', 'clinical_record.changed', 'connection.changed', 'dose.updated', 'prescription.changed', 'schedule.changed', 'vital.recorded'],
  );
  return (
    <Shown of={chart} lines={12}>
      {(value) => (
        <div class="stack">
          <Attention chart={value} onChange={chart.reload} />
          <div class="split">
            <div class="stack">
              <section class="card stack tight" aria-labelledby="active">
                <h2 id="active">{t.patient.active}</h2>
                {value.medicines ? <Active id={id} medicines={value.medicines} /> : <NotShared />}
              </section>
              <Timeline chart={value} />
            </div>
            <div class="stack">
              <Consent chart={value} />
              <section class="card stack tight" aria-labelledby="taking">
                <h2 id="taking">{t.patient.adherence}</h2>
                {value.adherence ? <Taking report={value.adherence} /> : <NotShared />}
              </section>
              <section class="card stack tight" aria-labelledby="latest">
                <h2 id="latest">{t.patient.latest}</h2>
                {value.vitals ? <Latest vitals={value.vitals} /> : <NotShared />}
              </section>
            </div>
          </div>
        </div>
      )}
    </Shown>
  );
}

function NotShared() {
  return <p class="muted">{t.patients.notShared}</p>;
}

/** Open alerts with what can be done, and every other reason to look. */
function Attention({ chart, onChange }: { chart: Chart; onChange: () => void }) {
  const alerts = chart.alerts ?? [];
  const others = chart.reasons.filter((reason) => !alerts.some((alert) => alert.id === reason.alertId));
  if (alerts.length === 0 && others.length === 0) return null;
  return (
    <section class="card stack tight" aria-labelledby="attention">
      <h2 id="attention">{t.patients.attention}</h2>
      {alerts.map((alert) => <AlertCard key={alert.id} alert={alert} onChange={onChange} whole />)}
      {others.length > 0 && <Reasons of={others} patient={chart.id} />}
    </section>
  );
}

/** What is used now, by prescription, each medicine with how regularly it is used. */
function Active({ id, medicines }: { id: string; medicines: Schemas['ChartMedicine'][] }) {
  const active = useLoad((signal) => get('/prescriptions', { query: { patientId: id, status: 'ACTIVE', limit: 50 }, signal }), [id], ['prescription.changed']);
  const figureOf = (line: string) => medicines.find(({ medication }) => medication.id === line)?.adherence;
  return (
    <Shown of={active}>
      {({ items }) => items.length === 0 ? <Empty>{t.patient.noActive}</Empty> : (
        <ul class="list">
          {items.map((one) => (
            <li key={one.id} class="stack tight">
              <div class="row between">
                <a href={`/clinic/prescriptions/${one.id}`}><b>{one.diagnosis ?? t.prescription.title}</b></a>
                <span class="muted small">{one.author.fullName}</span>
              </div>
              {one.medications.map((line) => {
                const figure = figureOf(line.id);
                return <div key={line.id} class="row between"><div class="grow"><MedicationLine line={line} /></div>{figure && <Adherence figure={figure} />}</div>;
              })}
            </li>
          ))}
        </ul>
      )}
    </Shown>
  );
}

function Taking({ report }: { report: Schemas['AdherenceReport'] }) {
  return (
    <>
      <p class="muted small">{t.adherence.window(30)}</p>
      <Adherence figure={report.taking} />
      <p>{t.adherence.counts(report.counts.taken, report.counts.missed, report.counts.skipped)}</p>
      {report.trend && <p class="muted">{word(t.adherence.trend, report.trend)}</p>}
    </>
  );
}

function Latest({ vitals }: { vitals: Schemas['Vital'][] }) {
  if (vitals.length === 0) return <Empty>{t.vitals.none}</Empty>;
  return (
    <dl class="facts">
      {vitals.map((one) => [
        <dt key={`${one.id}-name`}>{word(t.vital, one.vitalType)}</dt>,
        <dd key={one.id} class="row"><b><VitalValue of={one} /></b>{one.severity && <SeverityBadge severity={one.severity} />}<span class="muted small">{ago(one.measuredAt)}</span></dd>,
      ])}
    </dl>
  );
}

/** By what right the record is open, how far, and for how long. */
function Consent({ chart: { consent, notShared } }: { chart: Chart }) {
  return (
    <section class="card stack tight" aria-labelledby="consent">
      <h2 id="consent">{t.patient.consent}</h2>
      {consent ? (
        <dl class="facts">
          <dt>{t.patients.level}</dt><dd><Badge>{word(t.level, consent.permissionLevel)}</Badge>{consent.prescriptionIds && <span class="small"> {t.patient.onlySome(consent.prescriptionIds.length)}</span>}</dd>
          <dt>{t.patients.since}</dt><dd>{date(consent.connectedAt)}</dd>
          <dt>{t.patient.ends}</dt><dd>{consent.expiresAt ? date(consent.expiresAt) : t.patient.noEnd}</dd>
        </dl>
      ) : <Notice tone="warning"><p>{t.patient.emergency}</p></Notice>}
      {notShared.length > 0 && <p>{t.patients.notShared}: {notShared.map((scope) => word(t.scope, scope)).join(', ')}</p>}
    </section>
  );
}

/** So many are shown before the others are asked for. */
const EVENTS = 8;

function Timeline({ chart }: { chart: Chart }) {
  const isWhole = useSignal(false);
  const shown = isWhole.value ? chart.timeline : chart.timeline.slice(0, EVENTS);
  const placeOf = ({ kind, id }: Schemas['ChartEvent']): string => {
    if (kind.startsWith('PRESCRIPTION')) return `/clinic/prescriptions/${id}`;
    return `/clinic/patients/${chart.id}/${kind === 'NOTE_WRITTEN' ? 'notes' : 'vitals'}`;
  };
  return (
    <section class="card stack tight" aria-labelledby="timeline">
      <h2 id="timeline">{t.patient.timeline}</h2>
      {chart.timeline.length === 0 ? <Empty>{t.patient.noTimeline}</Empty> : (
        <ul class="list">
          {shown.map((event) => (
            <li key={`${event.kind} ${event.id}`} class="row between">
              <a href={placeOf(event)}>{word(t.chartEvent, event.kind)}</a>
              <span class="muted small" title={dateTime(event.at)}>{ago(event.at)}</span>
            </li>
          ))}
        </ul>
      )}
      {shown.length < chart.timeline.length && <div><button type="button" class="small" onClick={() => { isWhole.value = true; }}>{t.more}</button></div>}
    </section>
  );
}
