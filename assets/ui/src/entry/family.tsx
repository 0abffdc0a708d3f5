// The pages of the family who care for a patient.
import { get } from '../core/api';
import { signOutOwn } from '../core/own';
import { useLoad } from '../core/load';
import { match } from '../core/router';
import { nowhere, Rows, startPhone, type Spot } from '../kit/phone';
import { t } from '../i18n';
import { o } from '../i18n/own';
import { Messages } from '../screens/Messages';
import { Cared, CarePerson } from '../screens/own/Care';
import { OwnAccount } from '../screens/own/OwnAccount';
import { Settings } from '../screens/own/Settings';

const spots: Spot[] = [{ address: '/family', text: o.nav.care, icon: 'people' }, { address: '/family/more', text: o.nav.more, icon: 'more' }];

function screen() {
  const found = match('/family/care/:id');
  if (found) return { title: o.care.title, view: <CarePerson key={found.id} id={found.id!} /> };
  if (match('/family')) return { title: o.care.title, view: <Cared /> };
  if (match('/family/more')) return { title: o.more.title, view: <More /> };
  if (match('/family/messages')) return { title: t.messages.title, view: <Messages prefix="/family" /> };
  if (match('/family/settings')) return { title: o.settings.title, view: <Settings signOut={<SignOut />} /> };
  if (match('/family/account')) return { title: t.account.title, view: <OwnAccount key="account" part="account" /> };
  if (match('/family/second-factor')) return { title: t.factor.title, view: <OwnAccount key="factor" part="second-factor" /> };
  return nowhere();
}

function SignOut() {
  return <button type="button" onClick={() => void signOutOwn()}>{o.settings.signOut}</button>;
}

function More() {
  const unread = useLoad((signal) => get('/notifications/unread-count', { signal }), [], ['notification.created', 'notification.read']);
  const rows = [{ address: '/family/messages', text: o.more.messages, count: unread.value?.unreadCount }, { address: '/plan', text: o.more.plan }, { address: '/family/settings', text: o.more.settings }];
  return <div class="stack own"><h1>{o.more.title}</h1><Rows of={rows} /><p><SignOut /></p></div>;
}

startPhone(() => spots, screen, () => 0, () => Promise.resolve());
