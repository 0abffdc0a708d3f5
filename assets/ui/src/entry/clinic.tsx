// The doctor's desk.
import { render } from 'preact';
import { signal } from '@preact/signals';
import { Problem } from '../core/api';
import { here, match, startRouter } from '../core/router';
import { enter, me } from '../core/session';
import { useLoad } from '../core/load';
import { get } from '../core/api';
import { Frame } from '../kit/frame';
import { Empty, Refusal, Skeleton } from '../kit';
import { t } from '../i18n';
import { Account } from '../screens/account';
import { Messages } from '../screens/Messages';
import { Alerts } from '../screens/clinic/Alerts';
import { Connections } from '../screens/clinic/Connections';
import { PatientPage } from '../screens/clinic/Patient';
import { Patients } from '../screens/clinic/Patients';
import { Prescribe } from '../screens/clinic/Prescribe';
import { PrescriptionPage } from '../screens/clinic/Prescription';
import { Today } from '../screens/clinic/Today';

const failed = signal<Problem | undefined>(undefined);

function screen() {
  let found: Record<string, string> | undefined;
  if (match('/clinic')) return { title: t.today.title, view: <Today /> };
  if (match('/clinic/patients')) return { title: t.patients.title, view: <Patients /> };
  if ((found = match('/clinic/patients/:id/prescribe'))) return { title: t.prescribe.title, view: <Prescribe key={here.value} patient={found.id!} /> };
  if ((found = match('/clinic/patients/:id')) || (found = match('/clinic/patients/:id/:tab'))) {
    return { title: t.patient.title, view: <PatientPage key={found.id} id={found.id!} tab={found.tab ?? 'summary'} /> };
  }
  if ((found = match('/clinic/prescriptions/:id'))) return { title: t.prescription.title, view: <PrescriptionPage key={found.id} id={found.id!} /> };
  if (match('/clinic/alerts')) return { title: t.alerts.title, view: <Alerts /> };
  if (match('/clinic/connections')) return { title: t.connections.title, view: <Connections /> };
  if (match('/clinic/messages')) return { title: t.messages.title, view: <Messages prefix="/clinic" /> };
  if (match('/clinic/account')) return { title: t.account.title, view: <Account /> };
  return { title: t.notFound.title, view: <Empty><h1>{t.notFound.title}</h1><p><a href="/clinic">{t.notFound.home}</a></p></Empty> };
}

function Desk() {
  const open = useLoad((signal) => get('/health-monitoring/alerts', { query: { state: 'OPEN', limit: 100 }, signal }), [], ['alert.opened', 'alert.updated']);
  const unread = useLoad((signal) => get('/notifications/unread-count', { signal }), [], ['notification.created', 'notification.read']);
  const { title, view } = screen();
  const places = [
    { address: '/clinic', text: t.today.title },
    { address: '/clinic/patients', text: t.patients.title },
    { address: '/clinic/alerts', text: t.alerts.title, count: open.value?.items.length },
    { address: '/clinic/connections', text: t.connections.title },
    { address: '/clinic/messages', text: t.messages.title, news: unread.value?.unreadCount },
    { address: '/clinic/account', text: t.account.title },
  ];
  return <Frame home="/clinic" places={places} title={title} live>{view}</Frame>;
}

function Pages() {
  if (failed.value) return <main><Refusal problem={failed.value} retry={() => location.reload()} /></main>;
  return me.value ? <Desk /> : <main><Skeleton /></main>;
}

startRouter('/clinic');
render(<Pages />, document.getElementById('app')!);
enter('/clinic').catch((problem: Problem) => { if (problem.status !== 401) failed.value = problem; });
