import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { get, patch, post, remove, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { changed, root } from '../../core/own';
import { me } from '../../core/session';
import { setTextSize, textSize, type TextSize } from '../../core/text-size';
import { Dialog, Notice, Refusal, Shown, useAction } from '../../kit';
import { language, t } from '../../i18n';
import { date, readTime } from '../../i18n/format';
import { d, hasKhmerDigits, o, setKhmerDigits } from '../../i18n/own';
import { short, Time } from './Time';

/** How the pages look, when and how somebody is told, and what becomes of their data. */
export function Settings({ children, signOut }: { children?: ComponentChildren; signOut: ComponentChildren }) {
  return (
    <div class="stack own">
      <h1>{o.settings.title}</h1>
      <Looks />
      {children}
      <Reminders />
      <section class="card stack tight" aria-labelledby="install">
        <h2 id="install">{o.settings.install}</h2>
        <p>{o.settings.installText}</p>
      </section>
      <section class="card stack tight" aria-labelledby="second">
        <h2 id="second">{t.factor.title}</h2>
        <p>{o.settings.factor}</p>
        <div><a class="button" href={`${root}/second-factor`}>{o.settings.factorOpen}</a></div>
      </section>
      <Data />
      <div class="row"><a class="button" href={`${root}/account`}>{o.settings.account}</a>{signOut}</div>
    </div>
  );
}

function Looks() {
  const size = useSignal(textSize());
  const sizes: [TextSize, string][] = [['100', o.settings.normal], ['125', o.settings.large], ['150', o.settings.largest]];
  const digits = useSignal(hasKhmerDigits());
  return (
    <section class="card stack" aria-labelledby="looks">
      <fieldset class="choices">
        <legend><h2 id="looks">{o.settings.size}</h2></legend>
        {sizes.map(([one, text]) => <label key={one} class="choice"><input type="radio" name="size" checked={size.value === one} onChange={() => { size.value = one; setTextSize(one); }} />{text}</label>)}
      </fieldset>
      {language === 'km' && <label class="check"><input type="checkbox" checked={digits.value} onChange={(event) => { digits.value = event.currentTarget.checked; setKhmerDigits(digits.value); }} />{o.settings.digits}</label>}
    </section>
  );
}

function Reminders() {
  const settings = useLoad((signal) => get('/users/settings/notifications', { signal }), []);
  return (
    <section class="card stack" aria-labelledby="reminders">
      <h2 id="reminders">{o.settings.reminders}</h2>
      <Shown of={settings} lines={4}>{(value) => <ReminderForm of={value} />}</Shown>
    </section>
  );
}

function ReminderForm({ of }: { of: Schemas['NotificationSettings'] }) {
  const [push, email, sms, names, quiet, from, to] = [useSignal(of.push), useSignal(of.email), useSignal(of.sms), useSignal(of.nameMedicines), useSignal(Boolean(of.quietHours)), useSignal(short(of.quietHours?.from) || '21:00'), useSignal(short(of.quietHours?.to) || '06:00')];
  const [done, tried, grace] = [useSignal(false), useSignal(false), useSignal(me.value!.gracePeriodMinutes)];
  const graces = [...new Set([15, 30, 60, 120, grace.value])].sort((one, other) => one - other);
  const saving = useAction(async () => {
    done.value = false;
    tried.value = true;
    const hours = { from: readTime(from.value), to: readTime(to.value) };
    if (quiet.value && (!hours.from || !hours.to)) return;
    await patch('/users/settings/notifications', { body: { push: push.value, email: email.value, sms: sms.value, nameMedicines: names.value, quietHours: quiet.value ? { from: hours.from!, to: hours.to! } : null } });
    if (me.value!.role === 'PATIENT' && grace.value !== me.value!.gracePeriodMinutes) await changed(await patch('/users/me/grace-period', { body: { gracePeriodMinutes: grace.value } }));
    done.value = true;
  });
  const boxes = [[push, o.settings.push], [email, o.settings.email], [sms, o.settings.sms], [names, o.settings.names], [quiet, o.settings.quietOn]] as const;
  const box = ([of, text]: (typeof boxes)[number]) => <label key={text} class="check"><input type="checkbox" checked={of.value} onChange={(event) => { of.value = event.currentTarget.checked; }} />{text}</label>;
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
      {saving.problem && <Refusal problem={saving.problem} />}
      <fieldset><legend class="label">{o.settings.channels}</legend>{boxes.slice(0, 4).map(box)}</fieldset>
      <fieldset class="stack tight">
        <legend class="label">{o.settings.quiet}</legend>
        <p class="hint">{o.settings.quietText}</p>
        {box(boxes[4])}
        {quiet.value && (
          <div class="fields">
            <Time id="quiet-from" label={o.settings.from} value={from.value} wrong={tried.value && !readTime(from.value)} onTime={(text) => { from.value = text; }} />
            <Time id="quiet-to" label={o.settings.to} value={to.value} wrong={tried.value && !readTime(to.value)} onTime={(text) => { to.value = text; }} />
          </div>
        )}
      </fieldset>
      {me.value!.role === 'PATIENT' && (
        <div>
          <label for="grace">{o.settings.grace}</label>
          <p class="hint" id="grace-hint">{o.settings.graceText}</p>
          <select id="grace" aria-describedby="grace-hint" value={String(grace.value)} onChange={(event) => { grace.value = Number(event.currentTarget.value); }}>{graces.map((minutes) => <option key={minutes} value={String(minutes)}>{d(o.people.minutes(minutes))}</option>)}</select>
        </div>
      )}
      <div class="row"><button type="submit" class="primary" disabled={saving.isBusy}>{o.settings.save}</button><span role="status">{done.value && `✓ ${o.settings.saved}`}</span></div>
    </form>
  );
}

