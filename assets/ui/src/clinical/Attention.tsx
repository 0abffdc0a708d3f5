// Why somebody needs attention, in the server's words.
import type { Schemas } from '../core/api';
import { say, t } from '../i18n';
import { ago, dateTime } from '../i18n/format';
import { SeverityBadge } from '.';

type Reason = Schemas['AttentionReason'];

/** Each with how grave it is, since when where that is known, and a link to what it rests on. */
export function Reasons({ of, patient }: { of: Reason[]; patient: string }) {
  return (
    <ul class="stack tight">
      {of.map((reason) => (
        <li key={`${reason.kind} ${reason.alertId ?? reason.medicationId ?? reason.prescriptionId ?? ''}`} class="row">
          <SeverityBadge severity={reason.severity} />
          <span class="grow">
            <a href={placeOf(reason, patient)}>{say(reason.text)}</a>
            {reason.since && <span class="muted small" title={dateTime(reason.since)}> {t.today.since(ago(reason.since))}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Where the chart shows what a reason rests on. */
function placeOf({ kind, prescriptionId }: Reason, patient: string): string {
  const base = `/clinic/patients/${patient}`;
  switch (kind) {
    case 'ALERT_UNANSWERED': case 'BAD_VITALS': return `${base}/vitals`;
    case 'LOW_ADHERENCE': case 'FALLING_ADHERENCE': return `${base}/adherence`;
    case 'VISIT_OVERDUE': case 'SUPPLY_ENDS': return prescriptionId ? `/clinic/prescriptions/${prescriptionId}` : `${base}/prescriptions`;
    default: return base;
  }
}
