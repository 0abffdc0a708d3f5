// The parts of which the pages are made, with made-up people: photographed by the tests, and in no program.
import { signal } from '@preact/signals';
import { render } from 'preact';
import { Problem, type Schemas } from '../src/core/api';
import { Adherence, DrugName, MedicationLine, RecordFlags, SeverityBadge, StatusBadge, VitalValue } from '../src/clinical';
import { Reasons } from '../src/clinical/Attention';
import { keptLine, newLine, type Line } from '../src/clinical/lines';
import { Area, Badge, Choice, Empty, ErrorSummary, Notice, Refusal, Tabs, Text } from '../src/kit';
import { Chart } from '../src/kit/chart';
import { FileField } from '../src/kit/file';
import { DayFields, FormDialog } from '../src/kit/form';
import { t } from '../src/i18n';
import { dayTyped } from '../src/i18n/format';
import { AlertCard } from '../src/screens/clinic/AlertCard';
import { PrescribeLine } from '../src/screens/clinic/PrescribeLine';

const nothing = (): void => {};
const problem = new Problem(409, 'made_up', t.errors.away, [{ field: 'frequency', message: t.prescribe.wordsMissing }], 'request-1');
const both = (english: string, khmer: string): Schemas['BilingualText'] => ({ english, khmer });

function Kit() {
  return (
    <div class="stack" data-part="kit">
      <h1>{t.menu}</h1>
      <div class="row">
        <button type="button" class="primary">{t.save}</button><button type="button">{t.cancel}</button><button type="button" class="danger">{t.prescribe.remove}</button>
        <button type="button" class="small">{t.open}</button><button type="button" class="plain">{t.more}</button><button type="button" disabled>{t.save}</button>
      </div>
      <div class="row"><Badge>{t.level.ALLOWED}</Badge><Badge tone="success">{t.yes}</Badge><Badge tone="warning">{t.tier.WARN}</Badge><Badge tone="danger">{t.tier.STOP}</Badge><Badge tone="info">{t.tier.NOTE}</Badge><Badge tone="critical">{t.record.allergy}</Badge></div>
      {(['info', 'warning', 'danger', 'success'] as const).map((tone) => <Notice key={tone} tone={tone}>{t.connections.connected}</Notice>)}
      <Refusal problem={problem} retry={nothing} />
      <ErrorSummary errors={[{ id: 'wrong', text: t.errors.number.comma }]} />
      <div class="fields">
        <Text label={t.vitals.value} hint={t.record.mayBeEmpty} value="37.5" onText={nothing} />
        <Text id="wrong" label={t.vitals.value} value="37,5" error={t.errors.number.comma} onText={nothing} />
        <Choice label={t.record.severity} value="MILD" of={Object.entries(t.allergySeverity)} onChoice={nothing} />
      </div>
      <DayFields id="day" label={t.prescription.followUp} value={dayTyped('2026-11-29')} onDay={nothing} />
      <DayFields id="wrong-day" label={t.prescription.followUp} value={{ day: '31', month: '2', year: '2026' }} error={t.errors.day.form} onDay={nothing} />
      <Area label={t.prescribe.note} value="" onText={nothing} />
      <FileField id="file" label={t.medicines.file} onFiles={nothing} />
      <Tabs label={t.patient.title} current="/clinic/a" of={[{ address: '/clinic/a', text: t.patient.summary }, { address: '/clinic/b', text: t.patient.vitals }]} />
      <Empty><p>{t.patients.none}</p></Empty>
      <Chart title={t.vital.BLOOD_PRESSURE} unit="mmHg" band={{ min: 90, max: 140 }} bandSecond={{ min: 60, max: 90 }} firstName={t.vitals.systolic} secondName={t.vitals.diastolic}
        points={[150, 146, 139, 141, 132].map((first, place) => ({ at: `2026-11-0${place + 1}T05:00:00Z`, first, second: first - 55 }))} />
    </div>
  );
}

