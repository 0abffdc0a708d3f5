import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { get, newKey, post, put, remove, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { conditionText } from '../../clinical';
import { Badge, Choice, Empty, Refusal, Shown, useAction } from '../../kit';
import { FormDialog } from '../../kit/form';
import { More, usePages } from '../../kit/pages';
import { t, word } from '../../i18n';
import { date, dateTime, number } from '../../i18n/format';
import { AllergyForm, ConditionForm, FactForm, type Part } from './RecordForms';
import type { Chart } from './Patient';

type Entry = Schemas['Allergy'] | Schemas['Condition'];
type Provenance = Schemas['EntryProvenance'] | null | undefined;

/** What is asked about just now. */
type Asking =
  | { what: 'allergy'; entry?: Schemas['Allergy'] } | { what: 'condition'; entry?: Schemas['Condition'] }
  | { what: 'fact'; part: Part } | { what: 'none'; part: 'allergies' | 'conditions' }
  | { what: 'withdraw'; name: string; run: (reason: Schemas['WithdrawalReason']) => Promise<unknown> };

/** What decides whether a medicine is safe for somebody: who says it, and whether a doctor stands for it. */
export function RecordTab({ id, chart }: { id: string; chart: Chart }) {
  return <Shown of={chart.record}>{(record) => <Whole id={id} record={record} onChange={chart.record.reload} />}</Shown>;
}

function Whole({ id, record, onChange }: { id: string; record: Schemas['ClinicalRecord']; onChange: () => void }) {
  const asking = useSignal<Asking | undefined>(undefined);
  const path = { id };
  const ask = (next: Asking): void => { asking.value = next; };
  const done = (): void => { asking.value = undefined; onChange(); };
  const close = (): void => { asking.value = undefined; };
  const sees = (part: Schemas['ClinicalPart']): boolean => record.visibleParts.includes(part);
  // Of men nobody asks whether they are pregnant, unless something was written down.
  const isAsked = (fact: FactShown): boolean => record.gender !== 'MALE' || Boolean(fact.text) || (fact.part !== 'PREGNANCY' && fact.part !== 'BREAST_FEEDING');
  const facts = factsOf(record).filter((fact) => sees(fact.part) && isAsked(fact));
  const confirmFact = async (part: Schemas['ClinicalPart'], provenance: Provenance): Promise<void> => {
    await post('/patients/{id}/clinical-record/confirm', { path, body: { part }, revision: provenance?.revision, key: newKey() });
    onChange();
  };
  const withdrawFact = (part: Schemas['ClinicalPart'], name: string, provenance: Provenance): void => ask({
    what: 'withdraw', name,
    run: (reason) => post('/patients/{id}/clinical-record/withdraw', { path, body: { part, reason }, revision: provenance?.revision, key: newKey() }),
  });
  return (
    <div class="stack">
      <div class="columns">
        {sees('ALLERGIES') && (
          <Box title={t.record.allergies} add={t.record.addAllergy} onAdd={() => ask({ what: 'allergy' })}>
            <Entries of={record.allergies} none={record.noKnownAllergies} noneText={t.record.noAllergies} unknown={t.record.allergiesUnknown}
              onNone={() => ask({ what: 'none', part: 'allergies' })} onConfirmNone={() => confirmFact('NO_KNOWN_ALLERGIES', record.noKnownAllergies?.provenance)}
              onWithdrawNone={() => withdrawFact('NO_KNOWN_ALLERGIES', t.record.noAllergies, record.noKnownAllergies?.provenance)}
              name={(one) => <AllergyName allergy={one} />} detail={(one) => `${word(t.reaction, one.reaction)} · ${word(t.allergySeverity, one.severity)}`}
              onEdit={(entry) => ask({ what: 'allergy', entry })}
              onConfirm={async (one) => { await post('/allergies/{id}/confirm', { path: { id: one.id }, revision: one.provenance?.revision, key: newKey() }); onChange(); }}
              onWithdraw={(one) => ask({ what: 'withdraw', name: allergyText(one), run: (reason) => remove('/allergies/{id}', { path: { id: one.id }, query: { reason }, revision: one.provenance?.revision }) })} />
          </Box>
        )}
        {sees('CONDITIONS') && (
          <Box title={t.record.conditions} add={t.record.addCondition} onAdd={() => ask({ what: 'condition' })}>
            <Entries of={record.conditions} none={record.noKnownConditions} noneText={t.record.noConditions} unknown={t.record.conditionsUnknown}
              onNone={() => ask({ what: 'none', part: 'conditions' })} onConfirmNone={() => confirmFact('NO_KNOWN_CONDITIONS', record.noKnownConditions?.provenance)}
              onWithdrawNone={() => withdrawFact('NO_KNOWN_CONDITIONS', t.record.noConditions, record.noKnownConditions?.provenance)}
              name={(one) => conditionText(one)} detail={(one) => (one.since ? `${t.record.since} ${date(one.since)}` : '')}
              onEdit={(entry) => ask({ what: 'condition', entry })}
              onConfirm={async (one) => { await post('/conditions/{id}/confirm', { path: { id: one.id }, revision: one.provenance?.revision, key: newKey() }); onChange(); }}
              onWithdraw={(one) => ask({ what: 'withdraw', name: String(one.name ?? one.code), run: (reason) => remove('/conditions/{id}', { path: { id: one.id }, query: { reason }, revision: one.provenance?.revision }) })} />
          </Box>
        )}
      </div>
      <section class="card stack tight" aria-labelledby="facts">
        <h2 id="facts">{t.record.facts}</h2>
        {facts.some((fact) => !fact.text) && <p class="muted small">{t.record.notAskedText}</p>}
        <ul class="list">
          {facts.map((fact) => (
            <li key={fact.part} class="stack tight">
              <div class="row between">
                <div>
                  <h3>{t.record.part[fact.part]}</h3>
                  {fact.text ? <p>{fact.text}{fact.note && <span class="muted"> · {fact.note}</span>}</p> : <p class="muted">{t.record.notAsked}</p>}
                </div>
                <div class="row">
                  <button type="button" class="small" onClick={() => ask({ what: 'fact', part: fact.part })}>{fact.text ? t.record.change : t.record.say}<span class="hidden-text"> {t.record.part[fact.part]}</span></button>
                  {fact.text && <button type="button" class="small danger" onClick={() => withdrawFact(fact.part, t.record.part[fact.part], fact.provenance)}>{t.record.withdraw}<span class="hidden-text"> {t.record.part[fact.part]}</span></button>}
                </div>
              </div>
              {fact.provenance && <Standing of={fact.provenance} about={t.record.part[fact.part]} onConfirm={() => confirmFact(fact.part, fact.provenance)} />}
            </li>
          ))}
          {record.weightKg && (
            <li>
              <h3>{t.vital.WEIGHT}</h3>
              <p class="number">{number(record.weightKg, 1)} kg {record.weightMeasuredAt && <span class="muted small">{date(record.weightMeasuredAt)}</span>}</p>
            </li>
          )}
        </ul>
      </section>
      <History id={id} />
      {asking.value?.what === 'allergy' && <AllergyForm patient={id} entry={asking.value.entry} onDone={done} onClose={close} />}
      {asking.value?.what === 'condition' && <ConditionForm patient={id} entry={asking.value.entry} onDone={done} onClose={close} />}
      {asking.value?.what === 'fact' && <FactForm patient={id} part={asking.value.part} record={record} onDone={done} onClose={close} />}
      {asking.value?.what === 'none' && <NoneKnown part={asking.value.part} patient={id} record={record} onDone={done} onClose={close} />}
      {asking.value?.what === 'withdraw' && <Withdraw name={asking.value.name} run={asking.value.run} onDone={done} onClose={close} />}
    </div>
  );
}

/** Somebody was asked, and there is none. */
function NoneKnown({ part, patient, record, onDone, onClose }: {
  part: 'allergies' | 'conditions'; patient: string; record: Schemas['ClinicalRecord']; onDone: () => void; onClose: () => void;
}) {
  const path = { id: patient };
  const isAllergies = part === 'allergies';
  const said = isAllergies ? record.noKnownAllergies : record.noKnownConditions;
  return (
    <FormDialog title={isAllergies ? t.record.noAllergies : t.record.noConditions} text={isAllergies ? t.record.noAllergiesText : t.record.noConditionsText} action={t.save} onClose={onClose}
      onSend={async () => {
        const sent = { path, body: {}, revision: said?.provenance?.revision ?? 0, key: newKey() };
        if (isAllergies) await put('/patients/{id}/no-known-allergies', sent);
        else await put('/patients/{id}/no-known-conditions', sent);
        onDone();
      }} />
  );
}

function Withdraw({ name, run, onDone, onClose }: { name: string; run: (reason: Schemas['WithdrawalReason']) => Promise<unknown>; onDone: () => void; onClose: () => void }) {
  const reason = useSignal<Schemas['WithdrawalReason'] | ''>('');
  return (
    <FormDialog title={`${t.record.withdraw}: ${name}`} text={t.record.withdrawText} action={t.record.withdraw} danger onClose={onClose}
      faults={() => (reason.value ? [] : [{ id: 'withdraw-reason', text: t.errors.reason }])}
      onSend={async () => { if (reason.value) { await run(reason.value); onDone(); } }}>
      {(wrong) => (
        <Choice id="withdraw-reason" label={t.reason} error={wrong('withdraw-reason')} value={reason.value as string} of={[['', t.prescribe.choose], ...Object.entries(t.withdrawal)]}
          onChoice={(value) => { reason.value = value as Schemas['WithdrawalReason']; }} />
      )}
    </FormDialog>
  );
}

function Box({ title, add, onAdd, children }: { title: string; add: string; onAdd: () => void; children: ComponentChildren }) {
  return (
    <section class="card stack tight" aria-label={title}>
      <div class="row between"><h2>{title}</h2><button type="button" class="small" onClick={onAdd}>{add}</button></div>
      {children}
    </section>
  );
}

function Entries<E extends Entry>({ of, none, noneText, unknown, name, detail, onNone, onConfirmNone, onWithdrawNone, onEdit, onConfirm, onWithdraw }: {
  of: E[]; none: Schemas['NoneKnown'] | null | undefined; noneText: string; unknown: string; name: (one: E) => ComponentChildren; detail: (one: E) => string;
  onNone: () => void; onConfirmNone: () => Promise<void>; onWithdrawNone: () => void; onEdit: (one: E) => void; onConfirm: (one: E) => Promise<void>; onWithdraw: (one: E) => void;
}) {
  if (of.length === 0 && !none) {
    return <Empty><p>{unknown}</p><p><button type="button" class="small" onClick={onNone}>{noneText}</button></p></Empty>;
  }
  if (of.length === 0 && none) {
    return (
      <div class="stack tight">
        <div class="row between"><Badge tone="success">{noneText}</Badge><button type="button" class="small danger" onClick={onWithdrawNone}>{t.record.withdraw}<span class="hidden-text"> {noneText}</span></button></div>
        {none.provenance && <Standing of={none.provenance} about={noneText} onConfirm={onConfirmNone} />}
      </div>
    );
  }
  return (
    <ul class="list">
      {of.map((one) => (
        <li key={one.id} class="stack tight">
          <div class="row between">
            <div>
              <b>{name(one)}</b>
              <p class="muted small">{detail(one)}</p>
              {one.note && <p class="small">{one.note}</p>}
            </div>
            <div class="row">
              <button type="button" class="small" onClick={() => onEdit(one)}>{t.record.change}<span class="hidden-text"> {name(one)}</span></button>
              <button type="button" class="small danger" onClick={() => onWithdraw(one)}>{t.record.withdraw}<span class="hidden-text"> {name(one)}</span></button>
            </div>
          </div>
          {one.provenance && <Standing of={one.provenance} about={name(one)} onConfirm={() => onConfirm(one)} />}
        </li>
      ))}
    </ul>
  );
}

/** Whether a doctor stands for an entry; what the patient states counts as much, and can be confirmed. */
function Standing({ of, about, onConfirm }: { of: Schemas['EntryProvenance']; about: ComponentChildren; onConfirm: () => Promise<void> }) {
  const confirming = useAction(onConfirm);
  return (
    <div class="row small">
      {of.standing === 'CONFIRMED' ? <Badge tone="success">{t.record.confirmed}</Badge> : <Badge tone="warning">{t.record.stated}</Badge>}
      <span class="muted">{dateTime(of.confirmedAt ?? of.recordedAt)}</span>
      {of.isBesideConfirmed && <span class="muted">{t.record.beside}</span>}
      {of.standing === 'STATED' && <button type="button" class="small" disabled={confirming.isBusy} onClick={() => void confirming.run()}>{t.record.confirm}<span class="hidden-text"> {about}</span></button>}
      {confirming.problem && <Refusal problem={confirming.problem} />}
    </div>
  );
}

function AllergyName({ allergy }: { allergy: Schemas['Allergy'] }) {
  return <span class="drug" lang="en">{allergyText(allergy)}</span>;
}

export function allergyText(allergy: Schemas['Allergy']): string {
  return allergy.substance ?? (allergy.ingredients.join(', ') || allergy.classId || '–');
}

interface FactShown {
  part: Part;
  text?: string;
  note?: string | null;
  provenance: Provenance;
}

/** Each fact of which there is one, as a sentence; without a text when nobody said. */
function factsOf(record: Schemas['ClinicalRecord']): FactShown[] {
  const { pregnancy, breastFeeding, renal, liver, g6pd } = record;
  return [
    { part: 'PREGNANCY', note: pregnancy?.note, provenance: pregnancy?.provenance, text: pregnancy ? [word(t.pregnancy, pregnancy.state), pregnancy.week !== null && pregnancy.week !== undefined && t.record.week(pregnancy.week), pregnancy.expectedOn && `${t.record.expected} ${date(pregnancy.expectedOn)}`].filter(Boolean).join(' · ') : undefined },
    { part: 'BREAST_FEEDING', note: breastFeeding?.note, provenance: breastFeeding?.provenance, text: breastFeeding ? word(t.answer, breastFeeding.state) : undefined },
    { part: 'RENAL', note: renal?.note, provenance: renal?.provenance, text: renal ? `eGFR ${number(renal.egfr, 1)} mL/min/1.73 m² · ${date(renal.measuredOn)}${renal.creatinine ? ` · ${t.record.creatinine} ${number(renal.creatinine, 3)} ${renal.unit}` : ''}` : undefined },
    { part: 'LIVER', note: liver?.note, provenance: liver?.provenance, text: liver ? `${word(t.liver, liver.state)}${liver.assessedOn ? ` · ${date(liver.assessedOn)}` : ''}` : undefined },
    { part: 'G6PD', note: g6pd?.note, provenance: g6pd?.provenance, text: g6pd ? [word(t.g6pdState, g6pd.state), g6pd.test && word(t.g6pdTest, g6pd.test), g6pd.testedOn && date(g6pd.testedOn)].filter(Boolean).join(' · ') : undefined },
  ];
}

/** What became of the entries, newest first. */
function History({ id }: { id: string }) {
  const isOpen = useSignal(false);
  return (
    <details onToggle={(event) => { isOpen.value = event.currentTarget.open; }}>
      <summary>{t.record.history}</summary>
      {isOpen.value && <Changes id={id} />}
    </details>
  );
}

function Changes({ id }: { id: string }) {
  const pages = usePages();
  const record = useLoad((signal) => get('/patients/{id}/clinical-record', { path: { id }, query: { history: true, limit: pages.size }, signal }), [id, pages.size], ['clinical_record.changed']);
  return (
    <Shown of={record}>
      {({ history }) => !history || history.items.length === 0 ? <Empty>{t.record.noHistory}</Empty> : (
        <>
          <table class="cards">
            <caption class="hidden-text">{t.record.history}</caption>
            <thead><tr><th>{t.audit.when}</th><th>{t.audit.what}</th><th>{t.record.what}</th><th>{t.reason}</th></tr></thead>
            <tbody>
              {history.items.map((one) => (
                <tr key={one.number}>
                  <td class="nowrap" data-label={t.audit.when}>{dateTime(one.at)}</td>
                  <td data-label={t.audit.what}>{word(t.clinicalAction, one.action)}</td>
                  <td data-label={t.record.what}>{changeText(one)}</td>
                  <td data-label={t.reason}>{one.reason ? word(t.withdrawal, one.reason) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <More pages={pages} shown={history.items.length} more={Boolean(history.nextCursor)} />
        </>
      )}
    </Shown>
  );
}

function changeText(one: Schemas['ClinicalChange']): ComponentChildren {
  if (one.allergy) return <>{t.record.allergy}: <AllergyName allergy={one.allergy} /> · {word(t.reaction, one.allergy.reaction)}</>;
  if (one.condition) return conditionText(one.condition);
  if (one.noKnownAllergies) return t.record.noAllergies;
  if (one.noKnownConditions) return t.record.noConditions;
  const { pregnancy, breastFeeding, renal, liver, g6pd } = one;
  const blank = { allergies: [], conditions: [], patientId: '', on: '', visibleParts: [] };
  const fact = factsOf({ ...blank, pregnancy, breastFeeding, renal, liver, g6pd }).find((each) => each.text);
  return fact ? `${t.record.part[fact.part]}: ${fact.text}` : word(t.record.part, one.part);
}
