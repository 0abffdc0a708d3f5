import { useSignal } from '@preact/signals';
import { newKey, post, type Schemas } from '../../core/api';
import { ErrorSummary, Refusal, useAction } from '../../kit';
import { dateTime } from '../../i18n/format';
import { d, o } from '../../i18n/own';
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
          <Sharing isNew value={share.value} onShare={(next) => { share.value = next; }} />
          <button type="submit" class="primary big" disabled={making.isBusy}>{o.invite.make}</button>
        </form>
      )}
    </div>
  );
}
