import { useSignal } from '@preact/signals';
import { note } from '../../core/outbox';
import type { Mark } from '../../core/store';
import { Dialog, Notice } from '../../kit';
import { t } from '../../i18n';
import { o } from '../../i18n/own';
import { DoseText, type Seen } from './doses';

type Reason = NonNullable<Mark['reason']>;
const reasons = ['FORGOT', 'OUT_OF_STOCK', 'SIDE_EFFECT', 'FELT_WELL', 'FASTING', 'TOLD_TO_STOP'] as const satisfies readonly Reason[];

/** Why a dose is left out: one touch, and an advice where the reason needs one. */
export function SkipDialog({ of: { dose }, onClose }: { of: Seen; onClose: () => void }) {
  const reason = useSignal<Reason | undefined>(undefined);
  const needsAdvice = reason.value === 'SIDE_EFFECT' || reason.value === 'FELT_WELL' || reason.value === 'OUT_OF_STOCK';
  const choose = (one: Reason): void => {
    reason.value = one;
    void note([dose.id], 'skipped', new Date().toISOString(), one);
    if (one === 'FORGOT' || one === 'FASTING' || one === 'TOLD_TO_STOP') onClose();
  };
  return (
    <Dialog title={o.today.skipTitle} onClose={onClose}>
      <DoseText dose={dose} small />
      {reason.value === undefined && (
        <div class="stack tight">
          {reasons.map((one) => <button key={one} type="button" class="big" onClick={() => choose(one)}>{o.today.reasons[one]}</button>)}
          <button type="button" class="plain" onClick={onClose}>{t.cancel}</button>
        </div>
      )}
      {needsAdvice && (
        <>
          <Notice tone="warning" live>{o.today.reasonAdvice}</Notice>
          <button type="button" class="primary big" onClick={onClose}>{o.today.seen}</button>
        </>
      )}
    </Dialog>
  );
}
