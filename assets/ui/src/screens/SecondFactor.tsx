import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get, post, remove, type Schemas } from '../core/api';
import { useLoad } from '../core/load';
import { ErrorSummary, Notice, Refusal, Shown, Text, useAction } from '../kit';
import { t } from '../i18n';
import { dateTime } from '../i18n/format';

type Errors = { id: string; text: string }[];

/** A form of password, code or both; the faults stand above it. */
function Asking({ asks, action, danger, onSend }: {
  asks: ('password' | 'code')[]; action: string; danger?: boolean; onSend: (typed: { password: string; code: string }) => Promise<void>;
}) {
  const [password, code] = [useSignal(''), useSignal('')];
  const errors = useSignal<Errors>([]);
  const sending = useAction(async () => {
    errors.value = [
      asks.includes('password') && !password.value ? { id: 'factor-password', text: t.signIn.passwordMissing } : undefined,
      asks.includes('code') && !code.value.trim() ? { id: 'factor-code', text: t.factor.codeMissing } : undefined,
    ].filter((error) => error !== undefined);
    if (errors.value.length === 0) await onSend({ password: password.value, code: code.value.trim() });
  });
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void sending.run(); }}>
      <ErrorSummary errors={errors.value} />
      {sending.problem && <Refusal problem={sending.problem} />}
      {asks.includes('password') && (
        <Text id="factor-password" label={t.account.current} kind="password" autocomplete="current-password" value={password.value} most={1024}
          error={wrong('factor-password')} onText={(text) => { password.value = text; }} />
      )}
      {asks.includes('code') && (
        <Text id="factor-code" label={t.factor.code} value={code.value} autocomplete="one-time-code" most={20}
          error={wrong('factor-code')} onText={(text) => { code.value = text; }} />
      )}
      <div class="row"><button type="submit" class={danger ? 'danger' : 'primary'} disabled={sending.isBusy}>{action}</button></div>
    </form>
  );
}

/** What comes next takes the focus, which lay on what is gone. */
function Step({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { box.current?.focus(); }, []);
  return <div class="stack" tabIndex={-1} ref={box}>{children}</div>;
}

/** Shown once: whoever has seen them says so. */
function Recovery({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  return (
    <Step>
      <Notice tone="success" live>{t.factor.recovery}</Notice>
      <ul class="list" lang="en">{codes.map((code) => <li key={code} class="number">{code}</li>)}</ul>
      <div class="row"><button type="button" class="primary" onClick={onDone}>{t.factor.kept}</button></div>
    </Step>
  );
}

/** Three steps: the password, the authenticator's first code, the recovery codes. */
export function SettingUp({ onDone }: { onDone: () => void }) {
  const begun = useSignal<Schemas['SecondFactorSetUp'] | undefined>(undefined);
  const recovery = useSignal<string[] | undefined>(undefined);
  if (recovery.value) return <Recovery codes={recovery.value} onDone={onDone} />;
  if (!begun.value) {
    return (
      <Step key="password">
        <p>{t.factor.how}</p>
        <Asking asks={['password']} action={t.factor.begin} onSend={async ({ password }) => { begun.value = await post('/auth/mfa/totp', { body: { password } }); }} />
      </Step>
    );
  }
  const { secret, uri, qrCode } = begun.value;
  return (
    <Step key="code">
      <p>{t.factor.scan}</p>
      <img class="qr" src={qrCode} alt={t.factor.picture} width="240" height="240" />
      <p><a href={uri}>{t.factor.here}</a></p>
      <p>{t.factor.type} <span class="number" lang="en">{secret.match(/.{1,4}/g)?.join(' ')}</span></p>
      <Asking asks={['code']} action={t.factor.confirm} onSend={async ({ code }) => { recovery.value = (await post('/auth/mfa/totp/confirm', { body: { code } })).recoveryCodes; }} />
    </Step>
  );
}

/** One's own second factor: setting it up, new recovery codes, doing without it. */
export function SecondFactor() {
  const state = useLoad((signal) => get('/auth/mfa', { signal }), []);
  const step = useSignal<'see' | 'set-up' | 'show' | 'renew' | 'remove'>('see');
  const recovery = useSignal<string[] | undefined>(undefined);
  const seen = (): void => {
    recovery.value = undefined;
    step.value = 'see';
    state.reload();
  };
  return (
    <section class="card stack" aria-labelledby="factor">
      <h2 id="factor">{t.factor.title}</h2>
      {recovery.value && <Recovery codes={recovery.value} onDone={seen} />}
      {step.value === 'set-up' && <SettingUp onDone={seen} />}
      {step.value === 'show' && (
        <Asking asks={['code']} action={t.factor.show} onSend={async (typed) => { await post('/auth/mfa/show', { body: { code: typed.code } }); seen(); }} />
      )}
      {step.value === 'renew' && !recovery.value && (
        <Asking asks={['code']} action={t.factor.renew} onSend={async ({ code }) => { recovery.value = (await post('/auth/mfa/recovery-codes', { body: { code } })).recoveryCodes; }} />
      )}
      {step.value === 'remove' && (
        <Asking asks={['password', 'code']} action={t.factor.remove} danger onSend={async (body) => { await remove('/auth/mfa/totp', { body }); seen(); }} />
      )}
      {step.value === 'see' && (
        <Shown of={state}>
          {(own) => (own.onSince ? (
            <div class="stack">
              <p>{t.factor.on(dateTime(own.onSince), own.recoveryCodesLeft)}</p>
              {own.freshUntil && <p>{t.factor.fresh(dateTime(own.freshUntil))}</p>}
              <div class="row">
                {!own.freshUntil && <button type="button" onClick={() => { step.value = 'show'; }}>{t.factor.show}</button>}
                <button type="button" onClick={() => { step.value = 'renew'; }}>{t.factor.renew}</button>
                <button type="button" class="danger" onClick={() => { step.value = 'remove'; }}>{t.factor.remove}</button>
              </div>
            </div>
          ) : (
            <div class="stack">
              <p>{t.factor.off}</p>
              <div class="row"><button type="button" onClick={() => { step.value = 'set-up'; }}>{t.factor.setUp}</button></div>
            </div>
          ))}
        </Shown>
      )}
    </section>
  );
}
