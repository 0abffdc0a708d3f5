// What is shown of patients and medicines, each in one place.
import type { JSX } from 'preact';
import type { Schemas } from '../core/api';
import { Badge, type Tone } from '../kit';
import { language, say, t, word } from '../i18n';
import { number, percent } from '../i18n/format';

type Severity = Schemas['Severity'];

/** The only place that renders the name of a medicine: never cut, the Latin name always there. */
export function DrugName({ name, khmer, brand }: { name: string; khmer?: string | null; brand?: string }) {
  return (
    <span>
      {language === 'km' && khmer && khmer !== name && <span class="drug">{khmer} </span>}
      <span class="drug" lang="en">{name}</span>
      {brand && <span class="brand-name" lang="en"> {brand.toUpperCase()}</span>}
    </span>
  );
}

const shapes: Record<Severity, JSX.Element> = {
  CRITICAL: <svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" /></svg>,
  HIGH: <svg viewBox="0 0 12 12" aria-hidden="true"><path d="M6 0l6 12H0z" /></svg>,
  MEDIUM: <svg viewBox="0 0 12 12" aria-hidden="true"><path d="M6 0l6 6-6 6-6-6z" /></svg>,
  LOW: <svg viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="6" /></svg>,
};
const tones: Record<Severity, Tone | 'critical'> = { CRITICAL: 'critical', HIGH: 'danger', MEDIUM: 'warning', LOW: 'info' };

/** How grave something is: by shape, word and colour. */
export function SeverityBadge({ severity }: { severity: Severity }) {
  return <Badge tone={tones[severity]} shape={shapes[severity]}>{word(t.severity, severity)}</Badge>;
}

interface Reading {
  value: number;
  valueSecondary?: number | null;
  unit: string;
}

/** `168/102 mmHg`. */
export function VitalValue({ of }: { of: Reading }) {
  const second = of.valueSecondary === null || of.valueSecondary === undefined ? '' : `/${number(of.valueSecondary, 1)}`;
  return <span class="nowrap number">{number(of.value, 1)}{second} <span lang="en">{of.unit}</span></span>;
}

export function StatusBadge({ status }: { status: Schemas['PrescriptionStatus'] }) {
  const tone = ({ ACTIVE: 'success', PAUSED: 'warning', PENDING_CONFIRMATION: 'info', PENDING_REVISION: 'warning', REJECTED: 'danger', STOPPED: 'danger' } as Record<string, Tone>)[status];
  return <Badge tone={tone}>{word(t.prescriptionStatus, status)}</Badge>;
}

/** One line of a prescription, as the server says it. */
export function MedicationLine({ line }: { line: Schemas['Medication'] }) {
  return (
    <div>
      <DrugName name={line.medicineName} khmer={line.medicineNameKhmer} />
      <p>{say(line.scheduleText)}</p>
      {language === 'km' ? line.instructionsKhmer && <p class="muted">{line.instructionsKhmer}</p> : line.instructions && <p class="muted">{line.instructions}</p>}
    </div>
  );
}

/** A share as a bar and a number, with what it rests on. */
export function Adherence({ figure }: { figure: Schemas['AdherenceFigure'] }) {
  if (figure.percent === null || figure.percent === undefined) return <span class="muted">{t.adherence.none}</span>;
  const fill = { GREEN: 'var(--taken)', YELLOW: 'var(--late)', RED: 'var(--missed)' }[figure.color ?? 'GREEN'];
  return (
    <span class="row">
      <span class="bar" aria-hidden="true"><svg viewBox="0 0 100 10" preserveAspectRatio="none"><rect width={figure.percent} height="10" style={{ fill }} /></svg></span>
      <b class="number">{percent(figure.percent)}</b>
      <span class="muted small number nowrap">{t.adherence.of(figure.part, figure.n)}</span>
    </span>
  );
}

