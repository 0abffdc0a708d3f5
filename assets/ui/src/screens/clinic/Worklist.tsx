import { get, post, type Schemas } from '../../core/api';
import { useList } from '../../core/list';
import { useLoad } from '../../core/load';
import { Adherence } from '../../clinical';
import { Reasons } from '../../clinical/Attention';
import { Badge, Empty, Refusal, Shown, useAction } from '../../kit';
import { Growing } from '../../kit/pages';
import { say, t } from '../../i18n';
import { ago, date } from '../../i18n/format';

type Overview = Schemas['PatientOverview'];
type Message = Schemas['Notification'];

/** Reasons of adherence look at seven days; older messages stand with the others. In milliseconds. */
const LOOK_BACK = 7 * 24 * 60 * 60_000;

/** What may change who needs attention. */
const kinds = ['alert.opened', 'alert.updated', 'clinical_record.changed', 'connection.changed', 'dose.updated', 'prescription.changed', 'schedule.changed', 'vital.recorded'] as const;

/** The doctor's patients in numbers. */
export function Totals() {
  const board = useLoad((signal) => get('/doctor/dashboard', { signal }), [], [...kinds]);
  return (
    <section aria-label={t.today.totals}>
      <Shown of={board} lines={3}>
        {({ totals, adherence, from, to }) => (
          <dl class="totals">
            <div class="card"><dt>{t.patients.title}</dt><dd><a class="value" href="/clinic/patients">{totals.patients}</a></dd></div>
            <div class="card"><dt>{t.today.attention}</dt><dd><a class="value" href="/clinic/patients?attention=yes&sort=attention">{totals.needingAttention}</a></dd></div>
            <div class="card">
              <dt>{t.alerts.title}</dt>
              <dd><a class="value" href="/clinic/alerts">{totals.alertsOpen}</a> {totals.alertsCritical > 0 && <Badge tone="critical">{t.today.critical(totals.alertsCritical)}</Badge>}</dd>
              {totals.alertsAcknowledged > 0 && <dd class="muted small">{t.today.takenOver(totals.alertsAcknowledged)}</dd>}
            </div>
            <div class="card"><dt>{t.today.unconfirmed}</dt><dd class="value">{totals.unconfirmed}</dd></div>
            <div class="card">
              <dt title={`${date(from)} – ${date(to)}`}>{t.patient.adherence} · {t.adherence.window(30)}</dt>
              <dd><Adherence figure={adherence} /></dd>
              <dd class="row small">
                {(['RED', 'YELLOW', 'GREEN'] as const).map((colour) => (
                  <a key={colour} href={`/clinic/patients?adherence=${colour}`}>{t.patients.colour[colour]}: {totals[colour.toLowerCase() as 'red' | 'yellow' | 'green']}</a>
                ))}
                <span class="muted">{t.today.unknown(totals.nothingCounted + totals.notShared)}</span>
              </dd>
            </div>
          </dl>
        )}
      </Shown>
    </section>
  );
}

/** Who is to be called today, and why. What messages of missed doses say besides stands with their patient. */
export function Worklist() {
  const list = useList((query, signal) => get('/doctor/worklist', { query, signal }), [], [...kinds], { step: 20 });
  const messages = useLoad((signal) => get('/notifications', { query: { unreadOnly: true, limit: 100 }, signal }), [], ['notification.created', 'notification.read']);
  const missed = list.value && messages.value ? notSaid(messages.value.items, list.value.items) : [];
  const isListed = ({ patientId }: Message): boolean => list.value?.items.some(({ id }) => id === patientId) ?? false;
  const others = missed.filter((one) => !isListed(one));
  return (
    <section class="stack tight" aria-label={t.today.call}>
      <h2 class="row">{t.today.call}{list.value && list.value.items.length > 0 ? <Badge><span class="number">{list.value.items.length}{list.value.nextCursor ? '+' : ''}</span></Badge> : null}</h2>
      <Shown of={list}>
        {({ items, nextCursor }) => items.length === 0 ? <Empty>{t.today.noCall}</Empty> : (
          <>
            <ul class="stack tight">
              {items.map((one) => <li key={one.id}><CallCard patient={one} message={missed.find(({ patientId }) => patientId === one.id)} onChange={messages.reload} /></li>)}
            </ul>
            {nextCursor && <Growing list={list} />}
          </>
        )}
      </Shown>
      {messages.problem && <Refusal problem={messages.problem} retry={messages.reload} />}
      {others.length > 0 && (
        <>
          <h3>{t.today.missed}</h3>
          <ul class="stack tight">{others.map((one) => <li key={one.id}><article class={`alert-card ${graveOf(one)}`}><Missed message={one} onChange={messages.reload} withLink /></article></li>)}</ul>
        </>
      )}
    </section>
  );
}

function CallCard({ patient, message, onChange }: { patient: Overview; message: Message | undefined; onChange: () => void }) {
  return (
    <article class={`alert-card ${patient.reasons[0]?.severity ?? ''}`}>
      <div class="row between">
        <a href={`/clinic/patients/${patient.id}`}><b>{patient.fullName}</b></a>
        {patient.phone
          ? <a class="button small" href={`tel:${patient.phone}`}>{t.today.phone}<span class="hidden-text"> {patient.fullName}</span> <span class="number">{patient.phone}</span></a>
          : <span class="muted small">{t.today.noPhone}</span>}
      </div>
      <Reasons of={patient.reasons} patient={patient.id} />
      {message && <Missed message={message} onChange={onChange} />}
    </article>
  );
}

/** Messages of missed doses that the list does not say already: the newest about each patient, of the days that the list looks at. */
function notSaid(messages: Message[], list: Overview[]): Message[] {
  const said = new Set(list.filter(({ reasons }) => reasons.some(({ kind }) => kind === 'LOW_ADHERENCE' || kind === 'FALLING_ADHERENCE')).map(({ id }) => id));
  const since = Date.now() - LOOK_BACK;
  return messages.filter((one) => {
    const key = one.patientId ?? one.id;
    if (!['MISSED_DOSE_ALERT', 'LOW_ADHERENCE'].includes(one.type) || said.has(key) || Date.parse(one.createdAt) < since) return false;
    said.add(key);
    return true;
  });
}

function graveOf({ urgency }: Message): string {
  return urgency === 'CRITICAL' ? 'CRITICAL' : urgency === 'WARNING' ? 'HIGH' : '';
}

function Missed({ message, onChange, withLink }: { message: Message; onChange: () => void; withLink?: boolean }) {
  const reading = useAction(async () => {
    await post('/notifications/{id}/read', { path: { id: message.id } });
    onChange();
  });
  return (
    <>
      <p>{say({ english: message.english.body, khmer: message.khmer.body })}</p>
      <div class="row between">
        <span class="muted small">{ago(message.createdAt)}</span>
        <div class="row">
          {withLink && message.patientId && <a class="button small" href={`/clinic/patients/${message.patientId}/adherence`}>{t.open}</a>}
          <button type="button" class="small" disabled={reading.isBusy} onClick={() => void reading.run()}>{t.today.seen}</button>
        </div>
      </div>
      {reading.problem && <Refusal problem={reading.problem} />}
    </>
  );
}
