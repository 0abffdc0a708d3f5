import { get, post, type Schemas } from '../core/api';
import { useLoad } from '../core/load';
import { query } from '../core/router';
import { Badge, Empty, Refusal, Shown, Tabs, useAction } from '../kit';
import { More, usePages } from '../kit/pages';
import { say, t } from '../i18n';
import { ago, dateTime } from '../i18n/format';

type Message = Schemas['Notification'];
type Prefix = '/clinic' | '/admin' | '/me' | '/family';

/** What the server told the reader, unread first to be seen; each leads to what it is about. */
export function Messages({ prefix }: { prefix: Prefix }) {
  const unreadOnly = query('which') !== 'all';
  const base = `${prefix}/messages`;
  const pages = usePages();
  const messages = useLoad((signal) => get('/notifications', { query: { unreadOnly: unreadOnly || undefined, limit: pages.size }, signal }), [unreadOnly, pages.size], ['notification.created', 'notification.read']);
  const reading = useAction(async () => { await post('/notifications/read-all'); messages.reload(); });
  return (
    <div class="stack">
      <div class="row between">
        <h1>{t.messages.title}</h1>
        {unreadOnly && messages.value && messages.value.items.length > 0 && <button type="button" disabled={reading.isBusy} onClick={() => void reading.run()}>{t.messages.readAll}</button>}
      </div>
      <Tabs label={t.messages.title} current={unreadOnly ? base : `${base}?which=all`} of={[{ address: base, text: t.messages.unread }, { address: `${base}?which=all`, text: t.messages.all }]} />
      {reading.problem && <Refusal problem={reading.problem} />}
      <Shown of={messages}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? <Empty>{unreadOnly ? t.messages.none : t.messages.noneYet}</Empty> : (
              <ul class="stack tight">{items.map((one) => <li key={one.id}><MessageCard message={one} prefix={prefix} onChange={messages.reload} /></li>)}</ul>
            )}
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
    </div>
  );
}

function MessageCard({ message, prefix, onChange }: { message: Message; prefix: Prefix; onChange: () => void }) {
  const reading = useAction(async () => {
    await post('/notifications/{id}/read', { path: { id: message.id } });
    onChange();
  });
  const grave = message.urgency === 'CRITICAL' ? 'CRITICAL' : message.urgency === 'WARNING' ? 'HIGH' : '';
  const where = placeOf(message, prefix);
  return (
    <article class={`alert-card ${grave}`}>
      <div class="row between">
        <b>{say({ english: message.english.title, khmer: message.khmer.title })}</b>
        {!message.isRead && <Badge tone={grave === 'CRITICAL' ? 'critical' : grave ? 'warning' : 'info'}>{t.messages.isNew}</Badge>}
      </div>
      <p>{say({ english: message.english.body, khmer: message.khmer.body })}</p>
      <div class="row between">
        <span class="muted small" title={dateTime(message.createdAt)}>{ago(message.createdAt)}</span>
        <div class="row">
          {where && <a class="button small" href={where}>{t.open}<span class="hidden-text"> {message.title}</span></a>}
          {!message.isRead && <button type="button" class="small" disabled={reading.isBusy} onClick={() => void reading.run()}>{t.today.seen}<span class="hidden-text"> {message.title}</span></button>}
        </div>
      </div>
      {reading.problem && <Refusal problem={reading.problem} />}
    </article>
  );
}

/** Where what a message speaks of can be seen. */
function placeOf({ resourceType, resourceId, patientId }: Message, prefix: Prefix): string | undefined {
  const patient = patientId && `${prefix === '/admin' ? '/admin/people' : '/clinic/patients'}/${patientId}`;
  if (prefix === '/admin') {
    if (resourceType === 'user' && resourceId) return `/admin/people/${resourceId}`;
    if (resourceType === 'queue' || resourceType === 'job') return '/admin/jobs';
    if (resourceType === 'safety_rule' && resourceId) return `/admin/safety?search=${encodeURIComponent(resourceId)}`;
    return patient || undefined;
  }
  if (prefix === '/family') return patientId ? `/family/care/${patientId}` : '/family';
  if (prefix === '/me') return ({ prescription: '/me/medicines', connection: '/me/people', dose: '/me', note: '/me/notes', alert: '/me/health', vital: '/me/health', record: '/me/people/looked', payment: '/plan', subscription: '/plan' } as Record<string, string>)[resourceType ?? ''];
  if (resourceType === 'prescription' && resourceId) return `/clinic/prescriptions/${resourceId}`;
  if (resourceType === 'connection') return '/clinic/connections';
  const tab = ({ dose: 'adherence', alert: 'vitals', vital: 'vitals', record: 'record' } as Record<string, string>)[resourceType ?? ''];
  return patient ? (tab ? `${patient}/${tab}` : patient) : undefined;
}
