import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { newKey, post } from '../../core/api';
import { days, daysProblem, loadDays, replaceDose } from '../../core/days';
import { clockShift, haveRead, note, outbox, refused, takeBack, tell, told } from '../../core/outbox';
import { isAway } from '../../core/own';
import { me } from '../../core/session';
import { Dialog, Empty, Notice, Refusal, Skeleton, useAction } from '../../kit';
import { DrugName } from '../../clinical';
import { say, t } from '../../i18n';
import { ago, clock, date, dayOfInstant, daysAfter, instantOf, readTime, shortDate, today } from '../../i18n/format';
import { d, o } from '../../i18n/own';
import { AsNeeded } from './AsNeeded';
import { DoseLine, DoseText, groups, seen, When, type Seen } from './doses';
import { ReadAloud } from './ReadAloud';
import { SkipDialog } from './SkipDialog';

const MINUTE = 60_000;
const UNDO = 10 * MINUTE;
/** From so long before its time on somebody is told to use a dose; it may be recorded earlier already. */
const DUE = 30 * MINUTE;

/** What is to be used now, first and big; then what was missed, the rest of the day, and the week. */
export function Today() {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => { now.value = Date.now(); }, 15_000);
    return () => clearInterval(timer);
  }, []);
  if (!days.value) return daysProblem.value ? <Refusal problem={daysProblem.value} retry={() => void loadDays()} /> : <Skeleton lines={8} />;
  const all = seen(days.value.doses, outbox.value, now.value, me.value?.gracePeriodMinutes ?? 30);
  const planned = all.filter(({ dose }) => !dose.isPRN);
  const day = today();
  const missed = planned.filter((one) => one.isMissed && one.isOpen);
  const open = groups(planned.filter((one) => one.status === 'DUE' && !one.isMissed));
  const [next, ...later] = open;
  const isToday = (one: Seen): boolean => dayOfInstant(one.at) === day;
  const rest = later.flat().filter(isToday);
  const finished = planned.filter((one) => isToday(one) && one.status !== 'DUE' && !(one.isMissed && one.isOpen));
  const isDue = next !== undefined && now.value >= next[0]!.at - DUE;
  const isDone = next !== undefined && !isDue && !isToday(next[0]!);
  return (
    <div class="stack own">
      <h1>{o.today.title} <span class="muted small nowrap">{d(date(day))}</span></h1>
      <Standing />
      <Recorded all={all} now={now.value} />
      {isDone && missed.length === 0 && <Notice tone="success"><p><b>{o.today.done}</b></p><p>{o.today.doneText(`${whichDay(next[0]!)} ${o.today.at(d(clock(next[0]!.at)))}`)}</p></Notice>}
      {!next && missed.length === 0 && finished.length === 0 && <Empty><p><b>{o.today.nothing}</b></p><p>{o.today.nothingText}</p></Empty>}
      {isDue && <Next of={next!} now={now.value} />}
      {missed.length > 0 && <Missed of={missed} />}
      {next && !isDone && !isDue && <Next of={next} now={now.value} />}
      {rest.length > 0 && <div class="card"><Section title={o.today.rest} of={rest} /></div>}
      <AsNeeded doses={all.filter(({ dose }) => dose.isPRN)} now={now.value} />
      {finished.length > 0 && (
        <section class="card stack tight" aria-labelledby="finished">
          <h2 id="finished">{o.today.finished}</h2>
          <ul class="list">{finished.map((one) => <DoseLine key={one.dose.id} of={one}>{mayUndo(one, now.value) && <Undo of={one} />}</DoseLine>)}</ul>
        </section>
      )}
      <Week of={planned.filter((one) => dayOfInstant(one.at) > day)} />
    </div>
  );
}

function whichDay(one: Seen): string {
  const day = dayOfInstant(one.at);
  return day === daysAfter(today(), 1) ? o.today.tomorrow : day === today() ? '' : d(shortDate(day));
}

/** What stands between the phone and the server: no network, things not sent, things refused, a wrong clock. */
function Standing() {
  const known = days.value!;
  const nameOf = (id: string) => known.doses.find((dose) => dose.id === id);
  return (
    <>
      {(isAway.value || daysProblem.value?.isAway) && <Notice tone="warning" live>{o.today.away(d(ago(new Date(known.at).toISOString())))}</Notice>}
      {daysProblem.value && !daysProblem.value.isAway && <Refusal problem={daysProblem.value} retry={() => void loadDays()} />}
      {outbox.value.length > 0 && <Notice tone="info" live>{d(o.today.waiting(outbox.value.length))}</Notice>}
      {refused.value.length > 0 && (
        <Notice tone="danger" live>
          <p><b>{o.today.refused}</b></p>
          <ul>{refused.value.map((one) => <li key={one.doseId + one.at}>{nameOf(one.doseId) && <><DrugName name={nameOf(one.doseId)!.medicineName} khmer={nameOf(one.doseId)!.medicineNameKhmer} /> · </>}<span class="number">{d(clock(one.at))}</span>: {one.message}</li>)}</ul>
          <button type="button" class="small" onClick={() => void haveRead()}>{o.today.seen}</button>
        </Notice>
      )}
      {told.value.length > 0 && (
        <Notice tone="warning" live>
          <ul>{told.value.map((one) => <li key={one.doseId + one.text.english}>{nameOf(one.doseId) && <><DrugName name={nameOf(one.doseId)!.medicineName} khmer={nameOf(one.doseId)!.medicineNameKhmer} />: </>}{say(one.text)}</li>)}</ul>
          <button type="button" class="small" onClick={() => { told.value = []; }}>{o.today.seen}</button>
        </Notice>
      )}
      {Math.abs(clockShift.value) >= 120 && <Notice tone="warning" live>{d(o.today.clock(Math.round(Math.abs(clockShift.value) / 60)))}</Notice>}
    </>
  );
}

