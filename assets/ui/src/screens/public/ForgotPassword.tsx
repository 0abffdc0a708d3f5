import { useSignal } from '@preact/signals';
import { post } from '../../core/api';
import { ErrorSummary, Notice, Refusal, Text, useAction } from '../../kit';
import { t } from '../../i18n';
import { Plain } from './Plain';

/** Two steps: ask for a code, then set a new password with it. The answers never say whether there is such an account. */
export function ForgotPassword() {
  const step = useSignal<'ask' | 'set' | 'done'>('ask');
  const [identifier, code, password] = [useSignal(''), useSignal(''), useSignal('')];
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const minutes = useSignal(5);
  const missing = (id: string, value: string, text: string): boolean => {
    errors.value = value ? errors.value : [...errors.value, { id, text }];
    return !value;
  };

  const asking = useAction(async () => {
    errors.value = [];
    if (missing('identifier', identifier.value.trim(), t.signIn.identifierMissing)) return;
    const asked = await post('/auth/forgot-password', { body: { identifier: identifier.value.trim() } });
    minutes.value = Math.round(asked.expiresInSeconds / 60);
    step.value = 'set';
  });
  const setting = useAction(async () => {
    errors.value = [];
    missing('code', code.value.trim(), t.forgot.codeMissing);
    missing('new-password', password.value.length >= 8 ? password.value : '', t.forgot.passwordShort);
    if (errors.value.length > 0) return;
    await post('/auth/reset-password', { body: { identifier: identifier.value.trim(), otp: code.value.trim(), newPassword: password.value } });
    step.value = 'done';
  });
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  const problem = asking.problem ?? setting.problem;

  return (
    <Plain title={t.forgot.title}>
      <ErrorSummary errors={errors.value} />
      {problem && <Refusal problem={problem} />}
      {step.value === 'ask' && (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void asking.run(); }}>
          <p>{t.forgot.how}</p>
          <Text id="identifier" label={t.signIn.identifier} value={identifier.value} mode="email" autocomplete="username" most={254}
            error={wrong('identifier')} onText={(text) => { identifier.value = text; }} />
          <button type="submit" class="primary" disabled={asking.isBusy}>{t.forgot.ask}</button>
        </form>
      )}
      {step.value === 'set' && (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void setting.run(); }}>
          <Notice tone="info" live>{t.forgot.sent(minutes.value)}</Notice>
          <Text id="code" label={t.forgot.code} value={code.value} autocomplete="one-time-code" most={20} error={wrong('code')} onText={(text) => { code.value = text; }} />
          <Text id="new-password" label={t.forgot.password} hint={t.forgot.rule} value={password.value} kind="password" autocomplete="new-password" most={128}
            error={wrong('new-password')} onText={(text) => { password.value = text; }} />
          <button type="submit" class="primary" disabled={setting.isBusy}>{t.forgot.set}</button>
        </form>
      )}
      {step.value === 'done' && <Notice tone="success" live>{t.forgot.done}</Notice>}
      <p><a href="/sign-in">{t.forgot.back}</a></p>
    </Plain>
  );
}
