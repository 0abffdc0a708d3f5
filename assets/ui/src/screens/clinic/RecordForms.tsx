// What is asked to write a part of the clinical record down.
import { useSignal, type Signal } from '@preact/signals';
import { newKey, patch, post, put, type Schemas } from '../../core/api';
import { conditionCodes, conditionText } from '../../clinical';
import { Choice, Text } from '../../kit';
import { DayFields, dayFault, dayOf, FormDialog, type Fault } from '../../kit/form';
import { t } from '../../i18n';
import { dayTyped, noDay, numberError, readNumber, today, type DayTyped } from '../../i18n/format';
import { allergyText } from './Record';

export type Part = 'PREGNANCY' | 'BREAST_FEEDING' | 'RENAL' | 'LIVER' | 'G6PD';

interface Common {
  patient: string;
  onDone: () => void;
  onClose: () => void;
}

const options = <V extends string>(of: Record<V, string>): [V, string][] => Object.entries(of) as [V, string][];

export function AllergyForm({ patient, entry, onDone, onClose }: Common & { entry?: Schemas['Allergy'] }) {
  const substance = useSignal('');
  const reaction = useSignal<Schemas['AllergyReaction']>(entry?.reaction ?? 'UNKNOWN');
  const severity = useSignal<Schemas['AllergySeverity']>(entry?.severity ?? 'UNKNOWN');
  const note = useSignal(entry?.note ?? '');
  return (
    <FormDialog title={entry ? `${t.record.change}: ${allergyText(entry)}` : t.record.addAllergy} action={t.save} onClose={onClose}
      faults={() => (entry || substance.value.trim() ? [] : [{ id: 'allergy-substance', text: t.record.substanceMissing }])}
      onSend={async () => {
        const said = { reaction: reaction.value, severity: severity.value };
        if (entry) await patch('/allergies/{id}', { path: { id: entry.id }, body: { ...said, note: note.value.trim() || null }, revision: entry.provenance?.revision, key: newKey() });
        else await post('/patients/{id}/allergies', { path: { id: patient }, body: { ...said, substance: substance.value.trim(), note: note.value.trim() || undefined }, key: newKey() });
        onDone();
      }}>
      {(wrong) => (
        <>
          {!entry && <Text id="allergy-substance" label={t.record.substance} hint={t.record.substanceHint} most={100} value={substance.value} error={wrong('allergy-substance')} onText={(text) => { substance.value = text; }} />}
          <div class="fields">
            <Choice label={t.record.reaction} value={reaction.value} of={options(t.reaction)} onChoice={(value) => { reaction.value = value; }} />
            <Choice label={t.record.severity} value={severity.value} of={options(t.allergySeverity)} onChoice={(value) => { severity.value = value; }} />
          </div>
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

export function ConditionForm({ patient, entry, onDone, onClose }: Common & { entry?: Schemas['Condition'] }) {
  const code = useSignal<Schemas['ConditionCode'] | ''>(entry?.code ?? '');
  const name = useSignal(entry?.name ?? '');
  const since = useSignal<DayTyped>(dayTyped(entry?.since));
  const note = useSignal(entry?.note ?? '');
  const isOther = code.value === 'OTHER';
  return (
    <FormDialog title={entry ? `${t.record.change}: ${conditionText(entry)}` : t.record.addCondition} action={t.save} onClose={onClose}
      faults={() => [
        ...(code.value ? [] : [{ id: 'condition-code', text: t.record.conditionMissing }]),
        ...(isOther && !entry && !name.value.trim() ? [{ id: 'condition-name', text: t.record.nameMissing }] : []),
        ...dayFault('condition-since', since.value),
      ]}
      onSend={async () => {
        const day = dayOf(since.value);
        if (entry) await patch('/conditions/{id}', { path: { id: entry.id }, body: { since: day ?? null, note: note.value.trim() || null }, revision: entry.provenance?.revision, key: newKey() });
        else if (code.value) {
          const body = { code: code.value, name: isOther ? name.value.trim() : undefined, since: day, note: note.value.trim() || undefined };
          await post('/patients/{id}/conditions', { path: { id: patient }, body, key: newKey() });
        }
        onDone();
      }}>
      {(wrong) => (
        <>
          {!entry && (
            <Choice id="condition-code" label={t.record.condition} error={wrong('condition-code')} value={code.value as string}
              of={[['', t.prescribe.choose], ...conditionCodes().map((one) => [one, one === 'OTHER' ? t.record.otherCondition : conditionText({ code: one })] as [string, string])]}
              onChoice={(value) => { code.value = value as Schemas['ConditionCode']; }} />
          )}
          {isOther && !entry && <Text id="condition-name" label={t.record.conditionName} most={100} value={name.value} error={wrong('condition-name')} onText={(text) => { name.value = text; }} />}
          <DayFields id="condition-since" label={t.record.since} hint={t.record.mayBeEmpty} value={since.value} error={wrong('condition-since')} onDay={(day) => { since.value = day; }} />
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

interface FactProps extends Common {
  record: Schemas['ClinicalRecord'];
}

export function FactForm({ part, ...rest }: FactProps & { part: Part }) {
  switch (part) {
    case 'PREGNANCY': return <PregnancyForm {...rest} />;
    case 'BREAST_FEEDING': return <BreastFeedingForm {...rest} />;
    case 'RENAL': return <RenalForm {...rest} />;
    case 'LIVER': return <LiverForm {...rest} />;
    case 'G6PD': return <G6pdForm {...rest} />;
  }
}

/** What every change of a fact carries: the revision that was seen, so that nobody overwrites a colleague. */
const seen = (patient: string, said: { provenance?: Schemas['EntryProvenance'] | null } | null | undefined) =>
  ({ path: { id: patient }, revision: said?.provenance?.revision ?? 0, key: newKey() });

function PregnancyForm({ patient, record, onDone, onClose }: FactProps) {
  const said = record.pregnancy;
  const state = useSignal<Schemas['PregnancyState']>(said?.state ?? 'UNKNOWN');
  const week = useSignal('');
  const expected = useSignal<DayTyped>(dayTyped(said?.expectedOn));
  const note = useSignal(said?.note ?? '');
  const isPregnant = state.value === 'PREGNANT';
  return (
    <FormDialog title={t.record.part.PREGNANCY} action={t.save} onClose={onClose}
      faults={() => {
        const typed = readNumber(week.value);
        if (!isPregnant) return [];
        return [
          ...(typed.is === 'wrong' || (typed.is === 'number' && (typed.value > 42 || !Number.isInteger(typed.value))) ? [{ id: 'pregnancy-week', text: t.record.weekForm }] : []),
          ...dayFault('pregnancy-expected', expected.value),
          ...(typed.is === 'number' && dayOf(expected.value) ? [{ id: 'pregnancy-week', text: t.record.weekOrDay }] : []),
        ];
      }}
      onSend={async () => {
        const typed = readNumber(week.value);
        const more = isPregnant ? { week: typed.is === 'number' ? typed.value : undefined, expectedOn: dayOf(expected.value) } : {};
        await put('/patients/{id}/pregnancy', { ...seen(patient, said), body: { state: state.value, note: note.value.trim() || undefined, ...more } });
        onDone();
      }}>
      {(wrong) => (
        <>
          <Choice label={t.record.state} value={state.value} of={options(t.pregnancy)} onChoice={(value) => { state.value = value; }} />
          {isPregnant && (
            <>
              <Text id="pregnancy-week" label={t.record.weekLabel} hint={t.record.weekHint} mode="numeric" most={2} value={week.value} error={wrong('pregnancy-week')} onText={(text) => { week.value = text; }} />
              <DayFields id="pregnancy-expected" label={t.record.expected} hint={t.record.mayBeEmpty} value={expected.value} error={wrong('pregnancy-expected')} onDay={(day) => { expected.value = day; }} />
            </>
          )}
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

function BreastFeedingForm({ patient, record, onDone, onClose }: FactProps) {
  const said = record.breastFeeding;
  const state = useSignal<Schemas['ClinicalAnswer']>(said?.state ?? 'UNKNOWN');
  const note = useSignal(said?.note ?? '');
  return (
    <FormDialog title={t.record.part.BREAST_FEEDING} action={t.save} onClose={onClose}
      onSend={async () => { await put('/patients/{id}/breast-feeding', { ...seen(patient, said), body: { state: state.value, note: note.value.trim() || undefined } }); onDone(); }}>
      {() => (
        <>
          <Choice label={t.record.state} value={state.value} of={options(t.answer)} onChoice={(value) => { state.value = value; }} />
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

type RenalKind = 'egfr' | 'umol/L' | 'mg/dL';

function RenalForm({ patient, record, onDone, onClose }: FactProps) {
  const said = record.renal;
  const kind = useSignal<RenalKind>('umol/L');
  const value = useSignal('');
  const measured = useSignal<DayTyped>(dayTyped(today()));
  const note = useSignal('');
  const kinds: [RenalKind, string][] = [['umol/L', `${t.record.creatinine} (micromol/L)`], ['mg/dL', `${t.record.creatinine} (mg/dL)`], ['egfr', 'eGFR (mL/min/1.73 m²)']];
  return (
    <FormDialog title={t.record.part.RENAL} text={t.record.renalText} action={t.save} onClose={onClose}
      faults={() => {
        const typed = readNumber(value.value);
        const faults: Fault[] = typed.is === 'number' ? [] : [{ id: 'renal-value', text: numberError(typed) ?? t.errors.number.missing }];
        return [...faults, ...dayFault('renal-day', measured.value, true)];
      }}
      onSend={async () => {
        const typed = readNumber(value.value);
        const measuredOn = dayOf(measured.value);
        if (typed.is !== 'number' || !measuredOn) return;
        const what = kind.value === 'egfr' ? { egfr: typed.value } : { creatinine: typed.value, unit: kind.value };
        await put('/patients/{id}/renal', { ...seen(patient, said), body: { ...what, measuredOn, note: note.value.trim() || undefined } });
        onDone();
      }}>
      {(wrong) => (
        <>
          <div class="fields">
            <Choice label={t.record.measured} value={kind.value} of={kinds} onChoice={(one) => { kind.value = one; }} />
            <Text id="renal-value" label={t.vitals.value} mode="decimal" most={8} value={value.value} error={wrong('renal-value')} onText={(text) => { value.value = text; }} />
          </div>
          <DayFields id="renal-day" label={t.record.measuredOn} value={measured.value} error={wrong('renal-day')} onDay={(day) => { measured.value = day; }} />
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

function LiverForm({ patient, record, onDone, onClose }: FactProps) {
  const said = record.liver;
  const state = useSignal<Schemas['LiverState']>(said?.state ?? 'UNKNOWN');
  const assessed = useSignal<DayTyped>(dayTyped(said?.assessedOn));
  const note = useSignal(said?.note ?? '');
  return (
    <FormDialog title={t.record.part.LIVER} action={t.save} onClose={onClose} faults={() => dayFault('liver-day', assessed.value)}
      onSend={async () => {
        await put('/patients/{id}/liver', { ...seen(patient, said), body: { state: state.value, assessedOn: dayOf(assessed.value), note: note.value.trim() || undefined } });
        onDone();
      }}>
      {(wrong) => (
        <>
          <Choice label={t.record.state} value={state.value} of={options(t.liver)} onChoice={(value) => { state.value = value; }} />
          <DayFields id="liver-day" label={t.record.assessedOn} hint={t.record.mayBeEmpty} value={assessed.value} error={wrong('liver-day')} onDay={(day) => { assessed.value = day; }} />
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

function G6pdForm({ patient, record, onDone, onClose }: FactProps) {
  const said = record.g6pd;
  const state = useSignal<Schemas['G6pdState']>(said?.state ?? 'UNKNOWN');
  const test = useSignal<Schemas['G6pdTest'] | ''>(said?.test ?? '');
  const tested = useSignal<DayTyped>(said?.testedOn ? dayTyped(said.testedOn) : noDay);
  const note = useSignal(said?.note ?? '');
  const isKnown = state.value !== 'UNKNOWN';
  return (
    <FormDialog title={t.record.part.G6PD} action={t.save} onClose={onClose} faults={() => (isKnown ? dayFault('g6pd-day', tested.value) : [])}
      onSend={async () => {
        const more = isKnown ? { test: test.value || undefined, testedOn: dayOf(tested.value) } : {};
        await put('/patients/{id}/g6pd', { ...seen(patient, said), body: { state: state.value, note: note.value.trim() || undefined, ...more } });
        onDone();
      }}>
      {(wrong) => (
        <>
          <Choice label={t.record.state} value={state.value} of={options(t.g6pdState)} onChoice={(value) => { state.value = value; }} />
          {isKnown && (
            <>
              <Choice label={t.record.test} value={test.value as string} of={[['', t.record.testUnknown], ...Object.entries(t.g6pdTest)]} onChoice={(value) => { test.value = value as Schemas['G6pdTest'] | ''; }} />
              <DayFields id="g6pd-day" label={t.record.testedOn} hint={t.record.mayBeEmpty} value={tested.value} error={wrong('g6pd-day')} onDay={(day) => { tested.value = day; }} />
            </>
          )}
          <Note value={note} />
        </>
      )}
    </FormDialog>
  );
}

function Note({ value }: { value: Signal<string> }) {
  return <Text label={t.record.note} hint={t.record.mayBeEmpty} most={500} value={value.value} onText={(text) => { value.value = text; }} />;
}
