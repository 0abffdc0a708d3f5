// What stands beside a prescription that is written, and what is read before it is signed.
import { get, patch, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import type { Aim } from '../../clinical/drafts';
import { goesOn, sent, type Draft } from '../../clinical/lines';
import { DrugName, MedicationLine, VitalValue } from '../../clinical';
import { Badge, Dialog, Empty, Notice, Refusal, Shown, useAction } from '../../kit';
import { dayOf } from '../../kit/form';
import { say, t, word } from '../../i18n';
import { date } from '../../i18n/format';

/** What the patient uses already stays in view while something is added. */
export function Aside({ patient }: { patient: string }) {
  const active = useLoad((signal) => get('/prescriptions', { query: { patientId: patient, status: 'ACTIVE', limit: 50 }, signal }), [patient], ['prescription.changed']);
  const vitals = useLoad((signal) => get('/health-monitoring/vitals/latest', { query: { patientId: patient }, signal }), [patient], ['vital.recorded']);
  return (
    <div class="stack">
      <section class="card stack tight" aria-labelledby="uses">
        <h2 id="uses">{t.patient.active}</h2>
        <Shown of={active}>
          {({ items }) => items.length === 0 ? <Empty>{t.patient.noActive}</Empty> : (
            <ul class="list">{items.flatMap((one) => one.medications.map((line) => <li key={line.id}><MedicationLine line={line} /></li>))}</ul>
          )}
        </Shown>
      </section>
      <section class="card stack tight" aria-labelledby="values">
        <h2 id="values">{t.patient.latest}</h2>
        <Shown of={vitals} lines={3}>
          {({ items }) => items.length === 0 ? <Empty>{t.vitals.none}</Empty> : (
            <dl class="facts">{items.map((one) => [<dt key={`${one.id}-name`}>{word(t.vital, one.vitalType)}</dt>, <dd key={one.id}><b><VitalValue of={one} /></b></dd>])}</dl>
          )}
        </Shown>
      </section>
    </div>
  );
}

type Overrides = NonNullable<Schemas['PrescriptionRequest']['overrides']>;

/** What stands in a draft besides its lines. */
function about(draft: Draft) {
  return {
    diagnosis: draft.diagnosis.trim() || undefined, symptoms: draft.symptoms.trim() || undefined, clinicalNote: draft.note.trim() || undefined, followUpDate: dayOf(draft.followUp),
  };
}

/** Keeps it with the server, where nobody else sees it. */
export async function saveDraft(aim: Aim, draft: Draft, base: Schemas['Prescription'] | undefined, key: string): Promise<Schemas['Prescription']> {
  const medications = draft.lines.map(sent);
  if (aim.what === 'change' && base) return patch('/prescriptions/{id}', { path: { id: base.id }, body: { ...about(draft), medications }, revision: base.revision, key });
  const urgency = draft.isUrgent ? { isUrgent: true, urgentReason: draft.urgentReason.trim() } : {};
  return post('/prescriptions', { key, body: { patientId: aim.patient, isDraft: true, medications, ...about(draft), ...urgency } });
}

async function signed(aim: Aim, draft: Draft, base: Schemas['Prescription'] | undefined, overrides: Overrides, key: string): Promise<Schemas['Prescription']> {
  const medications = draft.lines.map(sent);
  if (aim.what !== 'change' || !base) {
    const urgency = draft.isUrgent ? { isUrgent: true, urgentReason: draft.urgentReason.trim() } : {};
    return post('/prescriptions', { key, body: { patientId: aim.patient, medications, overrides, ...about(draft), ...urgency } });
  }
  const change = { path: { id: base.id }, revision: base.revision, key };
  if (base.status === 'DRAFT') {
    const written = await patch('/prescriptions/{id}', { ...change, body: { ...about(draft), medications } });
    return post('/prescriptions/{id}/issue', { path: { id: written.id }, body: { overrides }, key: `${key}i` });
  }
  const body = { ...about(draft), medications, overrides };
  if (draft.isUrgent) return post('/prescriptions/{id}/urgent-update', { ...change, body: { ...body, reason: draft.urgentReason.trim() } });
  return patch('/prescriptions/{id}', { ...change, body: { ...body, reason: draft.reason.trim() || undefined } });
}

/** The whole prescription as the server understood it, before it is signed; of a change, what is new and what falls away. */
export function Review({ aim, base, draft, answer, idempotency, onClose, onSigned }: {
  aim: Aim; base?: Schemas['Prescription']; draft: Draft; answer: Schemas['PrescriptionPreview']; idempotency: string; onClose: () => void; onSigned: (made: Schemas['Prescription']) => void;
}) {
  const isChange = aim.what === 'change' && base !== undefined && base.status !== 'DRAFT';
  const gone = isChange ? base.medications.filter((line) => !draft.lines.some((one) => one.id === line.id)) : [];
  const signing = useAction(async () => {
    const overrides = answer.findings.flatMap((finding) => {
      const override = draft.overrides[finding.id];
      return finding.tier === 'STOP' && override?.reason ? [{ findingId: finding.id, reason: override.reason, note: override.note.trim() || undefined }] : [];
    });
    onSigned(await signed(aim, draft, base, overrides, idempotency));
  });
  const followUp = dayOf(draft.followUp);
  return (
    <Dialog title={t.prescribe.review} onClose={onClose}>
      <ol class="list">
        {answer.understood.map((one, place) => {
          const line = draft.lines[place];
          const mark = isChange ? (line?.mode === 'kept' ? t.prescribe.asBefore : line?.id ? t.prescribe.changed : t.prescribe.isNew) : undefined;
          return <li key={`${place}-${one.english}`}><p class="read-back">{say(line && goesOn(line) ? line.kept!.understood : one)}</p>{mark && <Badge tone={line?.mode === 'kept' ? undefined : 'warning'}>{mark}</Badge>}</li>;
        })}
        {gone.map((line) => <li key={line.id} class="row"><Badge tone="danger">{t.prescribe.gone}</Badge><DrugName name={line.medicineName} khmer={line.medicineNameKhmer} /></li>)}
      </ol>
      {draft.diagnosis && <p>{t.prescribe.diagnosis}: {draft.diagnosis}</p>}
      {followUp && <p>{t.prescription.followUp}: {date(followUp)}</p>}
      {draft.isUrgent && <Notice tone="warning">{t.prescription.urgent}: {draft.urgentReason}</Notice>}
      {answer.findings.filter((finding) => finding.tier !== 'NOTE').map((finding) => (
        <div key={finding.id} class={`finding ${finding.tier}`}>
          <p><b>{word(t.tier, finding.tier)}: {say(finding.effect)}</b></p>
          {draft.overrides[finding.id]?.reason && <p>{t.prescribe.reason}: {word(t.override, draft.overrides[finding.id]!.reason)} {draft.overrides[finding.id]!.note}</p>}
        </div>
      ))}
      {signing.problem && <Refusal problem={signing.problem} />}
      <form class="row" onSubmit={(event) => { event.preventDefault(); void signing.run(); }}>
        <button type="submit" class="primary" autofocus disabled={signing.isBusy}>{isChange ? t.prescribe.signChange : t.prescribe.sign}</button>
        <button type="button" onClick={onClose}>{t.prescribe.back}</button>
      </form>
    </Dialog>
  );
}
