import { useSignal } from '@preact/signals';
import { newKey, post, type Schemas } from '../../core/api';
import { ErrorSummary, Notice, Refusal, Text, useAction } from '../../kit';
import { dateTime, plainDigits } from '../../i18n/format';
import { d, o } from '../../i18n/own';
import { word } from '../../i18n';
import { chosen, Sharing, type Share } from './Sharing';

/** A code for somebody who is trusted: as letters to tell, and as a picture to scan. */
export function Invite() {
  const share = useSignal<Share>({ level: 'ALLOWED', scopes: ['PRESCRIPTIONS', 'DOSES'] });
  const made = useSignal<Schemas['NewConnectionCode'] | undefined>(undefined);
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const copied = useSignal(false);
  const making = useAction(async () => {
    errors.value = share.value.level === 'SELECTED' && share.value.scopes.length === 0 ? [{ id: 'share-scopes', text: o.people.chooseOne }] : [];
    if (errors.value.length > 0) return;
    copied.value = false;
    made.value = await post('/connections/codes', { body: chosen(share.value), key: newKey() });
  });
  const code = made.value;
  return (
    <div class="stack own">
      <h1>{o.invite.title}</h1>
      <p>{o.invite.text}</p>
      {code ? (
        <section class="card stack" aria-label={o.invite.code}>
          <p class="code" lang="en">{code.code.replace(/(.{4})(?=.)/g, '$1 ')}</p>
          <p class="muted">{d(o.invite.until(dateTime(code.expiresAt)))}</p>
          <img class="qr" src={code.qrCode} alt={o.invite.qr} width="240" height="240" />
          <div class="row">
            {navigator.clipboard && <button type="button" onClick={() => void navigator.clipboard.writeText(code.code).then(() => { copied.value = true; }, () => undefined)}>{o.invite.copy}</button>}
            <button type="button" onClick={() => { made.value = undefined; }}>{o.invite.another}</button>
            <span role="status">{copied.value && o.invite.copied}</span>
          </div>
        </section>
      ) : (
        <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void making.run(); }}>
          <ErrorSummary errors={errors.value} />
          {making.problem && <Refusal problem={making.problem} />}
          <Sharing value={share.value} onShare={(next) => { share.value = next; }} />
          <button type="submit" class="primary big" disabled={making.isBusy}>{o.invite.make}</button>
        </form>
      )}
    </div>
  );
}

/** The other side: a code that somebody was given; first whose it is, then yes. */
export function Redeem({ onDone }: { onDone: () => void }) {
  const code = useSignal('');
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const seen = useSignal<Schemas['ConnectionCodePreview'] | undefined>(undefined);
  const done = useSignal(false);
  const typed = (): string => plainDigits(code.value).replace(/\s/g, '');
  const looking = useAction(async () => {
    done.value = false;
    errors.value = typed() ? [] : [{ id: 'code', text: o.invite.codeMissing }];
    if (errors.value.length > 0) return;
    seen.value = await post('/connections/codes/preview', { body: { code: typed() } });
  });
  const connecting = useAction(async () => {
    await post('/connections/codes/redeem', { body: { code: typed() }, key: newKey() });
    seen.value = undefined;
    code.value = '';
    done.value = true;
    onDone();
  });
  const problem = looking.problem ?? connecting.problem;
  return (
    <section class="card stack" aria-labelledby="redeem">
      <h2 id="redeem">{o.invite.enter}</h2>
      <p>{o.invite.enterText}</p>
      <ErrorSummary errors={errors.value} />
      <form class="stack tight" noValidate onSubmit={(event) => { event.preventDefault(); void looking.run(); }}>
        <Text id="code" label={o.invite.code} most={20} value={code.value} error={errors.value[0]?.text} onText={(text) => { code.value = text; seen.value = undefined; }} />
        {!seen.value && <button type="submit" class="big" disabled={looking.isBusy}>{o.invite.look}</button>}
      </form>
      {problem && <Refusal problem={problem} />}
      {seen.value && (
        <>
          <Notice tone="info" live>{o.invite.whose} <b>{seen.value.patientName}</b>{seen.value.scopes.length > 0 && `: ${seen.value.scopes.map((scope) => word(o.people.scope, scope)).join(', ')}`}</Notice>
          <button type="button" class="primary big" disabled={connecting.isBusy} onClick={() => void connecting.run()}>{o.invite.connect}</button>
        </>
      )}
      {done.value && <Notice tone="success" live>{o.invite.connected}</Notice>}
    </section>
  );
}
