import { useSignal } from '@preact/signals';
import { get, newKey, post, remove } from '../core/api';
import { useLoad } from '../core/load';
import { me } from '../core/session';
import { Badge, ErrorSummary, Notice, Refusal, Shown, Text, useAction } from '../kit';
import { SecondFactor } from './SecondFactor';
import { t, word } from '../i18n';
import { ago, dateTime } from '../i18n/format';

/** One's own account: who one is, the password, and where one is signed in. */
export function Account() {
  const person = me.value;
  if (!person) return null;
  return (
    <div class="stack">
      <h1>{t.account.title}</h1>
      <section class="card stack tight" aria-labelledby="who">
        <h2 id="who">{person.fullName}</h2>
        <dl class="facts">
          <dt>{t.account.role}</dt><dd>{word(t.role, person.role)}</dd>
          {person.email && [<dt key="t">{t.account.email}</dt>, <dd key="d" lang="en">{person.email}</dd>]}
          {person.phone && [<dt key="t">{t.account.phone}</dt>, <dd key="d" class="number">{person.phone}</dd>]}
          {person.licenseNumber && [<dt key="t">{t.people.licence}</dt>, <dd key="d" lang="en">{person.licenseNumber}</dd>]}
          {person.hospitalClinic && [<dt key="t">{t.people.clinic}</dt>, <dd key="d">{person.hospitalClinic}</dd>]}
        </dl>
      </section>
      <div class="columns">
        <Password />
        <SecondFactor />
        <Sessions />
      </div>
    </div>
  );
}

function Password() {
  const [current, next] = [useSignal(''), useSignal('')];
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const done = useSignal(false);
  const saving = useAction(async () => {
    done.value = false;
    errors.value = [
      current.value ? undefined : { id: 'current', text: t.signIn.passwordMissing },
      next.value.length >= 8 ? undefined : { id: 'next', text: t.forgot.passwordShort },
    ].filter((error) => error !== undefined);
    if (errors.value.length > 0) return;
    await post('/auth/password', { body: { currentPassword: current.value, newPassword: next.value }, key: newKey() });
    current.value = '';
    next.value = '';
    done.value = true;
  });
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  return (
    <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
      <h2>{t.account.password}</h2>
      <ErrorSummary errors={errors.value} />
      {saving.problem && <Refusal problem={saving.problem} />}
      {done.value && <Notice tone="success" live>{t.account.changed}</Notice>}
      <Text id="current" label={t.account.current} kind="password" autocomplete="current-password" value={current.value} error={wrong('current')} most={1024} onText={(text) => { current.value = text; }} />
      <Text id="next" label={t.forgot.password} hint={t.forgot.rule} kind="password" autocomplete="new-password" value={next.value} error={wrong('next')} most={128} onText={(text) => { next.value = text; }} />
      <div class="row"><button type="submit" disabled={saving.isBusy}>{t.account.change}</button></div>
    </form>
  );
}

function Sessions() {
  const sessions = useLoad((signal) => get('/auth/sessions', { signal }), []);
  const ending = useAction(async (id: string) => {
    await remove('/auth/sessions/{id}', { path: { id } });
    sessions.reload();
  });
  return (
    <section class="card stack tight" aria-labelledby="sessions">
      <h2 id="sessions">{t.account.sessions}</h2>
      {ending.problem && <Refusal problem={ending.problem} />}
      <Shown of={sessions}>
        {({ items }) => (
          <ul class="list">
            {items.map((one) => (
              <li key={one.id} class="row between">
                <div class="grow">
                  <p class="small" lang="en">{one.device ?? t.account.unknownDevice}</p>
                  <p class="muted small" title={dateTime(one.lastUsedAt)}><span class="number">{one.ip}</span> · {ago(one.lastUsedAt)}</p>
                </div>
                {one.current ? <Badge tone="success">{t.account.thisOne}</Badge> : <button type="button" class="small danger" disabled={ending.isBusy} onClick={() => void ending.run(one.id)}>{t.signOut}</button>}
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </section>
  );
}
