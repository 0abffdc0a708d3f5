import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { post } from '../../core/api';
import { Notice, Refusal, Text, useAction } from '../../kit';
import { t } from '../../i18n';
import { plainDigits } from '../../i18n/format';

/** The code that confirms a contact: sent when this is shown, and again when asked for. `password` where nobody is signed in. */
export function ContactCode({ contact, password, onDone }: { contact: string; password?: string; onDone: () => Promise<void> | void }) {
  const code = useSignal('');
  const isMissing = useSignal(false);
  const delivery = useSignal<'EMAIL' | 'SMS' | 'NOT_CONFIGURED' | undefined>(undefined);
  const wait = useSignal(0);
  const sending = useAction(async () => {
    const sent = await post('/auth/otp/send', { body: { identifier: contact, purpose: 'VERIFY_CONTACT' } });
    delivery.value = sent.delivery;
    wait.value = sent.resendAfterSeconds;
  });
  useEffect(() => {
    void sending.run();
    const timer = setInterval(() => { wait.value = Math.max(0, wait.value - 1); }, 1_000);
    return () => clearInterval(timer);
  }, []);
  const confirming = useAction(async () => {
    isMissing.value = !code.value.trim();
    if (isMissing.value) return;
    await post('/auth/otp/verify', { body: { identifier: contact, otp: plainDigits(code.value).replace(/\s/g, ''), purpose: 'VERIFY_CONTACT', password } });
    await onDone();
  });
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void confirming.run(); }}>
      {delivery.value === 'NOT_CONFIGURED' ? <Notice tone="warning" live>{t.register.noSending}</Notice> : delivery.value && <Notice tone="info" live>{t.register.codeSent(contact)}</Notice>}
      {(confirming.problem ?? sending.problem) && <Refusal problem={(confirming.problem ?? sending.problem)!} />}
      <Text id="code" label={t.forgot.code} value={code.value} mode="numeric" autocomplete="one-time-code" most={20} error={isMissing.value ? t.forgot.codeMissing : undefined} onText={(text) => { code.value = text; }} />
      <button type="submit" class="primary" disabled={confirming.isBusy}>{t.register.confirm}</button>
      <button type="button" disabled={sending.isBusy || wait.value > 0} onClick={() => void sending.run()}>{wait.value > 0 ? t.register.wait(wait.value) : t.register.again}</button>
    </form>
  );
}