/** What the record says against medicines: allergies first. */
export function RecordFlags({ record }: { record: Schemas['ClinicalRecord'] }) {
  const flags: JSX.Element[] = [];
  for (const allergy of record.allergies) {
    const what = allergy.substance ?? allergy.ingredients.join(', ');
    flags.push(<Badge key={allergy.id} tone="critical">{t.record.allergy}: <span lang="en">{what || allergy.classId}</span> ({word(t.reaction, allergy.reaction)})</Badge>);
  }
  if (record.allergies.length === 0) {
    flags.push(<Badge key="none" tone={record.noKnownAllergies ? 'success' : 'warning'}>{record.noKnownAllergies ? t.record.noAllergies : t.record.allergiesUnknown}</Badge>);
  }
  if (record.pregnancy?.state === 'PREGNANT') flags.push(<Badge key="pregnant" tone="danger">{t.record.pregnant}</Badge>);
  if (record.breastFeeding?.state === 'YES') flags.push(<Badge key="feeding" tone="warning">{t.record.breastFeeding}</Badge>);
  if (record.renal && record.renal.egfr < 60) flags.push(<Badge key="renal" tone="warning">eGFR {number(record.renal.egfr, 0)}</Badge>);
  if (record.g6pd?.state === 'DEFICIENT') flags.push(<Badge key="g6pd" tone="danger">{t.record.g6pd}</Badge>);
  if (record.liver && record.liver.state.startsWith('CHILD')) flags.push(<Badge key="liver" tone="warning">{word(t.liver, record.liver.state)}</Badge>);
  if (record.weightKg) flags.push(<Badge key="weight">{number(record.weightKg, 1)} kg</Badge>);
  for (const condition of record.conditions) {
    flags.push(<Badge key={condition.id}>{conditionText(condition)}</Badge>);
  }
  return <div class="row">{flags}</div>;
}

/** The name of a condition, of one that Khmer texts lack as it is said in English. */
export function conditionText({ code, name }: { code: Schemas['ConditionCode']; name?: string | null }): string {
  if (name) return name;
  const text = code.toLowerCase().replace(/_/g, ' ');
  return t.conditions[code] ?? englishConditions[code] ?? text.charAt(0).toUpperCase() + text.slice(1);
}
/** Where the code, read aloud, is not the name. */
const englishConditions: Partial<Record<Schemas['ConditionCode'], string>> = {
  PARKINSON_DISEASE: 'Parkinson’s disease', HEART_FAILURE_REDUCED_EJECTION: 'Heart failure with reduced ejection fraction', ASPIRIN_SENSITIVE_ASTHMA: 'Aspirin-sensitive asthma',
  ANGLE_CLOSURE_GLAUCOMA: 'Angle-closure glaucoma', LONG_QT_SYNDROME: 'Long QT syndrome', PRETERM: 'Born preterm',
};

/** Every condition that can be written down, by name; the one without a code last. */
export function conditionCodes(): Schemas['ConditionCode'][] {
  const named = allConditions.filter((code) => code !== 'OTHER').sort((a, b) => conditionText({ code: a }).localeCompare(conditionText({ code: b })));
  return [...named, 'OTHER'];
}

/** A code that the contract lacks, or one that is missing here, does not compile. */
const allConditions = Object.keys({
  ASTHMA: 1, ASPIRIN_SENSITIVE_ASTHMA: 1, ACUTE_SEVERE_ASTHMA: 1, RESPIRATORY_FAILURE: 1, ACTIVE_PEPTIC_ULCER: 1, GUT_BLEEDING: 1, HEART_FAILURE: 1,
  HEART_FAILURE_REDUCED_EJECTION: 1, ISCHAEMIC_HEART_DISEASE: 1, STROKE: 1, PERIPHERAL_ARTERY_DISEASE: 1, HYPERTENSION: 1, UNCONTROLLED_HYPERTENSION: 1,
  HEART_BLOCK: 1, LONG_QT_SYNDROME: 1, MECHANICAL_HEART_VALVE: 1, VENOUS_THROMBOSIS: 1, ARTERIAL_THROMBOSIS: 1, BREAST_CANCER: 1, EPILEPSY: 1, PSYCHOSIS: 1,
  PARKINSON_DISEASE: 1, MYASTHENIA_GRAVIS: 1, MIGRAINE_WITH_AURA: 1, ANGLE_CLOSURE_GLAUCOMA: 1, OPTIC_NEURITIS: 1, CANNOT_REPORT_VISION: 1,
  URINARY_RETENTION: 1, ACUTE_PORPHYRIA: 1, LIVER_DISEASE: 1, SEVERE_LIVER_DISEASE: 1, ACUTE_LIVER_FAILURE: 1, DECOMPENSATED_CIRRHOSIS: 1,
  ACTIVE_LIVER_DISEASE: 1, ALCOHOL_USE: 1, HEAVY_ALCOHOL_USE: 1, UREA_CYCLE_DISORDER: 1, DENGUE: 1, TYPE_1_DIABETES: 1, TYPE_2_DIABETES: 1, KETOACIDOSIS: 1,
  GOUT: 1, ACUTE_GOUT: 1, SEVERE_HYPERTENSION: 1, PACEMAKER: 1, DEPRESSION: 1, TREMOR: 1, RESTLESS_LEGS: 1, PROSTATIC_ENLARGEMENT_WITH_RETENTION: 1,
  TUBERCULOSIS: 1, NEWBORN_JAUNDICE: 1, PRETERM: 1, OTHER: 1,
} satisfies Record<Schemas['ConditionCode'], 1>) as Schemas['ConditionCode'][];