const medication = {
  id: 'line', medicineId: 'm', medicineName: 'amoxicillin 500 mg capsule', medicineNameKhmer: 'អាម៉ុកស៊ីស៊ីលីន 500 mg គ្រាប់កាប់ស៊ុល', doseUnit: 'CAPSULE', frequency: 'DAILY', isPRN: false, mealRelation: 'AFTER', startDate: '2026-11-01', endDate: '2026-11-07', durationDays: 7,
  slots: { morning: 1, evening: 1 }, scheduleText: both('morning 1 capsule, evening 1 capsule, after meals', 'ព្រឹក 1 គ្រាប់, ល្ងាច 1 គ្រាប់, ក្រោយបាយ'), understood: both('amoxicillin 500 mg capsule: morning 1, evening 1', 'អាម៉ុកស៊ីស៊ីលីន៖ ព្រឹក 1 ល្ងាច 1'),
} as Schemas['Medication'];
const finding = (tier: Schemas['FindingTier']): Schemas['SafetyFinding'] => ({
  id: `f-${tier}`, tier, hazard: 'ALLERGY', field: 'medications[0]', effect: both('May cause anaphylaxis', 'អាចបង្កប្រតិកម្មធ្ងន់ធ្ងរ'), action: both('Choose another class', 'ជ្រើសរើសក្រុមផ្សេង'), detail: both('Penicillin: rash in 2024', 'Penicillin៖ កន្ទួលឆ្នាំ 2024'),
  source: 'WHO', year: '2023', verified: tier !== 'WARN', khmerReviewed: false, medicines: [], overrideReasons: ['WILL_MONITOR', 'TOLERATED_BEFORE', 'OTHER'],
});
const words: Line = newLine('words', { id: 'm', displayName: 'metformin 850 mg tablet', displayNameKhmer: 'ម៉េតហ្វ័រមីន 850 mg គ្រាប់', unit: 'TABLET' } as Schemas['Medicine'], '1-0-1 pc 30 days');
const alert = {
  id: 'a', patientId: 'p', patientName: 'កែវ លីដា', severity: 'CRITICAL', kind: 'READING', vitalType: 'BLOOD_PRESSURE', latest: { value: 204, valueSecondary: 126, unit: 'mmHg' }, openedAt: '2026-11-29T05:00:00Z', occasions: 2, escalations: 1, state: 'OPEN',
  message: null, location: null, readingWithdrawn: false,
} as unknown as Schemas['HealthAlert'];
const reasons = [
  { kind: 'ALERT_UNANSWERED', severity: 'CRITICAL', alertId: 'a', since: '2026-11-29T05:00:00Z', text: both('A health alert about blood pressure has not been answered (critical).', 'ដំណឹងសុខភាពអំពីសម្ពាធឈាម មិនទាន់មានអ្នកឆ្លើយតបទេ (ធ្ងន់ធ្ងរ)។') },
  { kind: 'LOW_ADHERENCE', severity: 'MEDIUM', percent: 42, text: both('Used 6 of 14 doses in the last 7 days (42 %).', 'បានប្រើថ្នាំ 6 លើក ក្នុងចំណោម 14 លើក ក្នុងរយៈពេល 7 ថ្ងៃចុងក្រោយ (42 %)។') },
] as Schemas['AttentionReason'][];
const record = {
  allergies: [{ id: 'x', substance: 'penicillin', ingredients: [], reaction: 'ANAPHYLAXIS', severity: 'SEVERE' }], conditions: [{ id: 'c', code: 'TYPE_2_DIABETES' }, { id: 'd', code: 'MYASTHENIA_GRAVIS' }], pregnancy: { state: 'PREGNANT', saidOn: '2026-11-01' },
  renal: { egfr: 42, measuredOn: '2026-11-01' }, g6pd: { state: 'DEFICIENT' }, weightKg: 52.4, patientId: 'p', on: '2026-11-30', visibleParts: [],
} as unknown as Schemas['ClinicalRecord'];

function Clinical() {
  const line = (one: Line, place: number, more: Partial<Parameters<typeof PrescribeLine>[0]> = {}) => (
    <PrescribeLine line={one} place={place} isStrict refused={[]} notices={[]} findings={[]} overrides={{}} onChange={nothing} onOverride={nothing} onRemove={nothing} onDone={nothing} {...more} />
  );
  return (
    <div class="stack" data-part="clinical">
      <h1>{t.prescribe.medicines}</h1>
      <p><DrugName name="amlodipine 5 mg tablet" khmer="អាំឡូឌីពីន 5 mg គ្រាប់" brand="norvasc" /></p>
      <MedicationLine line={medication} />
      <div class="row">{(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const).map((severity) => <SeverityBadge key={severity} severity={severity} />)}</div>
      <div class="row">{(Object.keys(t.prescriptionStatus) as Schemas['PrescriptionStatus'][]).map((status) => <StatusBadge key={status} status={status} />)}</div>
      <p><VitalValue of={{ value: 168, valueSecondary: 102, unit: 'mmHg' }} /></p>
      <Adherence figure={{ percent: 62, part: 34, n: 55, color: 'YELLOW' } as Schemas['AdherenceFigure']} />
      <RecordFlags record={record} />
      <AlertCard alert={alert} onChange={nothing} whole />
      <Reasons of={reasons} patient="p" />
      <ol class="stack">
        {line(words, 0, { understood: medication.understood, findings: [finding('STOP'), finding('WARN'), finding('NOTE')] })}
        {line({ ...words, key: 'grid', mode: 'grid', slots: { morning: '1', noon: '', evening: '1,5', night: '' }, days: '30' }, 1)}
        {line({ ...words, key: 'refused', words: 'x30' }, 2, { refused: [t.prescribe.amountMissing] })}
        {line(keptLine('kept', medication, true), 3)}
      </ol>
    </div>
  );
}

const isOpen = signal(true);
function OpenDialog() {
  return (
    <div data-part="dialog">
      <h1>{t.record.title}</h1>
      {isOpen.value && (
        <FormDialog title={t.record.part.PREGNANCY} text={t.record.noAllergiesText} action={t.save} onSend={async () => {}} onClose={() => { isOpen.value = false; }}>
          {() => <><Choice label={t.record.state} value="PREGNANT" of={Object.entries(t.pregnancy)} onChoice={nothing} /><DayFields id="expected" label={t.record.expected} value={dayTyped('2027-03-05')} onDay={nothing} /></>}
        </FormDialog>
      )}
    </div>
  );
}

const parts: Record<string, () => preact.JSX.Element> = { kit: Kit, clinical: Clinical, dialog: OpenDialog };
const Part = parts[new URLSearchParams(location.search).get('part') ?? 'kit'] ?? Kit;
render(<main><Part /></main>, document.getElementById('app')!);
