import { get } from '../../core/api';
import { useLoad } from '../../core/load';
import { query } from '../../core/router';
import { Empty, Shown, Tabs } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { t } from '../../i18n';
import { AlertCard } from './AlertCard';

type State = 'OPEN' | 'ACKNOWLEDGED' | 'RESOLVED';

/** All alerts of one state; the state stands in the address. */
export function Alerts() {
  const state = (query('state') || 'OPEN') as State;
  const pages = usePages();
  const alerts = useLoad(
    (signal) => get('/health-monitoring/alerts', { query: { state, limit: pages.size }, signal }), [state, pages.size], ['alert.opened', 'alert.updated'],
  );
  const states: State[] = ['OPEN', 'ACKNOWLEDGED', 'RESOLVED'];
  return (
    <div class="stack">
      <h1>{t.alerts.title}</h1>
      <Tabs label={t.alerts.title} current={`/clinic/alerts?state=${state}`} of={states.map((one) => ({ address: `/clinic/alerts?state=${one}`, text: t.alertState[one] }))} />
      <Shown of={alerts}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? <Empty>{state === 'OPEN' ? t.alerts.none : t.alerts.noneOfState}</Empty> : (
              <ul class="columns">{items.map((alert) => <li key={alert.id}><AlertCard alert={alert} onChange={alerts.reload} whole /></li>)}</ul>
            )}
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </div>
  );
}
