import { useSignal } from '@preact/signals';
import { post, type Problem } from '../../core/api';
import { Notice, ReasonDialog, Refusal, useAction } from '../../kit';
import { t } from '../../i18n';

/** The record may not be seen: ask for it, or open it in an emergency, which everybody concerned is told of. */
export function NoAccess({ id, problem, onOpen }: { id: string; problem: Problem; onOpen: () => void }) {
  const breaking = useSignal(false);
  const asked = useSignal(false);
  const asking = useAction(async () => {
    await post('/connections', { body: { targetUserId: id } });
    asked.value = true;
  });
  return (
    <div class="stack">
      <h1>{t.noAccess.title}</h1>
      <Refusal problem={problem} />
      {asked.value ? <Notice tone="success" live>{t.noAccess.asked}</Notice> : (
        <div class="row">
          <button type="button" class="primary" disabled={asking.isBusy} onClick={() => void asking.run()}>{t.noAccess.ask}</button>
          <button type="button" class="danger" onClick={() => { breaking.value = true; }}>{t.noAccess.emergency}</button>
        </div>
      )}
      {asking.problem && <Refusal problem={asking.problem} />}
      {breaking.value && (
        <ReasonDialog title={t.noAccess.emergency} text={t.noAccess.told} label={t.reason} action={t.noAccess.openNow} danger onClose={() => { breaking.value = false; }}
          onDone={async (reason) => {
            await post('/patients/{id}/break-glass', { path: { id }, body: { reason } });
            breaking.value = false;
            onOpen();
          }} />
      )}
    </div>
  );
}
