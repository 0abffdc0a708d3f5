import { useSignal } from '@preact/signals';
import { newKey, put, type Schemas } from '../../core/api';
import { FormDialog, type Fault } from '../../kit/form';
import { t, word } from '../../i18n';
import { numberError, readNumber } from '../../i18n/format';

type Limits = Schemas['ThresholdBounds'];
/** From the mildest to the gravest, each with what is below and above it. */
const rows = [['min', 'max', 'range'], ['highMin', 'highMax', 'HIGH'], ['criticalMin', 'criticalMax', 'CRITICAL']] as const;
const names = rows.flatMap(([low, high]) => [low, high]);
type Typed = Record<(typeof names)[number], string>;

const typedOf = (own: Limits | null | undefined): Typed =>
  Object.fromEntries(names.map((name) => [name, typeof own?.[name] === 'number' ? String(own[name]) : ''])) as Typed;

function read(typed: Typed): Limits {
  const limits: Limits = {};
  for (const name of names) {
    const value = readNumber(typed[name]);
    if (value.is === 'number') limits[name] = value.value;
  }
  return limits;
}

const isEmpty = (limits: Limits): boolean => Object.keys(limits).length === 0;

/** The bounds of one kind of value for this patient. The others stay as they are: the server takes all of them at once. */
export function BoundsForm({ patient, of, type, onDone, onClose }: {
  patient: string; of: Schemas['Monitoring']; type: Schemas['VitalType']; onDone: () => void; onClose: () => void;
}) {
  const now = of.thresholds.find((one) => one.vitalType === type);
  const main = useSignal<Typed>(typedOf(now?.own));
  const second = useSignal<Typed>(typedOf(now?.ownSecondary));
  const isPressure = type === 'BLOOD_PRESSURE';
  const groups: [string, string, typeof main][] = [['bounds', isPressure ? t.vitals.systolic : word(t.vital, type), main], ...(isPressure ? [['bounds-second', t.vitals.diastolic, second] as [string, string, typeof main]] : [])];
  const faults = (): Fault[] => groups.flatMap(([id, title, typed]) => names.flatMap((name) => {
    const error = numberError(readNumber(typed.value[name]));
    return error ? [{ id: `${id}-${name}`, text: `${title}: ${error}` }] : [];
  }));
  return (
    <FormDialog title={`${t.vitals.setBounds}: ${word(t.vital, type)}`} text={t.vitals.boundsText} action={t.save} onClose={onClose} faults={faults}
      onSend={async () => {
        const others = of.thresholds.filter((one) => one.vitalType !== type && (one.own || one.ownSecondary));
        const kept: Schemas['ThresholdRequest'][] = others.map((one) => ({ vitalType: one.vitalType, ...one.own, secondary: one.ownSecondary ?? undefined }));
        const [own, secondary] = [read(main.value), isPressure ? read(second.value) : {}];
        const changed: Schemas['ThresholdRequest'][] = isEmpty(own) && isEmpty(secondary) ? [] : [{ vitalType: type, ...own, secondary: isEmpty(secondary) ? undefined : secondary }];
        await put('/health-monitoring/thresholds', {
          query: { patientId: patient }, revision: of.revision, key: newKey(),
          body: { onOxygen: of.onOxygen, pregnant: of.pregnant, spo2Scale: of.spo2Scale, thresholds: [...kept, ...changed] },
        });
        onDone();
      }}>
      {(wrong) => groups.map(([id, title, typed]) => (
        <fieldset key={id} class="stack tight">
          <legend class="label">{title} <span class="muted small" lang="en">({now?.unit})</span></legend>
          {rows.map(([low, high, row]) => (
            <div key={row} class="bounds">
              <span>{row === 'range' ? t.vitals.outOfRange : word(t.severity, row)}</span>
              {[[low, t.vitals.below], [high, t.vitals.above]].map(([name, label]) => (
                <div key={name}>
                  <label for={`${id}-${name}`}>{label}<span class="hidden-text"> {row === 'range' ? t.vitals.outOfRange : word(t.severity, row)}</span></label>
                  <input id={`${id}-${name}`} type="text" inputMode="decimal" autocomplete="off" maxLength={7} value={typed.value[name as keyof Typed]} aria-invalid={wrong(`${id}-${name}`) ? true : undefined}
                    onInput={(event) => { typed.value = { ...typed.value, [name as keyof Typed]: event.currentTarget.value }; }} />
                </div>
              ))}
            </div>
          ))}
        </fieldset>
      ))}
    </FormDialog>
  );
}
