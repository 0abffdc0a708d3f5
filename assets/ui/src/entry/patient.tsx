// The pages of patients.
import { get } from '../core/api';
import { loadDays, settle, startDays } from '../core/days';
import { outbox, startOutbox } from '../core/outbox';
import { useLoad } from '../core/load';
import { match } from '../core/router';
import { nowhere, Rows, startPhone, type Spot } from '../kit/phone';
import { t } from '../i18n';
import { o } from '../i18n/own';
import { Messages } from '../screens/Messages';
import { Health } from '../screens/own/Health';
import { History } from '../screens/own/History';
import { Invite } from '../screens/own/Invite';
import { Looked } from '../screens/own/Looked';
import { Meals } from '../screens/own/Meals';
import { Medicines } from '../screens/own/Medicines';
import { Notes } from '../screens/own/Notes';
import { OwnAccount } from '../screens/own/OwnAccount';
import { People } from '../screens/own/People';
import { Settings } from '../screens/own/Settings';
import { SignOut } from '../screens/own/SignOut';
import { Today } from '../screens/own/Today';

const spots: Spot[] = [
  { address: '/me', text: o.nav.today, icon: 'day' }, { address: '/me/medicines', text: o.nav.medicines, icon: 'pill' }, { address: '/me/health', text: o.nav.health, icon: 'heart' },
  { address: '/me/people', text: o.nav.people, icon: 'people' }, { address: '/me/more', text: o.nav.more, icon: 'more' },
];

function screen() {
  if (match('/me')) return { title: o.today.title, view: <Today /> };
  if (match('/me/medicines')) return { title: o.medicines.title, view: <Medicines /> };
  if (match('/me/history')) return { title: o.history.title, view: <History /> };
  if (match('/me/health')) return { title: o.health.title, view: <Health /> };
  if (match('/me/people')) return { title: o.people.title, view: <People /> };
  if (match('/me/people/invite')) return { title: o.invite.title, view: <Invite /> };
  if (match('/me/people/looked')) return { title: o.people.looked, view: <Looked /> };
  if (match('/me/more')) return { title: o.more.title, view: <More /> };
  if (match('/me/messages')) return { title: t.messages.title, view: <Messages prefix="/me" /> };
  if (match('/me/notes')) return { title: o.more.notes, view: <Notes /> };
  if (match('/me/settings')) return { title: o.settings.title, view: <Settings signOut={<SignOut />}><Meals /></Settings> };
  if (match('/me/account')) return { title: t.account.title, view: <OwnAccount key="account" part="account" /> };
  if (match('/me/second-factor')) return { title: t.factor.title, view: <OwnAccount key="factor" part="second-factor" /> };
  return nowhere();
}

function More() {
  const unread = useLoad((signal) => get('/notifications/unread-count', { signal }), [], ['notification.created', 'notification.read']);
  const rows = [
    { address: '/me/messages', text: o.more.messages, count: unread.value?.unreadCount }, { address: '/me/notes', text: o.more.notes }, { address: '/me/history', text: o.more.history }, { address: '/me/people/looked', text: o.more.looked },
    { address: '/plan', text: o.more.plan }, { address: '/me/settings', text: o.more.settings },
  ];
  return <div class="stack own"><h1>{o.more.title}</h1><Rows of={rows} /><p><SignOut /></p></div>;
}

startPhone(() => spots, screen, () => outbox.value.length, async ({ id }) => {
  await startDays(id);
  await startOutbox(id, settle);
  void loadDays();
});
