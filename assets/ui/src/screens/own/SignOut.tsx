import { useSignal } from '@preact/signals';
import { stopDays } from '../../core/days';
import { flush, outbox } from '../../core/outbox';
import { signOutOwn } from '../../core/own';
import { Dialog, Notice, useAction } from '../../kit';
import { t } from '../../i18n';
import { d, o } from '../../i18n/own';

const leave = async (): Promise<void> => {
  await stopDays();
  await signOutOwn();
};

/** Whoever signs out leaves nothing on the phone, so what was not sent is spoken of first. */
export function SignOut() {
  const asking = useSignal(false);
  const sending = useAction(async () => { await flush(); if (outbox.value.length === 0) await leave(); });
  const start = async (): Promise<void> => {
    await flush();
    if (outbox.value.length > 0) asking.value = true;
    else await leave();
  };
  return (
    <>
      <button type="button" onClick={() => void start()}>{o.settings.signOut}</button>
      {asking.value && (
        <Dialog title={o.settings.signOut} onClose={() => { asking.value = false; }}>
          <Notice tone="warning">{d(o.settings.signOutWaits(outbox.value.length))}</Notice>
          <div class="row">
            <button type="button" class="primary" disabled={sending.isBusy} onClick={() => void sending.run()}>{o.settings.signOutSend}</button>
            <button type="button" class="danger" onClick={() => void leave()}>{o.settings.signOutLose}</button>
            <button type="button" onClick={() => { asking.value = false; }}>{t.cancel}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}
