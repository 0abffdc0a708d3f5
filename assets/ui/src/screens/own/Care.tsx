import { useSignal } from '@preact/signals';
import { get, newKey, post, Problem, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { go } from '../../core/router';
import { Badge, Dialog, Empty, Notice, Refusal, Shown, Skeleton, useAction } from '../../kit';
import { MedicationLine } from '../../clinical';
import { say, t, word } from '../../i18n';
import { ago, date } from '../../i18n/format';
import { d, o } from '../../i18n/own';
import { DoseLine, groups, seen, When, type Seen } from './doses';
import { Latest } from './Latest';
import { History } from './History';
import { Redeem } from './Redeem';

type Connection = Schemas['Connection'];
const nameOf = (of: Connection): string => of.other?.fullName ?? t.connections.nameless;
/** The server judges what is late by the patience of the patient, which is theirs; here only what it says counts. */
const NO_PATIENCE = 24 * 60;
const marksOf = (doses: Schemas['Dose'][]): Seen[] => seen(doses.filter((dose) => !dose.isPRN), [], Date.now(), NO_PATIENCE);

/** Everybody somebody cares for, with today as shapes. */
export function Cared() {
  const all = useLoad((signal) => get('/connections', { query: { limit: 100 }, signal }), [], ['connection.changed']);
  return (
    <div class="stack own">
      <h1>{o.care.title}</h1>
      <CareAlerts />
      <Shown of={all}>
        {({ items }) => {
          const list = items.filter((one) => one.status === 'ACCEPTED' || one.status === 'PENDING' || one.status === 'EXPIRED');
          return list.length === 0 ? <Empty><p><b>{o.care.none}</b></p><p>{o.care.noneText}</p></Empty> : <>{list.map((one) => <Card key={one.id} of={one} onChange={all.reload} />)}</>;
        }}
      </Shown>
      <Redeem onDone={all.reload} />
    </div>
  );
}

function Card({ of, onChange }: { of: Connection; onChange: () => void }) {
  const isOpen = of.status === 'ACCEPTED' && of.permissionLevel !== 'NOT_ALLOWED';
  return (
    <section class="card stack tight" aria-label={nameOf(of)}>
      <h2>{isOpen ? <a href={`/family/care/${of.patientId}`}>{nameOf(of)}</a> : nameOf(of)}</h2>
      {isOpen && <Shapes patient={of.patientId} />}
      {of.status === 'ACCEPTED' && !isOpen && <p>{o.care.paused}</p>}
      {of.status === 'EXPIRED' && <p>{o.care.expired}</p>}
      {of.status === 'PENDING' && (of.requestedBy === of.carerId ? <p>{o.care.waits}</p> : <Invited of={of} onChange={onChange} />)}
      {isOpen && <div><a class="button big" href={`/family/care/${of.patientId}`}>{o.care.detail}<span class="hidden-text"> {nameOf(of)}</span></a></div>}
    </section>
  );
}

function Invited({ of, onChange }: { of: Connection; onChange: () => void }) {
  const answering = useAction(async (what: 'accept' | 'decline') => {
    if (what === 'accept') await post('/connections/{id}/accept', { path: { id: of.id }, body: {}, key: newKey() });
    else await post('/connections/{id}/decline', { path: { id: of.id }, key: newKey() });
    onChange();
  });
  return (
    <>
      <p>{o.people.asks}</p>
      {answering.problem && <Refusal problem={answering.problem} />}
      <div class="row"><button type="button" class="primary" disabled={answering.isBusy} onClick={() => void answering.run('accept')}>{o.people.accept}</button><button type="button" disabled={answering.isBusy} onClick={() => void answering.run('decline')}>{o.people.decline}</button></div>
    </>
  );
}

/** The doses of a person's day in one row of shapes, with the same in words. */
function Shapes({ patient }: { patient: string }) {
  const today = useLoad((signal) => get('/doses/today', { query: { patientId: patient }, signal }), [patient], ['dose.updated', 'schedule.changed']);
  if (today.problem) return today.problem.status === 403 ? <p>{o.care.noAccess}</p> : <Refusal problem={today.problem} retry={today.reload} />;
  if (!today.value) return <Skeleton lines={1} />;
  const { counts } = today.value;
  if (counts.planned === 0) return <p>{o.care.nothing}</p>;
  return (
    <p class="row">
      <span class="number">{d(t.adherence.of(counts.taken, counts.planned))}</span>
      {counts.missed > 0 ? <Badge tone="danger">✕ {d(o.care.missed(counts.missed))}</Badge> : <Badge tone="success">✓ {o.care.good}</Badge>}
      {counts.due > 0 && <span class="muted">{d(o.care.due(counts.due))}</span>}
    </p>
  );
}

/** What the server told and nobody has seen yet: a missed dose, a dangerous value, a call for help. */
function CareAlerts() {
  const unread = useLoad((signal) => get('/notifications', { query: { unreadOnly: true, limit: 100 }, signal }), [], ['notification.created', 'notification.read']);
  const seeing = useAction(async (id: string) => { await post('/notifications/{id}/read', { path: { id } }); unread.reload(); });
  const grave = (unread.value?.items ?? []).filter((one) => one.patientId && one.urgency !== 'NORMAL');
  if (grave.length === 0) return null;
  return (
    <section class="stack tight" aria-labelledby="needs">
      <h2 id="needs">{o.care.alerts}</h2>
      {grave.map((one) => (
        <article key={one.id} class={`alert-card ${one.urgency === 'CRITICAL' ? 'CRITICAL' : 'HIGH'}`}>
          <b>{say({ english: one.english.title, khmer: one.khmer.title })}</b>
          <p>{say({ english: one.english.body, khmer: one.khmer.body })}</p>
          <p class="muted small">{d(ago(one.createdAt))}</p>
          <div class="row">
            <a class="button" href={`/family/care/${one.patientId}`}>{o.care.detail}</a>
            <button type="button" disabled={seeing.isBusy} onClick={() => void seeing.run(one.id)}>{o.care.seen}</button>
          </div>
        </article>
      ))}
      {seeing.problem && <Refusal problem={seeing.problem} />}
    </section>
  );
}

/** One person, as far as they allow it. */
export function CarePerson({ id }: { id: string }) {
  const link = useLoad(async (signal) => (await get('/connections', { query: { status: 'ACCEPTED', limit: 100 }, signal })).items.find((one) => one.patientId === id) ?? null, [id], ['connection.changed']);
  return (
    <div class="stack own">
      <Shown of={link}>{(of) => (of ? <Detail key={of.updatedAt} of={of} /> : <Empty><h1>{o.care.expired}</h1><p><a href="/family">{o.care.title}</a></p></Empty>)}</Shown>
    </div>
  );
}

function Detail({ of }: { of: Connection }) {
  const patient = of.patientId;
  const may = (scope: Schemas['Scope']): boolean => of.permissionLevel === 'ALLOWED' || of.permissionLevel === 'REQUEST' || (of.permissionLevel === 'SELECTED' && of.scopes.includes(scope));
  const card = useLoad(async (signal) => (may('PROFILE') ? ((await get('/users/{id}', { path: { id: patient }, signal })) as { phone?: string | null }) : undefined), [patient]);
  const leaving = useSignal(false);
  const ending = useAction(async () => { await post('/connections/{id}/revoke', { path: { id: of.id }, body: {}, key: newKey() }); go('/family'); });
  return (
    <>
      <h1>{nameOf(of)}</h1>
      {card.value?.phone && <a class="button big" href={`tel:${card.value.phone}`}>{o.care.call(nameOf(of))} <span class="number">{card.value.phone}</span></a>}
      {of.permissionLevel === 'NOT_ALLOWED' && <Notice tone="info">{o.care.paused}</Notice>}
      {may('DOSES') && <CareDay of={of} />}
      {may('PRESCRIPTIONS') && <CareMedicines patient={patient} />}
      {may('VITALS') && <CareValues patient={patient} />}
      {may('DOSES') && of.permissionLevel !== 'REQUEST' && <details class="card"><summary>{o.history.missed}</summary><History patient={patient} /></details>}
      <section class="card stack tight" aria-labelledby="may">
        <h2 id="may">{o.care.may}</h2>
        <p>{of.permissionLevel === 'ALLOWED' ? o.people.everything : of.permissionLevel === 'SELECTED' ? of.scopes.map((scope) => word(o.people.scope, scope)).join(', ') : word(t.level, of.permissionLevel)}{of.mayRecordDoses && ` · ${o.care.markFor}`}{of.expiresAt && ` · ${o.people.until} ${d(date(of.expiresAt))}`}</p>
        <div><button type="button" class="danger" onClick={() => { leaving.value = true; }}>{o.care.leave}</button></div>
      </section>
      {leaving.value && (
        <Dialog title={o.care.leave} onClose={() => { leaving.value = false; }}>
          <p>{o.care.leaveText(nameOf(of))}</p>
          {ending.problem && <Refusal problem={ending.problem} />}
          <div class="row"><button type="button" class="danger" disabled={ending.isBusy} onClick={() => void ending.run()}>{o.care.leave}</button><button type="button" onClick={() => { leaving.value = false; }}>{t.cancel}</button></div>
        </Dialog>
      )}
    </>
  );
}

/** A refusal that only the person themselves can lift is no error. */
function Refused({ problem, retry }: { problem: Problem; retry: () => void }) {
  return problem.status === 403 ? <Notice tone="info">{problem.message || o.care.noAccess}</Notice> : <Refusal problem={problem} retry={retry} />;
}

function CareDay({ of }: { of: Connection }) {
  const today = useLoad((signal) => get('/doses/today', { query: { patientId: of.patientId }, signal }), [of.patientId], ['dose.updated', 'schedule.changed']);
  const said = useSignal('');
  const marking = useAction(async (dose: string) => {
    const answer = await post('/doses/{id}/mark-taken', { path: { id: dose }, body: { sentAt: new Date().toISOString(), takenAt: new Date().toISOString() }, key: newKey() });
    said.value = [o.care.markedFor, ...answer.notices.map(({ text }) => say(text))].join(' ');
    today.reload();
  });
  const reminding = useAction(async (dose: string) => {
    await post('/connections/nudge', { body: { patientId: of.patientId, doseId: dose }, key: newKey() });
    said.value = o.care.reminded;
  });
  const problem = marking.problem ?? reminding.problem;
  return (
    <section class="card stack tight" aria-labelledby="day">
      <h2 id="day">{o.care.today}</h2>
      <div role="status">{said.value && <Notice tone="success">✓ {said.value}</Notice>}</div>
      {problem && <Refusal problem={problem} />}
      {today.value === undefined ? (today.problem ? <Refused problem={today.problem} retry={today.reload} /> : <Skeleton lines={4} />) : today.value.counts.planned === 0 ? <p>{o.care.nothing}</p> : groups(marksOf(today.value.doses)).map((group) => (
        <div key={group[0]!.at}>
          <h3><When dose={group[0]!.dose} /></h3>
          <ul class="list">
            {group.map((one) => (
              <DoseLine key={one.dose.id} of={one}>
                <>
                  {one.dose.sentAfterReconnection && <span class="muted small">{o.care.sentLater}</span>}
                  {one.isOpen && of.mayRecordDoses && <button type="button" class="small primary" disabled={marking.isBusy} onClick={() => void marking.run(one.dose.id)}>{o.care.markFor}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>}
                  {one.isOpen && one.at < Date.now() && <button type="button" class="small" disabled={reminding.isBusy} onClick={() => void reminding.run(one.dose.id)}>{o.care.remind}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>}
                </>
              </DoseLine>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function CareMedicines({ patient }: { patient: string }) {
  const all = useLoad((signal) => get('/prescriptions', { query: { patientId: patient, status: 'ACTIVE', limit: 100 }, signal }), [patient], ['prescription.changed']);
  return (
    <section class="card stack tight" aria-labelledby="uses">
      <h2 id="uses">{o.care.medicines}</h2>
      {all.value === undefined ? (all.problem ? <Refused problem={all.problem} retry={all.reload} /> : <Skeleton lines={3} />) : all.value.items.length === 0 ? <p>{o.care.nothing}</p> : <ul class="list">{all.value.items.flatMap((one) => one.medications).map((line) => <li key={line.id}><MedicationLine line={line} /></li>)}</ul>}
    </section>
  );
}

function CareValues({ patient }: { patient: string }) {
  const latest = useLoad((signal) => get('/health-monitoring/vitals/latest', { query: { patientId: patient }, signal }), [patient], ['vital.recorded']);
  return (
    <section class="card stack tight" aria-labelledby="values">
      <h2 id="values">{o.care.values}</h2>
      {latest.value === undefined ? (latest.problem ? <Refused problem={latest.problem} retry={latest.reload} /> : <Skeleton lines={3} />) : latest.value.items.length === 0 ? <p>{o.care.noValues}</p> : <ul class="list">{latest.value.items.map((one) => <Latest key={one.id} of={one} />)}</ul>}
    </section>
  );
}