/** When a dose was recorded: on this phone, or on the server. */
function recordedAt({ dose, mark }: Seen): number {
  return new Date(mark?.at ?? dose.recordedAt ?? 0).getTime();
}

function mayUndo(one: Seen, now: number): boolean {
  return (one.status.startsWith('TAKEN') || one.status === 'SKIPPED') && (Boolean(one.mark) || now - recordedAt(one) < UNDO);
}

/** What was recorded in the last minutes, to be taken back at once. */
function Recorded({ all, now }: { all: Seen[]; now: number }) {
  const last = all.filter((one) => !one.dose.isPRN && mayUndo(one, now) && now - recordedAt(one) < 2 * MINUTE);
  if (last.length === 0) return null;
  return (
    <Notice tone="success" live>
      {last.map((one) => (
        <div key={one.dose.id} class="row between">
          <span>✓ {o.today.recorded}: <DrugName name={one.dose.medicineName} khmer={one.dose.medicineNameKhmer} /></span>
          <Undo of={one} />
        </div>
      ))}
    </Notice>
  );
}

function Undo({ of: { dose } }: { of: Seen }) {
  const taking = useAction(async () => {
    if (await takeBack(dose.id)) return;
    const answer = await post('/doses/{id}/undo', { path: { id: dose.id }, key: newKey() });
    tell(dose.id, answer.notices);
    replaceDose(answer.dose);
  });
  return (
    <span>
      <button type="button" class="small" disabled={taking.isBusy} onClick={() => void taking.run()}>{o.today.undo}<span class="hidden-text"> {dose.medicineName}</span></button>
      {taking.problem && <Notice tone="warning" live>{taking.problem.isAway ? o.today.undoAway : taking.problem.message}</Notice>}
    </span>
  );
}

function Next({ of, now }: { of: Seen[]; now: number }) {
  const first = of[0]!;
  const skipping = useSignal<Seen | undefined>(undefined);
  const early = useSignal<Seen | undefined>(undefined);
  const isNow = !first.isTooEarly;
  const isDue = now >= first.at - DUE;
  const button = isDue ? 'primary big' : 'big';
  const record = (list: Seen[]): void => void note(list.map(({ dose }) => dose.id), 'taken', new Date().toISOString());
  const isFar = first.at - now > 12 * 60 * MINUTE;
  return (
    <section class={`card stack next ${(first.dose.slot ?? '').toLowerCase()}`} aria-labelledby="next">
      <div class="row between">
        <h2 id="next">{isDue ? o.today.next : o.today.later} · <When dose={first.dose} /></h2>
        <ReadAloud of={of} />
      </div>
      {!isNow && <p>{o.today.tooEarly(d(clock(first.at - 120 * MINUTE)))}</p>}
      <ul class="stack">
        {of.map((one) => (
          <li key={one.dose.id} class="dose-card">
            <DoseText dose={one.dose} />
            {isNow && <button type="button" class={button} onClick={() => record([one])}>{o.today.taken}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>}
            <div class="row">
              <button type="button" class="small" onClick={() => { skipping.value = one; }}>{o.today.skip}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>
              {!isNow && !isFar && <button type="button" class="small" onClick={() => { early.value = one; }}>{o.today.early}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>}
            </div>
          </li>
        ))}
      </ul>
      {isNow && of.length > 1 && <button type="button" class={button} onClick={() => record(of)}>{d(o.today.allTaken(of.length))}</button>}
      {skipping.value && <SkipDialog of={skipping.value} onClose={() => { skipping.value = undefined; }} />}
      {early.value && <EarlyDialog of={early.value} onClose={() => { early.value = undefined; }} />}
    </section>
  );
}

/** Long before its time: only with the server, and only after a warning. */
function EarlyDialog({ of: { dose }, onClose }: { of: Seen; onClose: () => void }) {
  const key = useSignal(newKey());
  const recording = useAction(async () => {
    const answer = await post('/doses/{id}/mark-taken', { path: { id: dose.id }, body: { confirmEarly: true, sentAt: new Date().toISOString(), takenAt: new Date().toISOString() }, key: key.value });
    tell(dose.id, answer.notices);
    replaceDose(answer.dose);
    onClose();
  });
  return (
    <Dialog title={o.today.earlyTitle} onClose={onClose}>
      <DoseText dose={dose} small />
      <Notice tone="warning">{o.today.earlyText}</Notice>
      {recording.problem && <Refusal problem={recording.problem} />}
      <div class="stack tight">
        <button type="button" class="big" disabled={recording.isBusy} onClick={() => void recording.run()}>{o.today.earlyYes}</button>
        <button type="button" class="primary big" onClick={onClose}>{t.cancel}</button>
      </div>
    </Dialog>
  );
}

