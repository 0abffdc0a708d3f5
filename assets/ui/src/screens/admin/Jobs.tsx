import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query } from '../../core/router';
import { Badge, Empty, ReasonDialog, Refusal, Shown, Tabs, useAction } from '../../kit';
import { More, usePages } from '../../kit/pages';
import { t, word } from '../../i18n';
import { dateTime, number } from '../../i18n/format';

type State = Schemas['JobState'];

/** What the server does by itself: queues, and jobs that wait, run or have failed for good. */
export function Jobs() {
  const state = (query('state') || 'DEAD') as State;
  const pages = usePages();
  const queues = useLoad((signal) => get('/admin/queues', { signal }), []);
  const jobs = useLoad((signal) => get('/admin/jobs', { query: { state, limit: pages.size }, signal }), [state, pages.size]);
  const showsSchedules = useSignal(false);
  const states: State[] = ['DEAD', 'WAITING', 'RUNNING'];
  const reload = (): void => { queues.reload(); jobs.reload(); };
  return (
    <div class="stack">
      <div class="row between"><h1>{t.jobs.title}</h1><button type="button" onClick={reload}>{t.health.again}</button></div>
      <section class="card stack tight" aria-labelledby="queues">
        <h2 id="queues">{t.jobs.queues}</h2>
        <Shown of={queues}>
          {({ items }) => (
            <table class="cards">
              <caption class="hidden-text">{t.jobs.queues}</caption>
              <thead><tr><th>{t.jobs.queue}</th><th>{t.jobState.WAITING}</th><th>{t.jobState.RUNNING}</th><th>{t.jobState.DEAD}</th><th>{t.jobs.oldest}</th><th><span class="hidden-text">{t.jobs.actions}</span></th></tr></thead>
              <tbody>{items.map((one) => <Queue key={one.name} queue={one} onChange={queues.reload} />)}</tbody>
            </table>
          )}
        </Shown>
      </section>
      <Tabs label={t.jobs.title} current={`/admin/jobs?state=${state}`} of={states.map((one) => ({ address: `/admin/jobs?state=${one}`, text: t.jobState[one] }))} />
      <Shown of={jobs}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? <Empty>{state === 'DEAD' ? t.jobs.noneDead : t.jobs.none}</Empty> : <ul class="stack tight">{items.map((one) => <li key={one.id}><Job job={one} onChange={reload} /></li>)}</ul>}
            <More pages={pages} shown={items.length} more={Boolean(nextCursor)} />
          </>
        )}
      </Shown>
      <details onToggle={(event) => { showsSchedules.value = event.currentTarget.open; }}>
        <summary>{t.jobs.schedules}</summary>
        {showsSchedules.value && <Schedules />}
      </details>
    </div>
  );
}

/** What comes back by itself, with its last and next run. */
function Schedules() {
  const all = useLoad((signal) => get('/admin/schedules', { signal }), []);
  return (
    <Shown of={all}>
      {({ items }) => (
        <table class="cards">
          <caption class="hidden-text">{t.jobs.schedules}</caption>
          <thead><tr><th>{t.jobs.task}</th><th>{t.jobs.every}</th><th>{t.jobs.lastRun}</th><th>{t.jobs.nextRun}</th></tr></thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.name}>
                <th scope="row" lang="en">{one.name}</th>
                <td class="number" data-label={t.jobs.every}>{t.interval(one.everySeconds)}</td>
                <td class="nowrap" data-label={t.jobs.lastRun}>{one.lastRunAt ? dateTime(one.lastRunAt) : '–'}</td>
                <td class="nowrap" data-label={t.jobs.nextRun}>{dateTime(one.nextRunAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Shown>
  );
}

function Queue({ queue, onChange }: { queue: Schemas['QueueView']; onChange: () => void }) {
  const changing = useAction(async () => {
    const path = { name: queue.name };
    if (queue.paused) await post('/admin/queues/{name}/resume', { path, key: newKey() });
    else await post('/admin/queues/{name}/pause', { path, key: newKey() });
    onChange();
  });
  return (
    <tr>
      <th scope="row"><span lang="en">{queue.name}</span> {queue.paused && <Badge tone="warning">{t.jobs.paused}</Badge>}</th>
      <td class="number" data-label={t.jobState.WAITING}>{number(queue.waiting, 0)}</td>
      <td class="number" data-label={t.jobState.RUNNING}>{number(queue.running, 0)}</td>
      <td class="number" data-label={t.jobState.DEAD}>{queue.dead > 0 ? <Badge tone="danger">{number(queue.dead, 0)}</Badge> : 0}</td>
      <td class="number" data-label={t.jobs.oldest}>{queue.oldestSeconds === null || queue.oldestSeconds === undefined ? '–' : t.seconds(queue.oldestSeconds)}</td>
      <td>
        <button type="button" class="small" disabled={changing.isBusy} onClick={() => void changing.run()}>{queue.paused ? t.jobs.resume : t.jobs.pause}<span class="hidden-text"> {queue.name}</span></button>
        {changing.problem && <Refusal problem={changing.problem} />}
      </td>
    </tr>
  );
}

function Job({ job, onChange }: { job: Schemas['JobView']; onChange: () => void }) {
  const discarding = useSignal(false);
  const path = { id: job.id };
  const retrying = useAction(async () => { await post('/admin/jobs/{id}/retry', { path, key: newKey() }); onChange(); });
  return (
    <article class={`alert-card ${job.state === 'DEAD' ? 'CRITICAL' : ''}`}>
      <div class="row between"><b lang="en">{job.queue}: {job.name}</b><Badge>{word(t.jobState, job.state)}</Badge></div>
      {job.lastError && <p lang="en">{job.lastError}</p>}
      <p class="muted small">{t.jobs.attempts(job.attempts, job.maxAttempts)} · {t.jobs.made} {dateTime(job.createdAt)} · {t.jobs.due} {dateTime(job.dueAt)}</p>
      <details><summary>{t.jobs.content}</summary><pre lang="en">{JSON.stringify(job.payload, null, 2)}</pre></details>
      {job.state === 'DEAD' && (
        <div class="row">
          <button type="button" class="small" disabled={retrying.isBusy} onClick={() => void retrying.run()}>{t.jobs.retry}</button>
          <button type="button" class="small danger" onClick={() => { discarding.value = true; }}>{t.jobs.discard}</button>
        </div>
      )}
      {retrying.problem && <Refusal problem={retrying.problem} />}
      {discarding.value && (
        <ReasonDialog title={t.jobs.discard} text={t.jobs.discardText} label={t.reason} action={t.jobs.discard} danger onClose={() => { discarding.value = false; }}
          onDone={async (reason) => { await post('/admin/jobs/{id}/discard', { path, body: { reason }, key: newKey() }); discarding.value = false; onChange(); }} />
      )}
    </article>
  );
}
