// The pages of patients and of the family who care for them.
import { render } from 'preact';
import { signal } from '@preact/signals';
import { get, Problem } from '../core/api';
import { enterOwn, startWorker } from '../core/own';
import { useLoad } from '../core/load';
import { match, startRouter } from '../core/router';
import { me } from '../core/session';
import { showTextSize } from '../core/text-size';
import { Empty, Refusal, Skeleton } from '../kit';
import { Phone, Rows, type Spot } from '../kit/phone';
import { t } from '../i18n';
import { o } from '../i18n/own';
import { Account } from '../screens/account';
import { Messages } from '../screens/Messages';
import { Cared, CarePerson } from '../screens/own/Care';
import { Health } from '../screens/own/Health';
import { History } from '../screens/own/History';
import { Invite } from '../screens/own/Invite';
import { Looked } from '../screens/own/Looked';
import { Medicines } from '../screens/own/Medicines';
import { People } from '../screens/own/People';
import { Plan } from '../screens/own/Plan';
import { Settings, SignOut } from '../screens/own/Settings';
import { Today } from '../screens/own/Today';

const failed = signal<Problem | undefined>(undefined);

/** What both see; then what is the patient's, or the carer's. */
function screen(isPatient: boolean) {
  const found = match('/me/care/:id');
  if (match('/me')) return isPatient ? { title: o.today.title, view: <Today /> } : { title: o.care.title, view: <Cared /> };
  if (match('/me/more')) return { title: o.more.title, view: <MoreRows isPatient={isPatient} /> };
  if (match('/me/messages')) return { title: t.messages.title, view: <Messages prefix="/me" /> };
  if (match('/me/settings')) return { title: o.settings.title, view: <Settings /> };
  if (match('/me/account')) return { title: t.account.title, view: <Account /> };
  if (match('/me/plan')) return { title: o.plan.title, view: <Plan /> };
  if (isPatient) {
    if (match('/me/medicines')) return { title: o.medicines.title, view: <Medicines /> };
    if (match('/me/history')) return { title: o.history.title, view: <History /> };
    if (match('/me/health')) return { title: o.health.title, view: <Health /> };
    if (match('/me/people')) return { title: o.people.title, view: <People /> };
    if (match('/me/people/invite')) return { title: o.invite.title, view: <Invite /> };
    if (match('/me/people/looked')) return { title: o.people.looked, view: <Looked /> };
  } else if (found) {
    return { title: o.care.title, view: <CarePerson key={found.id} id={found.id!} /> };
  }
  return { title: t.notFound.title, view: <Empty><h1>{t.notFound.title}</h1><p><a href="/me">{t.notFound.home}</a></p></Empty> };
}

function MoreRows({ isPatient }: { isPatient: boolean }) {
  const unread = useLoad((signal) => get('/notifications/unread-count', { signal }), [], ['notification.created', 'notification.read']);
  const rows = [
    { address: '/me/messages', text: o.more.messages, count: unread.value?.unreadCount },
    ...(isPatient ? [{ address: '/me/history', text: o.more.history }, { address: '/me/people/looked', text: o.more.looked }] : []),
    { address: '/me/plan', text: o.more.plan }, { address: '/me/settings', text: o.more.settings },
  ];
  return <div class="stack own"><h1>{o.more.title}</h1><Rows of={rows} /><p><SignOut /></p></div>;
}

function Desk() {
  const isPatient = me.value!.role === 'PATIENT';
  const { title, view } = screen(isPatient);
  const spots: Spot[] = isPatient
    ? [
      { address: '/me', text: o.nav.today, icon: 'day' }, { address: '/me/medicines', text: o.nav.medicines, icon: 'pill' }, { address: '/me/health', text: o.nav.health, icon: 'heart' },
      { address: '/me/people', text: o.nav.people, icon: 'people' }, { address: '/me/more', text: o.nav.more, icon: 'more' },
    ]
    : [{ address: '/me', text: o.nav.care, icon: 'people' }, { address: '/me/more', text: o.nav.more, icon: 'more' }];
  return <Phone spots={spots} title={title}>{view}</Phone>;
}

function Pages() {
  if (failed.value) return <main><Refusal problem={failed.value} retry={() => location.reload()} /></main>;
  return me.value ? <Desk /> : <main><Skeleton lines={8} /></main>;
}

showTextSize();
startRouter('/me');
render(<Pages />, document.getElementById('app')!);
enterOwn().catch((problem: Problem) => { if (problem.status !== 401) failed.value = problem; });
startWorker();
