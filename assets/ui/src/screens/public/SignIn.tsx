import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, post, Problem, type Schemas } from '../../core/api';
import { homeOf, mayBeSignedIn, noteSignedIn, signOut } from '../../core/session';
import { ErrorSummary, Notice, Refusal, Text, useAction } from '../../kit';
import { t } from '../../i18n';
import { SettingUp } from '../SecondFactor';
import { ContactCode } from './ContactCode';
import { Plain } from './Plain';

/** Where to go after signing in: only to a page of our own. */
export function next(person: Schemas['Profile']): string {
  const home = homeOf(person);
  const wanted = new URLSearchParams(location.search).get('next') ?? '';
  return home !== '/sign-in' && (wanted === home || wanted.startsWith(`${home}/`)) ? wanted : home;
}

export function SignIn() {
  const person = useSignal<Schemas['Profile'] | undefined>(undefined);
  const [identifier, password, shown, errors] = [useSignal(''), useSignal(''), useSignal(false), useSignal<{ id: string; text: string }[]>([])];
  const capsLock = useSignal(false);
  // What the password alone does not open: the code of the second factor, or one that must be set up first.
  const [asksForCode, code, owes] = [useSignal(false), useSignal(''), useSignal<Schemas['Profile'] | undefined>(undefined)];

  useEffect(() => {
    // Whoever is signed in already goes on; whoever waits for something is told for what.
    if (!mayBeSignedIn()) return;
    get('/auth/me').then(arrived, () => undefined);
  }, []);

  const arrived = async (found: Schemas['Profile']): Promise<void> => {
    const address = next(found);
    noteSignedIn();
    if (found.role === 'DOCTOR' || found.role === 'ADMIN') {
      const factor = await get('/auth/mfa');
      if (factor.required && !factor.onSince) {
        owes.value = found;
        return;
      }
    }
    if (address === '/sign-in') person.value = found;
    else location.assign(address);
  };

  const signing = useAction(async () => {
    errors.value = [
      identifier.value.trim() ? undefined : { id: 'identifier', text: t.signIn.identifierMissing },
      password.value ? undefined : { id: 'password', text: t.signIn.passwordMissing },
      asksForCode.value && !code.value.trim() ? { id: 'code', text: t.factor.codeMissing } : undefined,
    ].filter((error) => error !== undefined);
    if (errors.value.length > 0) return;
    const body = { identifier: identifier.value.trim(), password: password.value, code: code.value.trim() || undefined };
    const session = await post('/auth/browser/login', { body }).catch((problem: Problem) => {
      if (problem.code !== 'mfa_required') throw problem;
      asksForCode.value = true;
      return undefined;
    });
    if (!session) return;
    // A browser that does not keep the cookie would lead in a circle.
    await get('/auth/me').catch((problem: Problem) => {
      throw problem.status === 401 ? new Problem(401, 'cookie_not_kept', location.protocol === 'https:' ? t.signIn.notKept : t.signIn.needsHttps, [], '') : problem;
    });
    await arrived(session.user);
  });

  if (owes.value) {
    const found = owes.value;
    return (
      <Plain title={t.factor.title}>
        <Notice tone="info">{t.factor.must}</Notice>
        <SettingUp onDone={() => { location.assign(next(found)); }} />
        <button type="button" onClick={() => void signOut()}>{t.signOut}</button>
      </Plain>
    );
  }
  if (person.value) return <Waiting person={person.value} />;
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  return (
    <Plain title={t.signIn.title}>
      <ErrorSummary errors={errors.value} />
      {signing.problem && <Refusal problem={signing.problem} />}
      {new URLSearchParams(location.search).has('next') && !signing.problem && <Notice tone="info">{t.signIn.ended}</Notice>}
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void signing.run(); }}>
        <Text id="identifier" label={t.signIn.identifier} value={identifier.value} mode="email" autocomplete="username" most={254}
          error={wrong('identifier')} onText={(text) => { identifier.value = text; }} />
        <div onKeyUp={(event) => { capsLock.value = event.getModifierState?.('CapsLock') ?? false; }}>
          <Text id="password" label={t.signIn.password} value={password.value} kind={shown.value ? 'text' : 'password'} autocomplete="current-password" most={1024}
            error={wrong('password')} onText={(text) => { password.value = text; }} />
          {capsLock.value && <p class="hint" role="status">{t.signIn.capsLock}</p>}
          <label class="check"><input type="checkbox" checked={shown.value} onChange={(event) => { shown.value = event.currentTarget.checked; }} />{t.signIn.show}</label>
        </div>
        {asksForCode.value && (
          <Text id="code" label={t.factor.code} hint={t.factor.codeHint} value={code.value} autocomplete="one-time-code" most={20}
            error={wrong('code')} onText={(text) => { code.value = text; }} />
        )}
        <button type="submit" class="primary" disabled={signing.isBusy}>{t.signIn.action}</button>
      </form>
      <p><a href="/forgot-password">{t.signIn.forgot}</a></p>
      <p><a class="button wide" href="/register">{t.register.make}</a></p>
    </Plain>
  );
}

/** An account that has no pages here, or not yet. */
function Waiting({ person }: { person: Schemas['Profile'] }) {
  const state = t.signIn.state;
  const isUnconfirmed = person.role !== 'DOCTOR' && person.status === 'PENDING_VERIFICATION';
  let text: string = state.otherRole;
  if (person.role === 'DOCTOR' && person.status === 'PENDING_VERIFICATION') text = state.licence;
  else if (person.status === 'PENDING_VERIFICATION') text = state.contact;
  else if (person.status === 'REJECTED') text = state.rejected;
  return (
    <Plain title={person.fullName}>
      <Notice tone={person.status === 'REJECTED' ? 'danger' : 'info'}>
        <p>{text}</p>
        {person.rejectionReason && <p>{state.reason}: {person.rejectionReason}</p>}
      </Notice>
      {isUnconfirmed && <ContactCode contact={person.phone ?? person.email ?? ''} onDone={() => location.reload()} />}
      <div class="row">
        <button type="button" onClick={() => location.reload()}>{state.again}</button>
        <button type="button" onClick={() => void signOut()}>{t.signOut}</button>
      </div>
    </Plain>
  );
}
