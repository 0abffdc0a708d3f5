import type { ComponentChildren } from 'preact';
import { get, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Badge, Empty, Shown } from '../../kit';
import { t } from '../../i18n';
import { ago } from '../../i18n/format';
import { AlertCard } from './AlertCard';
import { RequestCard } from './Connections';
import { Totals, Worklist } from './Worklist';

const order = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** Who needs the doctor now. */
export function Today() {
  const alerts = useLoad(
    (signal) => get('/health-monitoring/alerts', { query: { state: 'OPEN', limit: 50 }, signal }), [], ['alert.opened', 'alert.updated'],
  );
  const requests = useLoad(
    (signal) => get('/connections', { query: { status: 'PENDING', limit: 50 }, signal }), [], ['connection.changed'],
  );
  const revisions = useLoad(
    (signal) => get('/prescriptions', { query: { status: 'PENDING_REVISION', limit: 50 }, signal }), [], ['prescription.changed'],
  );
  return (
    <div class="stack">
      <h1>{t.today.title}</h1>
      <Totals />
      <div class="columns board">
        <Column title={t.today.values} count={alerts.value?.items.length}>
          <Shown of={alerts}>
            {({ items }) => items.length === 0 ? <Empty>{t.today.noValues}</Empty> : (
              <ul class="stack tight">
                {[...items].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity)).map((alert) => (
                  <li key={alert.id}><AlertCard alert={alert} onChange={alerts.reload} /></li>
                ))}
              </ul>
            )}
          </Shown>
        </Column>
        <Worklist />
        <div class="stack">
          <Column title={t.today.requests} count={requests.value && requests.value.items.filter(isAsked).length}>
            <Shown of={requests} lines={3}>
              {({ items }) => {
                const asked = items.filter(isAsked);
                return asked.length === 0 ? <Empty>{t.today.noRequests}</Empty> : (
                  <ul class="stack tight">{asked.map((one) => <li key={one.id}><RequestCard connection={one} onChange={requests.reload} /></li>)}</ul>
                );
              }}
            </Shown>
          </Column>
          <Column title={t.today.revisions} count={revisions.value?.items.length}>
            <Shown of={revisions} lines={3}>
              {({ items }) => items.length === 0 ? <Empty>{t.today.noRevisions}</Empty> : (
                <ul class="stack tight">
                  {items.map((one) => (
                    <li key={one.id} class="alert-card">
                      <b>{one.diagnosis ?? one.medications.map((line) => line.medicineName).join(', ')}</b>
                      {one.reason && <p>{one.reason}</p>}
                      <div class="row between"><span class="muted small">{ago(one.updatedAt)}</span><a class="button small" href={`/clinic/prescriptions/${one.id}`}>{t.open}</a></div>
                    </li>
                  ))}
                </ul>
              )}
            </Shown>
          </Column>
        </div>
      </div>
    </div>
  );
}

/** Only what somebody else has asked for waits for the doctor. */
function isAsked(connection: Schemas['Connection']): boolean {
  return connection.requestedBy !== connection.carerId;
}

function Column({ title, count, children }: { title: string; count?: number; children: ComponentChildren }) {
  return (
    <section class="stack tight" aria-label={title}>
      <h2 class="row">{title}{count ? <Badge><span class="number">{count}</span></Badge> : null}</h2>
      {children}
    </section>
  );
}
