// What patients and families may pay for.
import { match } from '../core/router';
import { homeOf, me } from '../core/session';
import { nowhere, startPhone } from '../kit/phone';
import { o } from '../i18n/own';
import { Plan } from '../screens/own/Plan';

startPhone(
  () => [{ address: homeOf(me.value!), text: o.nav.home, icon: 'day' }, { address: '/plan', text: o.more.plan, icon: 'more' }],
  () => (match('/plan') ? { title: o.plan.title, view: <Plan /> } : nowhere()),
  () => 0,
  () => Promise.resolve(),
);
