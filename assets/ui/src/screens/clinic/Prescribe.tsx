import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, newKey, post, Problem, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { go } from '../../core/router';
import { me } from '../../core/session';
import { emptyDraft, faults, lineOf, newLine, sent, type Draft, type Line } from '../../clinical/lines';
import { MedicineSearch } from '../../clinical/MedicineSearch';
import { MedicationLine, VitalValue } from '../../clinical';
import { Area, Dialog, Empty, ErrorSummary, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { say, t, word } from '../../i18n';
import { Banner, useChart } from './Patient';
import { NoAccess } from './NoAccess';
import { Finding, PrescribeLine } from './PrescribeLine';

/** Drafts lie in this tab only, and are gone with it; signing out empties them. */
const placeOf = (patient: string): string => `draft:${me.value?.id}:${patient}`;

function kept(patient: string): Draft {
  try {
    const text = sessionStorage.getItem(placeOf(patient));
    return text ? { ...emptyDraft(), ...(JSON.parse(text) as Draft) } : emptyDraft();
  } catch {
    return emptyDraft();
  }
}

/** What the server said of some lines. */
interface Said<T> {
  /** The keys of the lines that were sent, in their order, and what was sent of each. */
  keys: string[];
  texts: string[];
  what: T;
}

/** What the server said. Lines that it refused are left out of a second question, so that the others are checked all the same. */
interface Checked {
  of: string;
  answer?: Said<Schemas['PrescriptionPreview']>;
  problem?: Said<Problem>;
}

const textOf = (line: Line): string => JSON.stringify(sent(line));
const said = <T,>(lines: Line[], what: T): Said<T> => ({ keys: lines.map((line) => line.key), texts: lines.map(textOf), what });

/** Of which line of the draft a field speaks, as long as the line is as it was sent. */
function keyOf(from: Said<unknown> | undefined, field: string): string | undefined {
  const place = lineOf(field);
  return place === undefined ? undefined : from?.keys[place];
}

const requestOf = (lines: Line[]): string => JSON.stringify(lines.map(sent));

export function Prescribe({ patient }: { patient: string }) {
  const chart = useChart(patient);
  const draft = useSignal<Draft>(kept(patient));
  const checked = useSignal<Checked | undefined>(undefined);
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const reviewing = useSignal(false);
  const isStrict = useSignal(false);
  const wishes = useSignal(false);
  const removed = useSignal<{ line: Line; place: number } | undefined>(undefined);
  const key = useSignal(newKey());
  const { lines } = draft.value;
  const ready = lines.filter((line) => faults(line).length === 0);
  const wanted = requestOf(ready);
  const isChecked = checked.value?.of === wanted;

  const change = (next: Draft): void => {
    draft.value = next;
    key.value = newKey();
    sessionStorage.setItem(placeOf(patient), JSON.stringify(next));
  };
  const preview = (of: Line[], signal: AbortSignal): Promise<Schemas['PrescriptionPreview']> =>
    post('/prescriptions/preview', { body: { patientId: patient, medications: of.map(sent) }, signal });
  const check = async (signal: AbortSignal): Promise<void> => {
    try {
      checked.value = { of: wanted, answer: said(ready, await preview(ready, signal)) };
    } catch (error) {
      if (!(error instanceof Problem)) return;
      const problem = said(ready, error);
      const refused = error.fields.map((field) => keyOf(problem, field.field));
      const others = ready.filter((line) => !refused.includes(line.key));
      const answer = refused.length > 0 && others.length > 0 ? await preview(others, signal).catch(() => undefined) : undefined;
      if (!signal.aborted) checked.value = { of: wanted, problem, answer: answer && said(others, answer) };
    }
  };
  // After the frame has led the reader to the page.
  useEffect(() => { setTimeout(() => document.getElementById('entry')?.focus()); }, []);
  useEffect(() => {
    if (ready.length === 0) return undefined;
    const controller = new AbortController();
    const waiting = setTimeout(() => void check(controller.signal), 350);
    return () => { clearTimeout(waiting); controller.abort(); };
  }, [wanted]);

  // What was said of a line that is as it was stays in view while the whole is checked anew.
  const answer = checked.value?.answer;
  const problem = isChecked ? checked.value?.problem : undefined;
  const placeIn = (line: Line): number => {
    const place = answer?.keys.indexOf(line.key) ?? -1;
    return place >= 0 && faults(line).length === 0 && answer?.texts[place] === textOf(line) ? place : -1;
  };
  const findings = answer?.what.findings ?? [];
  const hasReason = (finding: Schemas['SafetyFinding']): boolean => {
    const override = draft.value.overrides[finding.id];
    return Boolean(override?.reason) && (override!.reason !== 'OTHER' || override!.note.trim().length >= 3);
  };

  /** Everything that stands between the draft and its signing. */
  const missing = (): { id: string; text: string }[] => {
    const found: { id: string; text: string }[] = [];
    if (lines.length === 0) found.push({ id: 'entry', text: t.prescribe.noLines });
    for (const line of lines) {
      for (const fault of faults(line)) found.push({ id: `line-${line.key}-${fault.field}`, text: `${line.medicine.displayName}: ${fault.typed.is === 'empty' ? (fault.field === 'words' ? t.prescribe.wordsMissing : t.prescribe.slotsMissing) : t.errors.number.form}` });
    }
    for (const field of problem?.what.fields ?? []) {
      const line = lines.find((one) => one.key === keyOf(problem, field.field));
      found.push({ id: line ? `line-${line.key}-${line.mode === 'words' ? 'words' : 'morning'}` : 'entry', text: `${line ? `${line.medicine.displayName}: ` : ''}${refusalOf(field)}` });
    }
    for (const finding of findings.filter((one) => one.tier === 'STOP' && !hasReason(one))) {
      found.push({ id: `finding-${finding.id.replace(/[^a-zA-Z0-9]/g, '-')}`, text: `${t.prescribe.needsReason}: ${say(finding.effect)}` });
    }
    if (draft.value.isUrgent && !draft.value.urgentReason.trim()) found.push({ id: 'urgent-reason', text: t.prescribe.urgentMissing });
    return found;
  };
  const review = useAction(async () => {
    isStrict.value = true;
    errors.value = missing();
    if (errors.value.length > 0) return;
    if (isChecked && !problem) reviewing.value = true;
    else wishes.value = true;
  });

  // Who wished to review before everything was checked gets it when it is.
  useEffect(() => {
    if (!wishes.value || !isChecked) return;
    wishes.value = false;
    void review.run();
  }, [isChecked, wishes.value]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Enter' && event.ctrlKey && !reviewing.value) { event.preventDefault(); void review.run(); }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  const add = (medicine: Parameters<typeof newLine>[1], directions: string): void => {
    const line = newLine(newKey().slice(0, 8), medicine, directions);
    change({ ...draft.value, lines: [...draft.value.lines, line] });
    setTimeout(() => document.getElementById(directions ? 'entry' : `line-${line.key}-words`)?.focus());
  };
  const remove = (place: number): void => {
    removed.value = { line: lines[place]!, place };
    change({ ...draft.value, lines: lines.filter((_, index) => index !== place) });
    document.getElementById('entry')?.focus();
  };
  const undo = (): void => {
    if (!removed.value) return;
    const next = [...draft.value.lines];
    next.splice(removed.value.place, 0, removed.value.line);
    removed.value = undefined;
    change({ ...draft.value, lines: next });
  };

  if (chart.person.problem && !chart.person.problem.isPassing) return <NoAccess id={patient} problem={chart.person.problem} onOpen={() => { chart.person.reload(); chart.record.reload(); }} />;
  return (
    <div class="stack">
      <Banner id={patient} chart={chart}><a class="button" href={`/clinic/patients/${patient}`}>{t.prescription.toPatient}</a></Banner>
      <div class="split">
        <div class="stack">
          <h2>{t.prescribe.title}</h2>
          <ErrorSummary errors={errors.value} />
          <MedicineSearch onPick={add} />
          {lines.length === 0 ? <Empty>{t.prescribe.empty}</Empty> : (
            <ol class="stack">
              {lines.map((line, place) => {
                const at = placeIn(line);
                const ofLine = <T extends { field: string }>(all: T[]): T[] => (at < 0 ? [] : all.filter((one) => lineOf(one.field) === at));
                return (
                  <PrescribeLine key={line.key} line={line} place={place} isStrict={isStrict.value}
                    understood={at >= 0 ? answer?.what.understood[at] : undefined}
                    refused={(problem?.what.fields ?? []).filter((field) => keyOf(problem, field.field) === line.key).map(refusalOf)}
                    notices={ofLine(answer?.what.notices ?? [])} findings={ofLine(findings)} overrides={draft.value.overrides}
                    onChange={(next) => change({ ...draft.value, lines: lines.map((one) => (one.key === line.key ? next : one)) })}
                    onOverride={(id, reason, note) => change({ ...draft.value, overrides: { ...draft.value.overrides, [id]: { reason, note } } })}
                    onRemove={() => remove(place)} onDone={() => document.getElementById('entry')?.focus()} />
                );
              })}
            </ol>
          )}
          {findings.filter((finding) => lineOf(finding.field) === undefined).map((finding) => (
            <Finding key={finding.id} finding={finding} override={draft.value.overrides[finding.id]}
              onOverride={(id, reason, note) => change({ ...draft.value, overrides: { ...draft.value.overrides, [id]: { reason, note } } })} />
          ))}
          {problem && problem.what.fields.length === 0 && <Refusal problem={problem.what} retry={() => { checked.value = undefined; void check(new AbortController().signal); }} />}
          {(answer?.what.notChecked ?? []).length > 0 && (
            <details>
              <summary>{t.prescribe.notChecked(answer!.what.notChecked.length)}</summary>
              <ul>{answer!.what.notChecked.map((one) => <li key={one.what + one.fields.join()}>• {say(one.why)}</li>)}</ul>
            </details>
          )}
          <div class="card stack">
            <Text label={t.prescribe.diagnosis} most={300} value={draft.value.diagnosis} onText={(diagnosis) => change({ ...draft.value, diagnosis })} />
            <Area label={t.prescribe.note} most={1000} value={draft.value.note} onText={(note) => change({ ...draft.value, note })} />
            <div>
              <label class="check"><input type="checkbox" checked={draft.value.isUrgent} onChange={(event) => change({ ...draft.value, isUrgent: event.currentTarget.checked })} />{t.prescribe.urgent}</label>
              {draft.value.isUrgent && <Text id="urgent-reason" label={t.prescription.urgentReason} most={500} value={draft.value.urgentReason} onText={(urgentReason) => change({ ...draft.value, urgentReason })} />}
            </div>
          </div>
          <div class="sign-bar row between">
            <span class="muted small" role="status">{ready.length > 0 && !isChecked ? t.prescribe.checking : t.prescribe.keys}</span>
            <button type="button" class="primary" disabled={review.isBusy} onClick={() => void review.run()}>{t.prescribe.review}</button>
          </div>
        </div>
        <Aside patient={patient} />
      </div>
      {removed.value && (
        <div class="toast notice info" role="status">
          <span>{t.prescribe.removed(removed.value.line.medicine.displayName)}</span>
          <button type="button" class="small" onClick={undo}>{t.prescribe.undo}</button>
        </div>
      )}
      {reviewing.value && isChecked && answer && (
        <Review patient={patient} draft={draft.value} answer={answer.what} idempotency={key.value} onClose={() => { reviewing.value = false; }}
          onSigned={(made) => { sessionStorage.removeItem(placeOf(patient)); go(`/clinic/prescriptions/${made.id}`, true); }} />
      )}
    </div>
  );
}

/** A refusal in words that say what is missing: an amount may stand in the directions. */
function refusalOf(field: { field: string; message: string }): string {
  return /\.(doseAmount|doseUnit|dosage)$/.test(field.field) ? `${t.prescribe.amountMissing} ${field.message}` : field.message;
}

/** What the patient uses already stays in view while something is added. */
function Aside({ patient }: { patient: string }) {
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

/** The whole prescription as the server understood it, before it is signed. */
function Review({ patient, draft, answer, idempotency, onClose, onSigned }: {
  patient: string; draft: Draft; answer: Schemas['PrescriptionPreview']; idempotency: string; onClose: () => void; onSigned: (made: Schemas['Prescription']) => void;
}) {
  const signing = useAction(async () => {
    const overrides = answer.findings.flatMap((finding) => {
      const override = draft.overrides[finding.id];
      return finding.tier === 'STOP' && override?.reason ? [{ findingId: finding.id, reason: override.reason, note: override.note.trim() || undefined }] : [];
    });
    const made = await post('/prescriptions', {
      key: idempotency,
      body: {
        patientId: patient, medications: draft.lines.map(sent), overrides,
        diagnosis: draft.diagnosis.trim() || undefined, clinicalNote: draft.note.trim() || undefined,
        isUrgent: draft.isUrgent || undefined, urgentReason: draft.isUrgent ? draft.urgentReason.trim() : undefined,
      },
    });
    onSigned(made);
  });
  return (
    <Dialog title={t.prescribe.review} onClose={onClose}>
      <ol class="list">
        {answer.understood.map((one) => (
          <li key={one.english}><p class="read-back">{say(one)}</p></li>
        ))}
      </ol>
      {draft.diagnosis && <p>{t.prescribe.diagnosis}: {draft.diagnosis}</p>}
      {draft.isUrgent && <Notice tone="warning">{t.prescription.urgent}: {draft.urgentReason}</Notice>}
      {answer.findings.filter((finding) => finding.tier !== 'NOTE').map((finding) => (
        <div key={finding.id} class={`finding ${finding.tier}`}>
          <p><b>{word(t.tier, finding.tier)}: {say(finding.effect)}</b></p>
          {draft.overrides[finding.id]?.reason && <p>{t.prescribe.reason}: {word(t.override, draft.overrides[finding.id]!.reason)} {draft.overrides[finding.id]!.note}</p>}
        </div>
      ))}
      {signing.problem && <Refusal problem={signing.problem} />}
      <form class="row" onSubmit={(event) => { event.preventDefault(); void signing.run(); }}>
        <button type="submit" class="primary" autofocus disabled={signing.isBusy}>{t.prescribe.sign}</button>
        <button type="button" onClick={onClose}>{t.prescribe.back}</button>
      </form>
    </Dialog>
  );
}
