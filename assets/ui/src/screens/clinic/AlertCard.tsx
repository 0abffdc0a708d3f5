import { useSignal } from '@preact/signals';
import { post, type Schemas } from '../../core/api';
import { ReasonDialog, Refusal, useAction } from '../../kit';
import { t, word } from '../../i18n';
import { ago, dateTime, number } from '../../i18n/format';
import { SeverityBadge, VitalValue } from '../../clinical';

/** One alert: who, what, since when, and what can be done. */
export function AlertCard({ alert, onChange, whole }: { alert: Schemas['HealthAlert']; onChange: () => void; whole?: boolean }) {
  const resolving = useSignal(false);
  const taking = useAction(async () => {
    await post('/health-monitoring/alerts/{id}/acknowledge', { path: { id: alert.id } });
    onChange();
  });
  const gain = alert.weightGain;
  const name = alert.vitalType ? word(t.vital, alert.vitalType) : word(t.alertKind, alert.kind);
  return (
    <article class={`alert-card ${alert.severity}`}>
      <div class="row between">
        <a href={`/clinic/patients/${alert.patientId}/vitals`}><b>{alert.patientName}</b></a>
        <SeverityBadge severity={alert.severity} />
      </div>
      <div class="row">
        <span>{alert.kind === 'READING' ? name : word(t.alertKind, alert.kind)}</span>
        {alert.latest && <span class="value"><VitalValue of={alert.latest} /></span>}
        {gain && <span class="value number">+{number(gain.to - gain.from, 1)} kg</span>}
        {alert.latestEarlyWarningScore?.total !== undefined && alert.latestEarlyWarningScore?.total !== null && <span class="value number" lang="en">NEWS2 {alert.latestEarlyWarningScore.total}</span>}
      </div>
      {alert.message && <p>{alert.message}</p>}
      {alert.location && <p>{t.alerts.place}: {alert.location}</p>}
      {alert.readingWithdrawn && <p class="muted">{t.alerts.withdrawn}</p>}
      {whole && alert.note && <p>{t.alerts.note}: {alert.note}</p>}
      <div class="row between">
        <span class="muted small" title={dateTime(alert.openedAt)}>
          {ago(alert.openedAt)}
          {alert.occasions > 1 && ` · ${t.alerts.occasions(alert.occasions)}`}
          {alert.escalations > 0 && ` · ${t.alerts.escalated(alert.escalations)}`}
          {whole && ` · ${word(t.alertState, alert.state)}`}
        </span>
        <div class="row">
          {alert.state === 'OPEN' && <button type="button" class="small" disabled={taking.isBusy} onClick={() => void taking.run()}>{t.alerts.acknowledge}<span class="hidden-text"> {alert.patientName}</span></button>}
          {alert.state !== 'RESOLVED' && <button type="button" class="small" onClick={() => { resolving.value = true; }}>{t.alerts.resolve}<span class="hidden-text"> {alert.patientName}</span></button>}
        </div>
      </div>
      {taking.problem && <Refusal problem={taking.problem} retry={onChange} />}
      {resolving.value && (
        <ReasonDialog title={`${t.alerts.resolve}: ${alert.patientName}`} label={t.alerts.what} action={t.alerts.resolve} onClose={() => { resolving.value = false; }}
          onDone={async (note) => {
            await post('/health-monitoring/alerts/{id}/resolve', { path: { id: alert.id }, body: { note } });
            resolving.value = false;
            onChange();
          }} />
      )}
    </article>
  );
}
