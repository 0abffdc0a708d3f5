import { useSignal } from '@preact/signals';
import { get, newKey, post, Problem, type Schemas } from '../../core/api';
import { loadDays } from '../../core/days';
import { useLoad } from '../../core/load';
import { Dialog, Notice, Refusal, useAction } from '../../kit';
import { DrugName } from '../../clinical';
import { say, t } from '../../i18n';
import { clock } from '../../i18n/format';
import { d, o } from '../../i18n/own';
import type { Seen } from './doses';

const DAY = 24 * 3_600_000;

/** Medicine as needed: how often it may be used, how often it was, and a question before the limit is passed. */
export function AsNeeded({ doses, now }: { doses: Seen[]; now: number }) {
  const all = useLoad((signal) => get('/prescriptions', { query: { status: 'ACTIVE', limit: 100 }, signal }), [], ['prescription.changed']);
  const lines = (all.value?.items ?? []).flatMap((prescription) => prescription.medications.filter((line) => line.isPRN));
  if (lines.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="as-needed">
      <h2 id="as-needed">{o.today.asNeeded}</h2>
      <ul class="stack">{lines.map((line) => <Line key={line.id} line={line} used={doses.filter((one) => one.dose.medicationId === line.id && one.dose.takenAt && now - new Date(one.dose.takenAt).getTime() < DAY)} />)}</ul>
    </section>
  );
}

function Line({ line, used }: { line: Schemas['Medication']; used: Seen[] }) {
  const key = useSignal(newKey());
  const warning = useSignal<Problem | undefined>(undefined);
  const done = useSignal<string | undefined>(undefined);
  const recording = useAction(async (confirm: boolean) => {
    done.value = undefined;
    const at = new Date().toISOString();
    try {
      await post('/doses/prn', { body: { medicationId: line.id, takenAt: at, sentAt: at, confirm: confirm || undefined }, key: key.value });
    } catch (error) {
      if (error instanceof Problem && error.code === 'prn_limit' && !confirm) { warning.value = error; key.value = newKey(); return; }
      throw error;
    }
    warning.value = undefined;
    key.value = newKey();
    done.value = clock(at);
    void loadDays();
  });
  return (
    <li class="dose-card">
      <div>
        <p><DrugName name={line.medicineName} khmer={line.medicineNameKhmer} /></p>
        <p>{d(say(line.scheduleText))}</p>
        <p class="muted">{[line.maxPer24h && o.today.most(line.maxPer24h), line.minIntervalHours && o.today.interval(line.minIntervalHours)].filter(Boolean).map((text) => d(String(text))).join(' · ')}</p>
        <p>{used.length === 0 ? o.today.noneUsed : `${d(o.today.usedToday(used.length))}: ${used.map((one) => d(clock(one.dose.takenAt!))).join(', ')}`}</p>
      </div>
      <button type="button" class="big" disabled={recording.isBusy} onClick={() => void recording.run(false)}>{o.today.asNeededUse}<span class="hidden-text" lang="en"> {line.medicineName}</span></button>
      {done.value && <Notice tone="success" live>✓ {o.today.asNeededDone(d(done.value))}</Notice>}
      {recording.problem && (recording.problem.isAway ? <Notice tone="warning" live>{o.today.asNeededAway}</Notice> : <Refusal problem={recording.problem} />)}
      {warning.value && (
        <Dialog title={o.today.limit} onClose={() => { warning.value = undefined; }}>
          <Notice tone="danger">{warning.value.message}</Notice>
          <button type="button" class="primary big" onClick={() => { warning.value = undefined; }}>{t.cancel}</button>
          <button type="button" class="danger" disabled={recording.isBusy} onClick={() => void recording.run(true)}>{o.today.limitYes}</button>
        </Dialog>
      )}
    </li>
  );
}
