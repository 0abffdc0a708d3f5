import { useSignal } from '@preact/signals';
import { remove, type Schemas } from '../../core/api';
import { Dialog, Refusal, useAction } from '../../kit';
import { SeverityBadge, VitalValue } from '../../clinical';
import { t, word } from '../../i18n';
import { dateTime } from '../../i18n/format';
import { d, o } from '../../i18n/own';

/** The newest value of one kind; the patient may take back what was written wrong. */
export function Latest({ of, onChange }: { of: Schemas['Vital']; onChange?: () => void }) {
  const asking = useSignal(false);
  const withdrawing = useAction(async () => {
    await remove('/health-monitoring/vitals/{id}', { path: { id: of.id } });
    asking.value = false;
    onChange?.();
  });
  return (
    <li class="row between">
      <div class="grow"><p>{word(t.vital, of.vitalType)}</p><p class="muted small">{d(dateTime(of.measuredAt))}</p></div>
      <div class="row"><span class="value"><VitalValue of={of} /></span>{of.severity && <SeverityBadge severity={of.severity} />}
        {onChange && <button type="button" class="small" onClick={() => { asking.value = true; }}>{o.health.wrong}<span class="hidden-text"> {word(t.vital, of.vitalType)}</span></button>}
      </div>
      {asking.value && (
        <Dialog title={o.health.wrong} onClose={() => { asking.value = false; }}>
          <p>{o.health.wrongSure}</p>
          {withdrawing.problem && <Refusal problem={withdrawing.problem} />}
          <div class="row"><button type="button" class="danger" disabled={withdrawing.isBusy} onClick={() => void withdrawing.run()}>{t.yes}</button><button type="button" onClick={() => { asking.value = false; }}>{t.cancel}</button></div>
        </Dialog>
      )}
    </li>
  );
}
