import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Choice, Dialog, Empty, ErrorSummary, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { SeverityBadge, VitalValue } from '../../clinical';
import { t, word } from '../../i18n';
import { numberError, readNumber } from '../../i18n/format';
import { o } from '../../i18n/own';
import { Latest } from './Latest';

type VitalType = Schemas['VitalType'];
type Context = 'FASTING' | 'AFTER_MEAL' | 'RANDOM';

/** The units that devices at home show; the first is the usual one. */
const units: Record<VitalType, string[]> = {
  BLOOD_PRESSURE: ['mmHg'], GLUCOSE: ['mg/dL', 'mmol/L'], HEART_RATE: ['bpm'], TEMPERATURE: ['Cel'], SPO2: ['%'], WEIGHT: ['kg'], RESPIRATORY_RATE: ['/min'],
};
const types: VitalType[] = ['BLOOD_PRESSURE', 'GLUCOSE', 'WEIGHT', 'TEMPERATURE', 'HEART_RATE', 'SPO2'];
const shown = (unit: string): string => (unit === 'Cel' ? '°C' : unit);

/** Values that somebody measures at home, with an answer at once, and help. */
export function Health() {
  const latest = useLoad((signal) => get('/health-monitoring/vitals/latest', { signal }), [], ['vital.recorded']);
  return (
    <div class="stack own">
      <h1>{o.health.title}</h1>
      <Emergency />
      <Enter onDone={latest.reload} />
      <section class="card stack tight" aria-labelledby="latest">
        <h2 id="latest">{o.health.latest}</h2>
        <Shown of={latest} lines={4}>
          {({ items }) => items.length === 0 ? <Empty>{o.health.none}</Empty> : <ul class="list">{items.map((one) => <Latest key={one.id} of={one} onChange={latest.reload} />)}</ul>}
        </Shown>
      </section>
    </div>
  );
}

function Enter({ onDone }: { onDone: () => void }) {
  const type = useSignal<VitalType>('BLOOD_PRESSURE');
  const [value, second, unit] = [useSignal(''), useSignal(''), useSignal('mmHg')];
  const context = useSignal<Context>('FASTING');
  const key = useSignal(newKey());
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const saved = useSignal<Schemas['Vital'] | undefined>(undefined);
  const isPressure = type.value === 'BLOOD_PRESSURE';
  const read = (id: string, text: string): number | undefined => {
    const typed = readNumber(text);
    if (typed.is === 'number') return typed.value;
    errors.value = [...errors.value, { id, text: numberError(typed) ?? o.health.missing }];
    return undefined;
  };
  const saving = useAction(async () => {
    errors.value = [];
    const main = read('value', value.value);
    const other = isPressure ? read('second', second.value) : undefined;
    if (main === undefined || errors.value.length > 0) return;
    const body: Schemas['RecordVitalRequest'] = { vitalType: type.value, value: main, valueSecondary: other, unit: unit.value, context: type.value === 'GLUCOSE' ? context.value : undefined, source: 'MANUAL' };
    saved.value = await post('/health-monitoring/vitals', { body, key: key.value });
    key.value = newKey();
    value.value = second.value = '';
    onDone();
  });
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  const one = saved.value;
  return (
    <section class="card stack" aria-labelledby="record">
      <h2 id="record">{o.health.record}</h2>
      {one ? (
        <>
          <Notice tone={one.severity === 'CRITICAL' || one.severity === 'HIGH' ? 'danger' : one.severity ? 'warning' : 'success'} live>
            <p><b>{o.health.recorded} {word(t.vital, one.vitalType)} <VitalValue of={{ value: one.typedValue, valueSecondary: one.typedValueSecondary, unit: shown(one.typedUnit) }} /></b></p>
            {one.severity && <p><SeverityBadge severity={one.severity} /></p>}
            <p>{one.message ?? o.health.fine}</p>
          </Notice>
          {(one.severity === 'CRITICAL' || one.severity === 'HIGH') && <a class="button big danger" href="tel:119">{o.health.call}</a>}
          <button type="button" class="big" onClick={() => { saved.value = undefined; }}>{o.health.again}</button>
        </>
      ) : (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
          <ErrorSummary errors={errors.value} />
          {saving.problem && <Refusal problem={saving.problem} />}
          <Choice label={o.health.what} value={type.value} of={types.map((kind) => [kind, word(t.vital, kind)])} onChoice={(kind) => { type.value = kind; unit.value = units[kind][0]!; errors.value = []; }} />
          {type.value === 'GLUCOSE' && <Choice label={o.health.when} value={context.value} of={(['FASTING', 'AFTER_MEAL', 'RANDOM'] as const).map((when) => [when, o.health.context[when]])} onChoice={(when) => { context.value = when; }} />}
          {units[type.value].length > 1 && <Choice label={o.health.device} value={unit.value} of={units[type.value].map((text) => [text, text])} onChoice={(text) => { unit.value = text; }} />}
          <div class="fields">
            <Text id="value" label={`${isPressure ? o.health.upper : o.health.value} (${shown(unit.value)})`} mode="decimal" most={8} value={value.value} error={wrong('value')} onText={(text) => { value.value = text; }} />
            {isPressure && <Text id="second" label={`${o.health.lower} (mmHg)`} mode="decimal" most={8} value={second.value} error={wrong('second')} onText={(text) => { second.value = text; }} />}
          </div>
          <button type="submit" class="primary big" disabled={saving.isBusy}>{o.health.save}</button>
        </form>
      )}
    </section>
  );
}

/** Two steps, so that nobody calls for help with a pocket; the ambulance stands beside it, without a network too. */
function Emergency() {
  const step = useSignal<'ask' | 'done' | undefined>(undefined);
  const [what, where] = [useSignal(''), useSignal('')];
  const key = useSignal(newKey());
  const calling = useAction(async () => {
    await post('/health-monitoring/emergency', { body: { message: what.value.trim() || undefined, location: where.value.trim() || undefined }, key: key.value });
    key.value = newKey();
    step.value = 'done';
  });
  const close = (): void => { step.value = undefined; calling.forget(); };
  return (
    <div class="fields">
      <button type="button" class="critical big" onClick={() => { step.value = 'ask'; }}>{o.health.emergency}</button>
      <a class="button big danger" href="tel:119">{o.health.call}</a>
      {step.value && (
        <Dialog title={o.health.emergency} onClose={close}>
          {step.value === 'done' ? <Notice tone="success" live>{o.health.emergencyDone}</Notice> : (
            <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void calling.run(); }}>
              <p>{o.health.emergencyText}</p>
              {calling.problem && (calling.problem.isAway ? <Notice tone="danger" live>{o.health.emergencyAway}</Notice> : <Refusal problem={calling.problem} />)}
              <button type="submit" class="critical big" disabled={calling.isBusy}>{o.health.emergencyYes}</button>
              <Text id="what" label={o.health.emergencyWhat} most={500} value={what.value} onText={(text) => { what.value = text; }} />
              <Text id="where" label={o.health.emergencyWhere} most={200} value={where.value} onText={(text) => { where.value = text; }} />
            </form>
          )}
          <a class="button big danger" href="tel:119">{o.health.call}</a>
          <button type="button" onClick={close}>{t.close}</button>
        </Dialog>
      )}
    </div>
  );
}
