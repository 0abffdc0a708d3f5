import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, newKey, post, Problem, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { go, query } from '../../core/router';
import { emptyDraft, faults, goesOn, keptLine, lineOf, newLine, sent, type Draft, type Line } from '../../clinical/lines';
import { forget, keep, kept, type Aim } from '../../clinical/drafts';
import { MedicineSearch } from '../../clinical/MedicineSearch';
import { Area, Empty, ErrorSummary, Refusal, Shown, Text, useAction } from '../../kit';
import { DayFields, dayFault } from '../../kit/form';
import { say, t } from '../../i18n';
import { dayTyped } from '../../i18n/format';
import { Banner, useChart, type Chart } from './Patient';
import { NoAccess } from './NoAccess';
import { Finding, missingText, PrescribeLine } from './PrescribeLine';
import { Aside, Review, saveDraft } from './PrescribeReview';

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

/** A new prescription, one that is written again from an older one, or a change of one. */
export function Prescribe({ patient }: { patient: string }) {
  const chart = useChart(patient);
  const [repeat, changes] = [query('repeat'), query('change')];
  const aim: Aim = changes ? { patient, what: 'change', of: changes } : repeat ? { patient, what: 'repeat', of: repeat } : { patient };
  if (chart.person.problem && !chart.person.problem.isPassing) return <NoAccess id={patient} problem={chart.person.problem} onOpen={() => { chart.person.reload(); chart.record.reload(); }} />;
  return aim.of ? <WithBase chart={chart} aim={aim} of={aim.of} /> : <Writing chart={chart} aim={aim} />;
}

function WithBase({ chart, aim, of }: { chart: Chart; aim: Aim; of: string }) {
  const base = useLoad((signal) => get('/prescriptions/{id}', { path: { id: of }, signal }), [of]);
  return <Shown of={base}>{(value) => <Writing key={`${value.id}-${value.revision}`} chart={chart} aim={aim} base={value} />}</Shown>;
}

/** What is written to begin with: what was left here before, or the lines of the prescription that it comes from. */
function begun(aim: Aim, base: Schemas['Prescription'] | undefined): Draft {
  const before = kept(aim, base?.revision);
  if (before || !base) return before ?? emptyDraft();
  const isChange = aim.what === 'change';
  const lines = base.medications.filter((line) => line.medicineId).map((line) => keptLine(newKey().slice(0, 8), line, isChange));
  const about = isChange ? { symptoms: base.symptoms ?? '', note: base.clinicalNote ?? '', followUp: dayTyped(base.followUpDate) } : {};
  return { ...emptyDraft(), lines, diagnosis: base.diagnosis ?? '', ...about };
}

