import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query } from '../../core/router';
import { SeverityBadge, VitalValue } from '../../clinical';
import { Choice, Dialog, Empty, ErrorSummary, Notice, Refusal, Shown, Tabs, Text, useAction } from '../../kit';
import { Chart } from '../../kit/chart';
import { t, word } from '../../i18n';
import { date, dateTime, daysAfter, numberError, readNumber, today } from '../../i18n/format';
import { BoundsForm } from './Bounds';

type VitalType = Schemas['VitalType'];
const types: VitalType[] = ['BLOOD_PRESSURE', 'GLUCOSE', 'HEART_RATE', 'TEMPERATURE', 'SPO2', 'WEIGHT', 'RESPIRATORY_RATE'];
const units: Record<VitalType, string> = { BLOOD_PRESSURE: 'mmHg', GLUCOSE: 'mg/dL', HEART_RATE: 'bpm', TEMPERATURE: '°C', SPO2: '%', WEIGHT: 'kg', RESPIRATORY_RATE: '/min' };
const DAYS = 90;

export function VitalsTab({ id }: { id: string }) {
  const type = (types.find((one) => one === query('type')) ?? 'BLOOD_PRESSURE') as VitalType;
  const base = `/clinic/patients/${id}/vitals`;
  const isPressure = type === 'BLOOD_PRESSURE';
  const entering = useSignal(false);
  const setting = useSignal(false);
  const trend = useLoad(
    (signal) => get('/health-monitoring/trends', { query: { patientId: id, vitalType: type, from: daysAfter(today(), 1 - DAYS), to: today() }, signal }), [id, type], ['vital.recorded'],
  );
  const readings = useLoad(
    (signal) => get('/health-monitoring/vitals', { query: { patientId: id, vitalType: type, limit: 30 }, signal }), [id, type], ['vital.recorded', 'alert.updated'],
  );
  const bounds = useLoad((signal) => get('/health-monitoring/thresholds', { query: { patientId: id }, signal }), [id]);
  const own = bounds.value?.thresholds.find((one) => one.vitalType === type);
  return (
    <div class="stack">
      <Tabs label={t.vitals.title} current={type === 'BLOOD_PRESSURE' ? base : `${base}?type=${type}`}
        of={types.map((one) => ({ address: one === 'BLOOD_PRESSURE' ? base : `${base}?type=${one}`, text: word(t.vital, one) }))} />
      <div class="row">
        <button type="button" class="primary" onClick={() => { entering.value = true; }}>{t.vitals.enter}</button>
        {bounds.value && <button type="button" onClick={() => { setting.value = true; }}>{t.vitals.setBounds}</button>}
      </div>
      <section class="card">
        <Shown of={trend}>
          {(value) => value.buckets.length === 0 ? <Empty>{t.vitals.noneOf(word(t.vital, type), DAYS)}</Empty> : (
            <Chart title={word(t.vital, type)} unit={value.unit} band={value.target} bandSecond={value.targetSecondary}
              firstName={isPressure ? t.vitals.systolic : word(t.vital, type)} secondName={isPressure ? t.vitals.diastolic : undefined}
              points={value.buckets.map((bucket) => ({ at: `${bucket.from}T12:00:00+07:00`, first: bucket.value.mean, second: bucket.valueSecondary?.mean }))} />
          )}
        </Shown>
        {own && (own.setAt ? <p class="muted small">{t.vitals.ownBounds}, {date(own.setAt)}</p> : <p class="muted small">{t.vitals.defaultBounds}: <span lang="en">{own.defaultSource}</span></p>)}
      </section>
      <section class="card stack tight" aria-labelledby="readings">
        <h2 id="readings">{t.vitals.readings}</h2>
        <Shown of={readings}>
          {({ items }) => items.length === 0 ? <Empty>{t.vitals.none}</Empty> : (
            <table class="cards">
              <caption class="hidden-text">{t.vitals.readings}</caption>
              <thead><tr><th>{t.vitals.when}</th><th>{t.vitals.value}</th><th>{t.vitals.grade}</th><th>{t.vitals.notes}</th></tr></thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.id}>
                    <td class="nowrap" data-label={t.vitals.when}>{dateTime(one.measuredAt)}</td>
                    <td data-label={t.vitals.value}><b><VitalValue of={one} /></b></td>
                    <td data-label={t.vitals.grade}>{one.severity ? <SeverityBadge severity={one.severity} /> : t.vitals.inTarget}{one.enteredInError && <span class="muted"> {t.vitals.withdrawn}</span>}</td>
                    <td data-label={t.vitals.notes}>{one.context ? word(t.context, one.context) : ''} {one.notes}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Shown>
      </section>
      {setting.value && bounds.value && (
        <BoundsForm patient={id} of={bounds.value} type={type} onDone={() => { setting.value = false; bounds.reload(); trend.reload(); readings.reload(); }} onClose={() => { setting.value = false; }} />
      )}
      {entering.value && <Enter id={id} type={type} onClose={() => { entering.value = false; }} onDone={() => { trend.reload(); readings.reload(); }} />}
    </div>
  );
}

/** Writes a measurement down; the server refuses what cannot be, and says how grave the rest is. */
function Enter({ id, type: first, onClose, onDone }: { id: string; type: VitalType; onClose: () => void; onDone: () => void }) {
  const type = useSignal<VitalType>(first);
  const [value, second, notes] = [useSignal(''), useSignal(''), useSignal('')];
  const key = useSignal(newKey());
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const saved = useSignal<Schemas['Vital'] | undefined>(undefined);
  const isPressure = type.value === 'BLOOD_PRESSURE';
  const read = (name: string, text: string): number | undefined => {
    const typed = readNumber(text);
    if (typed.is === 'number') return typed.value;
    errors.value = [...errors.value, { id: name, text: numberError(typed) ?? t.errors.number.missing }];
    return undefined;
  };
  const saving = useAction(async () => {
    errors.value = [];
    const main = read('vital-value', value.value);
    const other = isPressure ? read('vital-second', second.value) : undefined;
    if (main === undefined || errors.value.length > 0) return;
    const body: Schemas['RecordVitalRequest'] = {
      patientId: id, vitalType: type.value, value: main, valueSecondary: other, unit: units[type.value], notes: notes.value.trim() || undefined, source: 'CLINIC',
    };
    saved.value = await post('/health-monitoring/vitals', { body, key: key.value });
    key.value = newKey();
    onDone();
  });
  const wrong = (name: string): string | undefined => errors.value.find((error) => error.id === name)?.text;
  return (
    <Dialog title={t.vitals.enter} onClose={onClose}>
      {saved.value ? (
        <>
          <Notice tone={saved.value.severity ? 'warning' : 'success'} live>
            <p><b>{word(t.vital, saved.value.vitalType)} <VitalValue of={saved.value} /></b> {t.vitals.saved}</p>
            {saved.value.severity && <p><SeverityBadge severity={saved.value.severity} /></p>}
            {saved.value.message && <p>{saved.value.message}</p>}
          </Notice>
          <div class="row"><button type="button" class="primary" onClick={onClose}>{t.close}</button></div>
        </>
      ) : (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
          <ErrorSummary errors={errors.value} />
          {saving.problem && <Refusal problem={saving.problem} />}
          <Choice label={t.vitals.what} value={type.value} of={types.map((one) => [one, word(t.vital, one)])} onChoice={(one) => { type.value = one; }} />
          <div class="fields">
            <Text id="vital-value" label={`${isPressure ? t.vitals.systolic : t.vitals.value} (${units[type.value]})`} mode="decimal" most={8} value={value.value} error={wrong('vital-value')} onText={(text) => { value.value = text; }} />
            {isPressure && <Text id="vital-second" label={`${t.vitals.diastolic} (mmHg)`} mode="decimal" most={8} value={second.value} error={wrong('vital-second')} onText={(text) => { second.value = text; }} />}
          </div>
          <Text label={t.vitals.notes} most={500} value={notes.value} onText={(text) => { notes.value = text; }} />
          <div class="row">
            <button type="submit" class="primary" disabled={saving.isBusy}>{t.save}</button>
            <button type="button" onClick={onClose}>{t.cancel}</button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
