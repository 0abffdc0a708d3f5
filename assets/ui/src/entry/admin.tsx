// The clinic's administration.
import { render } from 'preact';
import { signal } from '@preact/signals';
import { get, Problem } from '../core/api';
import { useLoad } from '../core/load';
import { match, startRouter } from '../core/router';
import { enter, me } from '../core/session';
import { Frame } from '../kit/frame';
import { Empty, Refusal, Skeleton } from '../kit';
import { t } from '../i18n';
import { Account } from '../screens/account';
import { Messages } from '../screens/Messages';
import { Audit } from '../screens/admin/Audit';
import { Health } from '../screens/admin/Health';
import { Jobs } from '../screens/admin/Jobs';
import { Medicine, NewMedicine } from '../screens/admin/Medicine';
import { Medicines } from '../screens/admin/Medicines';
import { People } from '../screens/admin/People';
import { Person } from '../screens/admin/Person';
import { NewPerson } from '../screens/admin/PersonMore';
import { Plans } from '../screens/admin/Plans';
import { Safety } from '../screens/admin/Safety';

const failed = signal<Problem | undefined>(undefined);

function screen() {
  let found: Record<string, string> | undefined;
  if (match('/admin')) return { title: t.health.title, view: <Health /> };
  if (match('/admin/people')) return { title: t.people.title, view: <People /> };
  if (match('/admin/people/new')) return { title: t.people.make, view: <NewPerson /> };
  if ((found = match('/admin/people/:id'))) return { title: t.people.person, view: <Person key={found.id} id={found.id!} /> };
  if (match('/admin/medicines')) return { title: t.medicines.title, view: <Medicines /> };
  if (match('/admin/medicines/new')) return { title: t.medicines.add, view: <NewMedicine /> };
  if ((found = match('/admin/medicines/:id'))) return { title: t.medicines.title, view: <Medicine key={found.id} id={found.id!} /> };
  if (match('/admin/safety')) return { title: t.safety.title, view: <Safety tab="rules" /> };
  if ((found = match('/admin/safety/:tab')) && ['statistics', 'files'].includes(found.tab!)) return { title: t.safety.title, view: <Safety tab={found.tab!} /> };
  if (match('/admin/plans')) return { title: t.plans.title, view: <Plans /> };
  if (match('/admin/jobs')) return { title: t.jobs.title, view: <Jobs /> };
  if (match('/admin/audit')) return { title: t.audit.title, view: <Audit /> };
  if (match('/admin/messages')) return { title: t.messages.title, view: <Messages prefix="/admin" /> };
  if (match('/admin/account')) return { title: t.account.title, view: <Account /> };
  return { title: t.notFound.title, view: <Empty><h1>{t.notFound.title}</h1><p><a href="/admin">{t.notFound.home}</a></p></Empty> };
}

function Desk() {
  const waiting = useLoad((signal) => get('/users', { query: { role: 'DOCTOR', status: 'PENDING_VERIFICATION', limit: 100 }, signal }), []);
  const unread = useLoad((signal) => get('/notifications/unread-count', { signal }), [], ['notification.created', 'notification.read']);
  const { title, view } = screen();
  const places = [
    { address: '/admin', text: t.health.title },
    { address: '/admin/people', text: t.people.title, count: waiting.value?.items.length },
    { address: '/admin/medicines', text: t.medicines.title },
    { address: '/admin/safety', text: t.safety.title },
    { address: '/admin/plans', text: t.plans.title },
    { address: '/admin/jobs', text: t.jobs.title },
    { address: '/admin/audit', text: t.audit.title },
    { address: '/admin/messages', text: t.messages.title, news: unread.value?.unreadCount },
    { address: '/admin/account', text: t.account.title },
  ];
  return <Frame home="/admin" places={places} title={title}>{view}</Frame>;
}

function Pages() {
  if (failed.value) return <main><Refusal problem={failed.value} retry={() => location.reload()} /></main>;
  return me.value ? <Desk /> : <main><Skeleton /></main>;
}

startRouter('/admin');
render(<Pages />, document.getElementById('app')!);
enter('/admin').catch((problem: Problem) => { if (problem.status !== 401) failed.value = problem; });
