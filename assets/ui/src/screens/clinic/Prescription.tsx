import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { me } from '../../core/session';
import { MedicationLine, StatusBadge } from '../../clinical';
import { Badge, Dialog, Empty, Notice, ReasonDialog, Refusal, Shown, useAction } from '../../kit';
import { say, t, word } from '../../i18n';
import { date, dateTime } from '../../i18n/format';
import { Paper } from './Paper';
import { Banner, nameOf, useChart } from './Patient';
import { Finding } from './PrescribeLine';

/** One prescription: what holds now, how it came to be, and what its author may do with it. */
export function PrescriptionPage({ id }: { id: string }) {
  const one = useLoad((signal) => get('/prescriptions/{id}', { path: { id }, signal }), [id], ['prescription.changed']);
  return <Shown of={one}>{(value) => <Whole value={value} onChange={one.reload} />}</Shown>;
}

function Whole({ value, onChange }: { value: Schemas['Prescription']; onChange: () => void }) {
  const chart = useChart(value.patientId);
  const versions = useLoad((signal) => get('/prescriptions/{id}/versions', { path: { id: value.id }, query: { limit: 50 }, signal }), [value.id, value.revision], ['prescription.changed']);
  const isRunning = ['ACTIVE', 'PAUSED', 'PENDING_CONFIRMATION', 'PENDING_REVISION'].includes(value.status);
  return (
    <div class="stack">
      {value.status === 'ACTIVE' && <Paper value={value} name={nameOf(chart.person.value)} record={chart.record.value} />}
      <Banner id={value.patientId} chart={chart}><a class="button" href={`/clinic/patients/${value.patientId}`}>{t.prescription.toPatient}</a></Banner>
      <div class="row between">
        <h2 class="row">{value.diagnosis ?? t.prescription.title} <StatusBadge status={value.status} />{value.isUrgent && <Badge tone="danger">{t.prescription.urgent}</Badge>}</h2>
        <Actions value={value} onChange={onChange} />
      </div>
      {value.status === 'PENDING_CONFIRMATION' && <Notice tone="info">{t.prescription.waits}</Notice>}
      {value.pendingVersion && <Notice tone="info">{t.prescription.versionWaits(value.pendingVersion)}</Notice>}
      {value.reason && <Notice tone="warning">{t.reason}: {value.reason}</Notice>}
      <div class="split">
        <section class="card stack tight" aria-labelledby="lines">
          <h2 id="lines">{t.prescription.medicines}</h2>
          <ul class="list">{value.medications.map((line) => <li key={line.id}><MedicationLine line={line} /></li>)}</ul>
          {value.overrides.length > 0 && (
            <>
              <h3>{t.prescription.overrides}</h3>
              <ul class="list">
                {value.overrides.map((one) => (
                  <li key={one.findingId}>
                    {one.effect && <p>{say(one.effect)}</p>}
                    <p class="muted">{word(t.override, one.reason)}{one.note && `: ${one.note}`}</p>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
        <section class="card stack tight" aria-labelledby="about">
          <h2 id="about">{t.prescription.about}</h2>
          <dl class="facts">
            <dt>{t.prescription.by}</dt><dd>{value.author.fullName}</dd>
            <dt>{t.prescription.made}</dt><dd>{dateTime(value.createdAt)}</dd>
            <dt>{t.prescription.version}</dt><dd class="number">{value.version}</dd>
            {value.followUpDate && [<dt key="t">{t.prescription.followUp}</dt>, <dd key="d">{date(value.followUpDate)}</dd>]}
            {value.symptoms && [<dt key="t">{t.prescription.symptoms}</dt>, <dd key="d">{value.symptoms}</dd>]}
            {value.clinicalNote && [<dt key="t">{t.prescription.note}</dt>, <dd key="d">{value.clinicalNote}</dd>]}
            {value.urgentReason && [<dt key="t">{t.prescription.urgentReason}</dt>, <dd key="d">{value.urgentReason}</dd>]}
          </dl>
        </section>
      </div>
      {isRunning && <Safety id={value.id} />}
      <section class="card stack tight" aria-labelledby="versions">
        <h2 id="versions">{t.prescription.versions}</h2>
        <Shown of={versions} lines={4}>
          {({ items }) => items.length === 0 ? <Empty>–</Empty> : (
            <ol class="list">
              {items.map((version) => (
                <li key={version.id} class="stack tight">
                  <div class="row"><b>{t.prescription.versionNumber(version.number)}</b><Badge>{word(t.versionState, version.state)}</Badge><span class="muted small">{version.author.fullName}, {dateTime(version.createdAt)}</span></div>
                  {version.reason && <p>{t.reason}: {version.reason}</p>}
                  {version.number !== value.version && (
                    <details><summary>{t.prescription.content}<span class="hidden-text"> {t.prescription.versionNumber(version.number)}</span></summary><ul class="list">{version.medications.map((line) => <li key={line.id}><MedicationLine line={line} /></li>)}</ul></details>
                  )}
                  {version.changes.length > 0 ? <ul>{version.changes.map((change) => <li key={change.english}>• {say(change)}</li>)}</ul> : <p class="muted">{t.prescription.first}</p>}
                </li>
              ))}
            </ol>
          )}
        </Shown>
      </section>
    </div>
  );
}

/** What is said against it today: an allergy or another medicine may have come since it was signed. */
function Safety({ id }: { id: string }) {
  const found = useSignal<Schemas['SafetyCheck'] | undefined>(undefined);
  const checking = useAction(async () => { found.value = await get('/prescriptions/{id}/safety', { path: { id } }); });
  const told = found.value;
  return (
    <section class="card stack tight" aria-label={t.prescription.check}>
      <div class="row between">
        <h2>{told ? t.prescription.checked : t.prescription.check}</h2>
        <button type="button" class="small" disabled={checking.isBusy} onClick={() => void checking.run()}>{told ? t.health.again : t.prescription.check}</button>
      </div>
      {checking.problem && <Refusal problem={checking.problem} />}
      {told && told.findings.length === 0 && <Notice tone="success" live>{t.prescription.nothingFound}</Notice>}
      {told?.findings.map((finding) => <Finding key={finding.id} finding={finding} />)}
      {told && told.notChecked.length > 0 && (
        <details open={told.findings.length === 0}>
          <summary>{t.prescribe.notChecked(told.notChecked.length)}</summary>
          <ul>{told.notChecked.map((one) => <li key={one.what + one.fields.join()}>• {say(one.why)}</li>)}</ul>
        </details>
      )}
    </section>
  );
}

type Doing = 'change' | 'stop' | 'pause' | 'resume' | 'discard';

/** Only what the state allows, and only for whoever wrote it. */
function allowed(value: Schemas['Prescription']): Doing[] {
  if (value.author.id !== me.value?.id) return [];
  switch (value.status) {
    case 'DRAFT': case 'PENDING_CONFIRMATION': return ['change', 'discard'];
    case 'ACTIVE': return ['change', 'pause', 'stop'];
    case 'PAUSED': return ['change', 'resume', 'stop'];
    case 'PENDING_REVISION': return ['change'];
    default: return [];
  }
}

function Actions({ value, onChange }: { value: Schemas['Prescription']; onChange: () => void }) {
  const asking = useSignal<'stop' | 'pause' | 'discard' | undefined>(undefined);
  const path = { id: value.id };
  const resuming = useAction(async () => { await post('/prescriptions/{id}/resume', { path, key: newKey() }); onChange(); });
  const done = (): void => { asking.value = undefined; onChange(); };
  const discarding = useAction(async () => { await post('/prescriptions/{id}/discard', { path, key: newKey() }); done(); });
  return (
    <div class="row">
      {allowed(value).map((one) => (one === 'change'
        ? <a key={one} class="button primary" href={`/clinic/patients/${value.patientId}/prescribe?change=${value.id}`}>{value.status === 'DRAFT' ? t.prescription.goOn : t.prescription.change}</a>
        : (
          <button key={one} type="button" class={one === 'stop' || one === 'discard' ? 'danger' : ''} disabled={resuming.isBusy}
            onClick={() => { if (one === 'resume') void resuming.run(); else asking.value = one; }}>{t.prescription[one]}</button>
        )))}
      {value.status === 'ACTIVE' && <button type="button" onClick={() => print()}>{t.prescription.print}</button>}
      {mayRepeat(value) && <a class="button" href={`/clinic/patients/${value.patientId}/prescribe?repeat=${value.id}`}>{t.prescription.repeat}</a>}
      {resuming.problem && <Refusal problem={resuming.problem} />}
      {(asking.value === 'stop' || asking.value === 'pause') && (
        <ReasonDialog title={t.prescription[asking.value]} text={asking.value === 'stop' ? t.prescription.stopText : t.prescription.pauseText} label={t.reason} action={t.prescription[asking.value]}
          danger={asking.value === 'stop'} onClose={() => { asking.value = undefined; }}
          onDone={async (reason) => {
            if (asking.value === 'stop') await post('/prescriptions/{id}/stop', { path, body: { reason }, key: newKey() });
            else await post('/prescriptions/{id}/pause', { path, body: { reason }, key: newKey() });
            done();
          }} />
      )}
      {asking.value === 'discard' && (
        <Dialog title={t.prescription.discard} onClose={() => { asking.value = undefined; }}>
          <p>{value.status === 'DRAFT' ? t.prescription.discardText : t.prescription.takeBackText}</p>
          {discarding.problem && <Refusal problem={discarding.problem} />}
          <div class="row">
            <button type="button" class="danger" disabled={discarding.isBusy} onClick={() => void discarding.run()}>{t.prescription.discard}</button>
            <button type="button" onClick={() => { asking.value = undefined; }}>{t.cancel}</button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** Whatever was written for this patient from the catalogue can be written again. */
export function mayRepeat(value: Schemas['Prescription']): boolean {
  return value.status !== 'DRAFT' && value.medications.length > 0 && value.medications.every((line) => line.medicineId);
}
