import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Badge, Empty, Notice, ReasonDialog, Refusal, Shown, useAction } from '../../kit';
import { MedicationLine } from '../../clinical';
import { say, t, word } from '../../i18n';
import { date, today } from '../../i18n/format';
import { d, o } from '../../i18n/own';

type Prescription = Schemas['Prescription'];

/** What somebody uses, for what and how long; first what waits for their answer. */
export function Medicines() {
  const all = useLoad((signal) => get('/prescriptions', { query: { limit: 100 }, signal }), [], ['prescription.changed']);
  return (
    <div class="stack own">
      <h1>{o.medicines.title}</h1>
      <Shown of={all}>{({ items }) => <Lists items={items} onChange={all.reload} />}</Shown>
      <p><a class="button" href="/me/history">{o.medicines.history}</a></p>
    </div>
  );
}

function Lists({ items, onChange }: { items: Prescription[]; onChange: () => void }) {
  const waiting = items.filter((one) => one.status === 'PENDING_CONFIRMATION' || (one.pendingVersion && ['ACTIVE', 'PAUSED'].includes(one.status)));
  const current = items.filter((one) => ['ACTIVE', 'PAUSED', 'PENDING_REVISION'].includes(one.status));
  const past = items.filter((one) => ['COMPLETED', 'STOPPED', 'REJECTED'].includes(one.status));
  return (
    <>
      {waiting.map((one) => <Answer key={one.id} of={one} onChange={onChange} />)}
      {current.length === 0 && waiting.length === 0 && <Empty>{o.medicines.none}</Empty>}
      {current.map((one) => <Card key={one.id} of={one} />)}
      <details class="card">
        <summary>{o.medicines.past}</summary>
        {past.length === 0 ? <p class="muted">{o.medicines.noPast}</p> : (
          <ul class="list">{past.map((one) => <li key={one.id}><p class="muted small">{d(date(one.endedAt ?? one.updatedAt))} · {word(t.prescriptionStatus, one.status)}</p>{one.medications.map((line) => <MedicationLine key={line.id} line={line} />)}</li>)}</ul>
        )}
      </details>
    </>
  );
}

export function Card({ of }: { of: Prescription }) {
  return (
    <article class="card stack tight">
      {of.status === 'PAUSED' && <Notice tone="warning">{o.medicines.paused}</Notice>}
      {of.status === 'PENDING_REVISION' && <Notice tone="info">{o.medicines.back}</Notice>}
      {of.isUrgent && of.urgentReason && <Notice tone="warning">{o.medicines.urgent} {of.author.fullName}: {of.urgentReason}</Notice>}
      {of.diagnosis && <h2>{o.medicines.for}: {of.diagnosis}</h2>}
      <ul class="list">{of.medications.map((line) => <li key={line.id}><MedicationLine line={line} /><p class="row"><Length of={line} /></p></li>)}</ul>
      <p class="muted small">{o.medicines.by}: {of.author.fullName} · {d(date(of.confirmedAt ?? of.createdAt))}</p>
    </article>
  );
}

/** How long a medicine goes on. */
function Length({ of }: { of: Schemas['Medication'] }) {
  const day = today();
  if (of.startDate > day) return <Badge tone="info">{d(o.medicines.starts(date(of.startDate)))}</Badge>;
  if (of.isPRN) return <Badge>{o.medicines.asNeeded}</Badge>;
  if (!of.endDate) return <span class="muted small">{o.medicines.ongoing}</span>;
  const left = Math.round((Date.parse(of.endDate) - Date.parse(day)) / 86_400_000);
  if (left < 0) return <Badge>{o.medicines.ended}</Badge>;
  return <Badge tone={left <= 3 ? 'warning' : undefined}>{d(o.medicines.left(left))}</Badge>;
}

/** What a doctor wants, in sentences, and three answers. */
function Answer({ of, onChange }: { of: Prescription; onChange: () => void }) {
  const isNew = of.status === 'PENDING_CONFIRMATION';
  const path = { id: of.id };
  const key = useSignal(newKey());
  const asking = useSignal<'retake' | 'reject' | undefined>(undefined);
  const version = useLoad(async (signal) => (of.pendingVersion ? get('/prescriptions/{id}/versions/{number}', { path: { ...path, number: of.pendingVersion }, signal }) : undefined), [of.pendingVersion]);
  const agreeing = useAction(async () => { await post('/prescriptions/{id}/confirm', { path, key: key.value }); onChange(); });
  const lines = isNew ? of.medications : version.value?.medications ?? [];
  return (
    <section class="card stack waiting" aria-label={o.medicines.waiting}>
      <h2>{o.medicines.waiting}</h2>
      <p>{isNew ? o.medicines.newText(of.author.fullName) : o.medicines.changeText(version.value?.author.fullName ?? of.author.fullName)}</p>
      {version.problem && <Refusal problem={version.problem} retry={version.reload} />}
      {!isNew && version.value && <ul class="changes">{version.value.changes.map((change) => <li key={change.english}>{say(change)}</li>)}</ul>}
      <ul class="list">{lines.map((line) => <li key={line.id}><MedicationLine line={line} /></li>)}</ul>
      {agreeing.problem && <Refusal problem={agreeing.problem} />}
      <button type="button" class="primary big" disabled={agreeing.isBusy || (!isNew && !version.value)} onClick={() => void agreeing.run()}>{o.medicines.yes}</button>
      <div class="row">
        <button type="button" onClick={() => { asking.value = 'retake'; }}>{o.medicines.ask}</button>
        <button type="button" class="danger" onClick={() => { asking.value = 'reject'; }}>{o.medicines.no}</button>
      </div>
      {asking.value && (
        <ReasonDialog title={asking.value === 'retake' ? o.medicines.ask : o.medicines.no} text={asking.value === 'retake' ? o.medicines.askText : o.medicines.noText} label={asking.value === 'retake' ? o.medicines.askLabel : t.reason}
          action={asking.value === 'retake' ? o.medicines.ask : o.medicines.no} danger={asking.value === 'reject'} onClose={() => { asking.value = undefined; }}
          onDone={async (reason) => {
            await (asking.value === 'retake' ? post('/prescriptions/{id}/retake', { path, body: { reason }, key: newKey() }) : post('/prescriptions/{id}/reject', { path, body: { reason }, key: newKey() }));
            asking.value = undefined;
            onChange();
          }} />
      )}
    </section>
  );
}