function Missed({ of }: { of: Seen[] }) {
  const late = useSignal<Seen | undefined>(undefined);
  const skipping = useSignal<Seen | undefined>(undefined);
  return (
    <section class="card stack missed" aria-labelledby="missed">
      <h2 id="missed">{o.today.missed}</h2>
      <p>{o.today.missedText}</p>
      <ul class="stack">
        {of.map((one) => (
          <li key={one.dose.id} class="stack tight">
            <ul><DoseLine of={one} /></ul>
            <p class="muted small">{dayOfInstant(one.at) === today() ? '' : `${o.today.yesterday} `}<When dose={one.dose} /></p>
            <div class="row">
              <button type="button" class="primary" onClick={() => { late.value = one; }}>{o.today.missedTaken}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>
              <button type="button" onClick={() => { skipping.value = one; }}>{o.today.missedNot}<span class="hidden-text" lang="en"> {one.dose.medicineName}</span></button>
            </div>
          </li>
        ))}
      </ul>
      {late.value && <LateDialog of={late.value} onClose={() => { late.value = undefined; }} />}
      {skipping.value && <SkipDialog of={skipping.value} onClose={() => { skipping.value = undefined; }} />}
    </section>
  );
}

/** When it was really used: the time decides whether it was late. */
function LateDialog({ of, onClose }: { of: Seen; onClose: () => void }) {
  const which = useSignal<'now' | 'time' | 'other'>('now');
  const typed = useSignal('');
  const wrong = useSignal<string | undefined>(undefined);
  const scheduled = d(clock(of.at));
  const save = (): void => {
    let at = new Date().toISOString();
    if (which.value === 'time') at = new Date(of.at).toISOString();
    if (which.value === 'other') {
      const time = readTime(typed.value);
      if (!time) { wrong.value = o.today.whenWrong; return; }
      // A time after midnight may belong to the day after the dose.
      const onItsDay = instantOf(dayOfInstant(of.at), time);
      at = new Date(onItsDay).getTime() < of.at - 120 * MINUTE ? instantOf(daysAfter(dayOfInstant(of.at), 1), time) : onItsDay;
      if (new Date(at).getTime() > Date.now()) { wrong.value = o.today.whenFuture; return; }
    }
    void note([of.dose.id], 'taken', at);
    onClose();
  };
  return (
    <Dialog title={o.today.whenTitle} onClose={onClose}>
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); save(); }}>
        <DoseText dose={of.dose} small />
        <fieldset class="choices">
          <legend class="hidden-text">{o.today.whenTitle}</legend>
          {([['now', o.today.whenNow], ['time', o.today.whenTime(scheduled)], ['other', o.today.whenOther]] as const).map(([one, text]) => (
            <label key={one} class="choice"><input type="radio" name="when" checked={which.value === one} onChange={() => { which.value = one; }} />{text}</label>
          ))}
        </fieldset>
        {which.value === 'other' && (
          <div>
            <label for="late-time">{o.today.whenOther}</label>
            <p class="hint" id="late-time-hint">{o.today.whenHint}</p>
            <input id="late-time" type="text" inputMode="numeric" autocomplete="off" maxLength={5} value={typed.value} aria-describedby="late-time-hint" aria-invalid={wrong.value ? true : undefined} onInput={(event) => { typed.value = event.currentTarget.value; wrong.value = undefined; }} />
            {wrong.value && <p class="error" role="alert">{wrong.value}</p>}
          </div>
        )}
        <button type="submit" class="primary big">{o.today.save}</button>
        <button type="button" onClick={onClose}>{t.cancel}</button>
      </form>
    </Dialog>
  );
}

function Section({ title, of }: { title: string; of: Seen[] }) {
  return (
    <section class="stack tight" aria-label={title}>
      <h2>{title}</h2>
      {groups(of).map((group) => (
        <div key={group[0]!.at}>
          <h3><When dose={group[0]!.dose} /></h3>
          <ul class="list">{group.map((one) => <DoseLine key={one.dose.id} of={one} />)}</ul>
        </div>
      ))}
    </section>
  );
}

/** Readable without a network too. */
function Week({ of }: { of: Seen[] }) {
  if (of.length === 0) return null;
  const byDay = new Map<string, Seen[]>();
  for (const one of of) byDay.set(dayOfInstant(one.at), [...(byDay.get(dayOfInstant(one.at)) ?? []), one]);
  return (
    <details class="card">
      <summary>{d(o.today.week)}</summary>
      <div class="stack tight">
        {[...byDay].map(([day, list]) => <Section key={day} title={`${t.weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()]} ${d(shortDate(day))}`} of={list} />)}
      </div>
    </details>
  );
}
