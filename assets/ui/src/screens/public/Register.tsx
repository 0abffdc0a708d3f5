import { useSignal } from '@preact/signals';
import { newKey, post, type Schemas } from '../../core/api';
import { noteSignedIn } from '../../core/session';
import { Choice, ErrorSummary, Refusal, Text, useAction } from '../../kit';
import { DayFields, dayFault, dayOf, type Fault } from '../../kit/form';
import { language, t } from '../../i18n';
import { noDay } from '../../i18n/format';
import { ContactCode } from './ContactCode';
import { Plain } from './Plain';
import { next } from './SignIn';

/** An account in three short steps: who and how to reach them, about them, and the code that was sent. */
export function Register() {
  const step = useSignal<'contact' | 'person' | 'code'>('contact');
  const role = useSignal<'patient' | 'family'>('patient');
  const [contact, password, first, last, full] = [useSignal(''), useSignal(''), useSignal(''), useSignal(''), useSignal('')];
  const gender = useSignal<Schemas['Gender']>('FEMALE');
  const born = useSignal(noDay);
  const key = useSignal(newKey());
  const errors = useSignal<Fault[]>([]);
  const isPatient = role.value === 'patient';
  const identifier = (): string => contact.value.trim();

  const goOn = (): void => {
    errors.value = [
      ...(identifier() ? [] : [{ id: 'contact', text: t.signIn.identifierMissing }]),
      ...([...password.value].length >= 8 ? [] : [{ id: 'new-password', text: t.forgot.passwordShort }]),
    ];
    if (errors.value.length === 0) step.value = 'person';
  };
  const making = useAction(async () => {
    const missing = (id: string, text: string): Fault[] => (text.trim() ? [] : [{ id, text: t.register.nameMissing }]);
    errors.value = isPatient ? [...missing('first', first.value), ...missing('last', last.value), ...dayFault('born', born.value, true)] : missing('full', full.value);
    if (errors.value.length > 0) return;
    const common = { [identifier().includes('@') ? 'email' : 'phone']: identifier(), password: password.value, language: language === 'km' ? 'KHMER' : 'ENGLISH' } as const;
    // Whoever corrects what was refused sends something else than before.
    const sent = key.value;
    key.value = newKey();
    const made = isPatient
      ? await post('/auth/register/patient', { body: { ...common, firstName: first.value.trim(), lastName: last.value.trim(), gender: gender.value, dateOfBirth: dayOf(born.value)! }, key: sent })
      : await post('/auth/register/family', { body: { ...common, fullName: full.value.trim() }, key: sent });
    if (made.requiresVerification) step.value = 'code';
    else await enter();
  });
  const enter = async (): Promise<void> => {
    const session = await post('/auth/browser/login', { body: { identifier: identifier(), password: password.value } });
    noteSignedIn();
    location.assign(next(session.user));
  };
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;

  return (
    <Plain title={step.value === 'code' ? t.register.codeTitle : t.register.title}>
      <ErrorSummary errors={errors.value} />
      {making.problem && <Refusal problem={making.problem} />}
      {step.value === 'contact' && (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); goOn(); }}>
          <fieldset class="choices">
            <legend class="label">{t.register.whoQuestion}</legend>
            {(['patient', 'family'] as const).map((one) => <label key={one} class="choice"><input type="radio" name="role" checked={role.value === one} onChange={() => { role.value = one; }} />{t.register[one]}</label>)}
          </fieldset>
          <Text id="contact" label={t.register.contact} hint={t.register.contactHint} value={contact.value} autocomplete="username" most={254} error={wrong('contact')} onText={(text) => { contact.value = text; }} />
          <Text id="new-password" label={t.signIn.password} hint={t.forgot.rule} kind="password" autocomplete="new-password" value={password.value} most={128} error={wrong('new-password')} onText={(text) => { password.value = text; }} />
          <button type="submit" class="primary">{t.register.next}</button>
          <p class="muted small">{t.register.doctors}</p>
        </form>
      )}
      {step.value === 'person' && (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void making.run(); }}>
          <h2>{t.register.you}</h2>
          {isPatient ? (
            <>
              <Text id="last" label={t.register.lastName} value={last.value} most={100} error={wrong('last')} onText={(text) => { last.value = text; }} />
              <Text id="first" label={t.register.firstName} value={first.value} most={100} error={wrong('first')} onText={(text) => { first.value = text; }} />
              <Choice label={t.register.gender} value={gender.value} of={[['FEMALE', t.register.female], ['MALE', t.register.male], ['OTHER', t.register.other]]} onChoice={(one) => { gender.value = one; }} />
              <DayFields id="born" label={t.register.born} hint={t.register.bornHint} value={born.value} error={wrong('born')} onDay={(day) => { born.value = day; }} />
            </>
          ) : <Text id="full" label={t.register.fullName} value={full.value} most={200} error={wrong('full')} onText={(text) => { full.value = text; }} />}
          <button type="submit" class="primary" disabled={making.isBusy}>{t.register.make2}</button>
          <button type="button" onClick={() => { errors.value = []; making.forget(); step.value = 'contact'; }}>{t.register.back}</button>
        </form>
      )}
      {step.value === 'code' && <ContactCode contact={identifier()} password={password.value} onDone={enter} />}
      <p><a href="/sign-in">{t.forgot.back}</a></p>
    </Plain>
  );
}