function Data() {
  const asking = useSignal(false);
  const exporting = useAction(async () => {
    const all = await get('/users/me/export');
    const address = URL.createObjectURL(new Blob([JSON.stringify(all, null, 1)], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `das-tern-${all.exportedAt.slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
  const deleting = useAction(async () => { await changed(await remove('/users/me', {})); asking.value = false; });
  const keeping = useAction(async () => { await changed(await post('/users/me/cancel-deletion')); });
  const since = me.value!.deletionRequestedAt;
  return (
    <section class="card stack" aria-labelledby="data">
      <h2 id="data">{o.settings.data}</h2>
      <p>{o.settings.exportText}</p>
      <div><button type="button" disabled={exporting.isBusy} onClick={() => void exporting.run()}>{o.settings.export}</button></div>
      {(exporting.problem ?? keeping.problem) && <Refusal problem={(exporting.problem ?? keeping.problem)!} />}
      {exporting.problem?.code === 'second_factor_stale' && <div><a class="button" href={`${root}/second-factor`}>{t.factor.show}</a></div>}
      {since ? (
        <Notice tone="warning"><p>{o.settings.deleting} {d(date(since))}.</p><button type="button" disabled={keeping.isBusy} onClick={() => void keeping.run()}>{o.settings.deleteBack}</button></Notice>
      ) : <div><button type="button" class="danger" onClick={() => { asking.value = true; }}>{o.settings.delete}</button></div>}
      {asking.value && (
        <Dialog title={o.settings.delete} onClose={() => { asking.value = false; }}>
          <p>{o.settings.deleteText}</p>
          {deleting.problem && <Refusal problem={deleting.problem} />}
          <div class="row"><button type="button" class="danger" disabled={deleting.isBusy} onClick={() => void deleting.run()}>{o.settings.deleteYes}</button><button type="button" class="primary" onClick={() => { asking.value = false; }}>{t.cancel}</button></div>
        </Dialog>
      )}
    </section>
  );
}