function Writing({ chart, aim, base }: { chart: Chart; aim: Aim; base?: Schemas['Prescription'] }) {
  const { patient } = aim;
  const isChange = aim.what === 'change';
  const draft = useSignal<Draft>(begun(aim, base));
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
    keep(aim, next, base?.revision);
  };
  const preview = (of: Line[], signal: AbortSignal): Promise<Schemas['PrescriptionPreview']> =>
    post('/prescriptions/preview', { query: { changes: isChange ? aim.of : undefined }, body: { patientId: patient, medications: of.map(sent) }, signal });
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
      for (const fault of faults(line)) found.push({ id: `line-${line.key}-${fault.field}`, text: `${line.medicine.displayName}: ${fault.typed.is === 'empty' ? missingText(fault.field) : t.errors.number.form}` });
    }
    for (const field of problem?.what.fields ?? []) {
      const line = lines.find((one) => one.key === keyOf(problem, field.field));
      found.push({ id: line ? `line-${line.key}-${line.mode === 'grid' ? 'morning' : line.mode === 'words' ? 'words' : line.kept?.needsDays ? 'days' : 'mode'}` : 'entry', text: `${line ? `${line.medicine.displayName}: ` : ''}${refusalOf(field)}` });
    }
    for (const finding of findings.filter((one) => one.tier === 'STOP' && !hasReason(one))) {
      found.push({ id: `finding-${finding.id.replace(/[^a-zA-Z0-9]/g, '-')}`, text: `${t.prescribe.needsReason}: ${say(finding.effect)}` });
    }
    found.push(...dayFault('follow-up', draft.value.followUp).map(({ id, text }) => ({ id, text: `${t.prescription.followUp}: ${text}` })));
    for (const [id, before, now, name] of emptied(base, draft.value)) {
      if (isChange && before && !now) found.push({ id, text: `${name}: ${t.prescribe.cannotEmpty}` });
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

  const saving = useAction(async () => {
    isStrict.value = true;
    errors.value = missing().filter(({ id }) => !id.startsWith('finding-'));
    if (errors.value.length > 0) return;
    const made = await saveDraft(aim, draft.value, base, key.value);
    forget(aim);
    go(`/clinic/prescriptions/${made.id}`, true);
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

  return (
    <div class="stack">
      <Banner id={patient} chart={chart}><a class="button" href={`/clinic/patients/${patient}`}>{t.prescription.toPatient}</a></Banner>
      <div class="split">
        <div class="stack">
          <h2>{base ? (isChange ? t.prescribe.changing : t.prescribe.repeating)(base.diagnosis ?? t.prescription.title) : t.prescribe.title}</h2>
          <ErrorSummary errors={errors.value} />
          <MedicineSearch onPick={add} />
          {lines.length === 0 ? <Empty>{t.prescribe.empty}</Empty> : (
            <ol class="stack">
              {lines.map((line, place) => {
                const at = placeIn(line);
                const ofLine = <T extends { field: string }>(all: T[]): T[] => (at < 0 ? [] : all.filter((one) => lineOf(one.field) === at));
                return (
                  <PrescribeLine key={line.key} line={line} place={place} isStrict={isStrict.value}
                    understood={at >= 0 && !goesOn(line) ? answer?.what.understood[at] : undefined}
                    refused={(problem?.what.fields ?? []).filter((field) => keyOf(problem, field.field) === line.key).map(refusalOf)}
                    notices={goesOn(line) ? [] : ofLine(answer?.what.notices ?? [])} findings={ofLine(findings)} overrides={draft.value.overrides}
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
            <details open={answer!.what.notChecked.length <= 3}>
              <summary>{t.prescribe.notChecked(answer!.what.notChecked.length)}</summary>
              <ul>{answer!.what.notChecked.map((one) => <li key={one.what + one.fields.join()}>• {say(one.why)}</li>)}</ul>
            </details>
          )}
          <div class="card stack">
            <Text id="diagnosis" label={t.prescribe.diagnosis} most={500} value={draft.value.diagnosis} onText={(diagnosis) => change({ ...draft.value, diagnosis })} />
            <Text id="symptoms" label={t.prescription.symptoms} most={1000} value={draft.value.symptoms} onText={(symptoms) => change({ ...draft.value, symptoms })} />
            <Area id="note" label={t.prescribe.note} most={1000} value={draft.value.note} onText={(note) => change({ ...draft.value, note })} />
            <DayFields id="follow-up" label={t.prescription.followUp} hint={t.record.mayBeEmpty} value={draft.value.followUp} error={isStrict.value ? dayFault('follow-up', draft.value.followUp)[0]?.text : undefined} onDay={(followUp) => change({ ...draft.value, followUp })} />
            {isChange && base?.status !== 'DRAFT' && !draft.value.isUrgent && <Text label={t.prescribe.changeReason} hint={t.record.mayBeEmpty} most={500} value={draft.value.reason} onText={(reason) => change({ ...draft.value, reason })} />}
            {base?.status !== 'DRAFT' && (
              <div>
                <label class="check"><input type="checkbox" checked={draft.value.isUrgent} onChange={(event) => change({ ...draft.value, isUrgent: event.currentTarget.checked })} />{isChange ? t.prescribe.urgentChange : t.prescribe.urgent}</label>
                {draft.value.isUrgent && <Text id="urgent-reason" label={t.prescription.urgentReason} most={500} value={draft.value.urgentReason} onText={(urgentReason) => change({ ...draft.value, urgentReason })} />}
              </div>
            )}
          </div>
          {saving.problem && <Refusal problem={saving.problem} />}
          <div class="sign-bar row between">
            <span class="muted small" role="status">{ready.length > 0 && !isChecked ? t.prescribe.checking : t.prescribe.keys}</span>
            <div class="row">
              {(!isChange || base?.status === 'DRAFT') && <button type="button" disabled={saving.isBusy} onClick={() => void saving.run()}>{t.prescribe.saveDraft}</button>}
              <button type="button" class="primary" disabled={review.isBusy} onClick={() => void review.run()}>{t.prescribe.review}</button>
            </div>
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
        <Review aim={aim} base={base} draft={draft.value} answer={answer.what} idempotency={key.value} onClose={() => { reviewing.value = false; }}
          onSigned={(made) => { forget(aim); go(`/clinic/prescriptions/${made.id}`, true); }} />
      )}
    </div>
  );
}

/** What stands in a prescription besides its lines, before and now: the server changes it and does not take it away. */
function emptied(base: Schemas['Prescription'] | undefined, draft: Draft): [id: string, before: string | null | undefined, now: string, name: string][] {
  return [
    ['diagnosis', base?.diagnosis, draft.diagnosis.trim(), t.prescribe.diagnosis], ['symptoms', base?.symptoms, draft.symptoms.trim(), t.prescription.symptoms],
    ['note', base?.clinicalNote, draft.note.trim(), t.prescribe.note], ['follow-up', base?.followUpDate, draft.followUp.day, t.prescription.followUp],
  ];
}

/** A refusal in words that say what is missing: an amount may stand in the directions. */
function refusalOf(field: { field: string; message: string }): string {
  return /\.(doseAmount|doseUnit|dosage)$/.test(field.field) ? `${t.prescribe.amountMissing} ${field.message}` : field.message;
}
