// The pages of patients and of the family who care for them.
import { render } from 'preact';
import { signal } from '@preact/signals';
import { get, Problem } from '../core/api';
import { enterOwn, isAway, startWorker } from '../core/own';
import { useLoad } from '../core/load';
import { match, startRouter } from '../core/router';
import { me } from '../core/session';
import { Empty, Refusal, Skeleton } from '../kit';
import { Phone, type Spot } from '../kit/phone';
import { t } from '../i18n';
import { o } from '../i18n/own';
import { Today } from '../screens/own/Today';

const failed = signal<Problem | undefined>(undefined);

function screen() {
  if (match('/me')) return { title: o.today.title, view: <Today /> };
  return { title: t.notFound.title, view: <Empty><h1>{t.notFound.title}</h1><p><a href="/me">{t.notFound.home}</a></p></Empty> };
}

function Desk() {
  const { title, view } = screen();
  const spots: Spot[] = [{ address: '/me', text: o.nav.today, icon: 'day' }];
  return <Phone spots={spots} title={title}>{view}</Phone>;
}

function Pages() {
  if (failed.value) return <main><Refusal problem={failed.value} retry={() => location.reload()} /></main>;
  return me.value ? <Desk /> : <main><Skeleton lines={8} /></main>;
}

startRouter('/me');
render(<Pages />, document.getElementById('app')!);
enterOwn().catch((problem: Problem) => { if (problem.status !== 401) failed.value = problem; });
startWorker();
